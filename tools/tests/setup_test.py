# SPDX-License-Identifier: Apache-2.0
"""opencapf-setup: what it makes, that it keeps what is there, and what it says about wrong answers."""
import json
import os
import pathlib
import pty
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(__file__).parents[2]
sys.path.insert(0, str(SOURCE / "tools" / "lab"))
import make_config  # pylint: disable=wrong-import-position

SETUP = SOURCE / "setup" / "opencapf-setup"
DAEMONS = ("capfd", "cesd", "ca-simd")


def openssl(*arguments):
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True, check=True)
    return done.stdout


class SetupCase(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.root = self.folder / "etc"

    def setup(self, *arguments, expect=0):
        done = subprocess.run([SETUP, *map(str, arguments), "--root", self.root], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, check=False, timeout=120)
        self.assertEqual(expect, done.returncode, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def overlay(self, daemon):
        return make_config.load(self.root / f"{daemon}.d" / "10-setup.json")

    def contents(self):
        return {path.relative_to(self.root): path.read_bytes() for path in self.root.rglob("*") if path.is_file()}

    def text(self, name):
        return (self.root / name).read_text(encoding="utf-8")


class Simulator(SetupCase):
    """Keys take their time: all tests but those with other names start from a copy of one first run."""
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.made = pathlib.Path(folder.name) / "etc"
        subprocess.run([SETUP, "simulator", "--root", cls.made], capture_output=True, check=True)

    def setUp(self):
        super().setUp()
        shutil.copytree(self.made, self.root)

    def test_makes_all_certificates_secrets_and_overlays(self):
        pki, private = self.root / "pki", self.root / "private"
        openssl("verify", "-CAfile", pki / "ca.pem", "-verify_hostname", "lab-dc.example.test", pki / "iis.pem")
        openssl("verify", "-CAfile", pki / "ces-ca.pem", "-verify_hostname", "lab-cucm.example.test", pki / "ces.pem")
        for certificate, key in (("capf", "capfd/tls_private_key"), ("ces", "cesd/tls_private_key"),
                                 ("iis", "ca-simd/tls_private_key"), ("ca", "ca-simd/ca_private_key")):
            self.assertEqual(openssl("x509", "-in", pki / f"{certificate}.pem", "-noout", "-pubkey"),
                             openssl("pkey", "-in", private / key, "-pubout"))
        passwords = {self.text("private/" + name) for name in
                     ("capfd/est_password", "cesd/credentials_password", "ca-simd/accounts_ciscora_password")}
        self.assertEqual(1, len(passwords))
        self.assertRegex(passwords.pop(), r"^[0-9a-f]{32}\n$")
        self.assertEqual("LAB\\ciscora", self.overlay("capfd")["est"]["user"])
        self.assertEqual({"lab-dc.example.test": "127.0.0.1"}, self.overlay("cesd")["ca"]["resolve"])
        self.assertEqual([], [path for path in self.root.iterdir() if path.name.startswith(".")])

    def test_secrets_are_for_the_owner_and_certificates_for_all(self):
        for path in self.root.rglob("*"):
            secret = "private" in path.relative_to(self.root).parts
            expected = (0o700 if secret else 0o755) if path.is_dir() else (0o600 if secret else 0o644)
            self.assertEqual(oct(expected), oct(path.stat().st_mode & 0o777), path)

    def test_a_second_run_keeps_everything(self):
        shutil.rmtree(self.root)
        self.setup("simulator", "--domain", "other.test", "--netbios", "OTHER")
        before = self.contents()
        self.assertIn("nothing: all of it was there", self.setup("simulator"))
        self.assertEqual(before, self.contents())
        self.assertIn("lab-dc.other.test", str(self.overlay("ca-simd")))

    def test_force_makes_certificates_again_and_keeps_the_password(self):
        before = self.contents()
        self.setup("simulator", "--force")
        after = self.contents()
        kept = {str(name) for name in before if before[name] == after[name]}
        self.assertFalse([name for name in kept if "key" in name or name.endswith(".pem")], kept)
        self.assertIn("private/capfd/est_password", kept)

    def test_what_is_lost_is_made_again_but_never_a_certificate_phones_may_trust(self):
        (self.root / "pki" / "iis.pem").unlink()
        self.assertIn("pki/iis.pem", self.setup("simulator"))
        (self.root / "private" / "capfd" / "tls_private_key").unlink()
        self.assertIn("put the key back", self.setup("simulator", expect=1))
        (self.root / "private" / "capfd" / "tls_private_key").write_text(self.text("private/cesd/tls_private_key"))
        self.assertIn("do not belong together", self.setup("simulator", expect=1))

    def test_other_names_need_force(self):
        before = self.contents()
        self.assertIn("--force", self.setup("simulator", "--domain", "other.test", expect=1))
        self.assertEqual(before, self.contents())

    def test_another_account_and_template(self):
        self.setup("simulator", "--account", "Ra-Two", "--template", "Phones", "--no-resolve")
        overlay = self.overlay("ca-simd")
        self.assertEqual(self.text("private/ca-simd/accounts_ra_two_password"), self.text("private/capfd/est_password"))
        self.assertEqual({"ciscora": False, "Ra-Two": True},
                         {account["name"]: account.get("enabled", True) for account in overlay["accounts"]})
        self.assertEqual(("Phones", ["Ra-Two"]), (overlay["templates"][0]["name"], overlay["templates"][0]["enroll"]))
        self.assertEqual({}, self.overlay("cesd")["ca"]["resolve"])


class AdCs(SetupCase):
    def setUp(self):
        super().setUp()
        self.password = self.folder / "password"
        self.password.write_text("pa\"ss\\word\nsecond line\n", encoding="utf-8")
        self.password.chmod(0o600)
        self.ca = self.certificate("ca", "critical,CA:TRUE")

    def certificate(self, name, constraints):
        path = self.folder / f"{name}.pem"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", self.folder / f"{name}.key", "-out", path,
                "-subj", f"/CN={name}", "-addext", f"basicConstraints={constraints}", "-config", os.devnull)
        return path

    # Port 1 of a name that never resolves: the probe of the web server fails at once.
    def adcs(self, *more, expect=0, **changes):
        options = {"ca-host": "dc.invalid", "ca-port": 1, "account": "CORP\\ra", "password-file": self.password,
                   "ca-certificate": self.ca, "ces-host": "capf.corp.test"}
        options.update({name.replace("_", "-"): value for name, value in changes.items()})
        pairs = [part for name, value in options.items() if value is not None for part in (f"--{name}", value)]
        return self.setup("adcs", *pairs, *more, expect=expect)

    def test_configures_capfd_and_cesd_only(self):
        self.assertIn("no trusted TLS connection to dc.invalid port 1", self.adcs())
        self.assertFalse((self.root / "ca-simd.d" / "10-setup.json").exists())
        self.assertEqual("pa\"ss\\word\n", self.text("private/cesd/credentials_password"))
        self.assertEqual(("dc.invalid", 1), tuple(self.overlay("cesd")["ca"][key] for key in ("host", "port")))
        self.assertEqual([], self.overlay("cesd")["trusted_unsigned_accounts"])
        self.assertFalse(self.overlay("capfd")["allow_unsigned_requests"])
        self.assertEqual({"capf.corp.test": "127.0.0.1"}, self.overlay("capfd")["est"]["resolve"])
        before = self.contents()
        self.setup("adcs")
        self.assertEqual(before, self.contents())

    def test_takes_der_and_chains(self):
        parent = self.certificate("parent", "critical,CA:TRUE")
        chain = self.folder / "chain.pem"
        chain.write_bytes(b"a comment\r\n" + self.ca.read_bytes().replace(b"\n", b"\r\n") + parent.read_bytes())
        self.adcs(ca_certificate=chain)
        trust = self.root / "pki" / "capf-trust"
        self.assertEqual(["CAPF.pem", "enterprise-ca-1.pem", "enterprise-ca-2.pem"],
                         sorted(path.name for path in trust.iterdir()))
        self.assertIn("CN = parent", openssl("x509", "-in", trust / "enterprise-ca-2.pem", "-noout", "-subject"))
        der = self.folder / "ca.cer"
        openssl("x509", "-in", self.ca, "-outform", "DER", "-out", der)
        self.adcs(ca_certificate=der)
        self.assertEqual(["CAPF.pem", "enterprise-ca-1.pem"], sorted(path.name for path in trust.iterdir()))

    def test_leaving_the_simulator_leaves_its_secrets_behind(self):
        self.setup("simulator")
        self.assertIn("--password-file is missing", self.adcs(password_file=None, expect=2))
        self.assertIn("--ca-certificate is missing", self.adcs(ca_certificate=None, expect=2))
        self.adcs(ces_host="lab-cucm.example.test")
        self.assertEqual(self.ca.read_bytes(), (self.root / "pki/capf-trust/enterprise-ca-1.pem").read_bytes())
        self.assertEqual("pa\"ss\\word\n", self.text("private/capfd/est_password"))

    def test_asks_on_a_terminal_and_shows_no_password(self):
        keyboard, terminal = pty.openpty()
        process = subprocess.Popen([SETUP, "adcs", "--root", self.root, "--ca-port", "1", "--ces-host", "capf.corp.test"],
                                   stdin=terminal, stdout=terminal, stderr=terminal)
        os.close(terminal)
        shown = b""
        for question, answer in ((b"AD CS web server", "dc.invalid"), (b"Account", "CORP\\ra"),
                                 (b"Password of CORP\\ra: ", "geheim"), (b"enterprise CA", str(self.ca))):
            while question not in shown:
                shown += os.read(keyboard, 4096)
            os.write(keyboard, answer.encode() + b"\n")
        try:
            while part := os.read(keyboard, 4096):
                shown += part
        except OSError:  # how Linux says that nobody holds the terminal any more
            pass
        os.close(keyboard)
        self.assertEqual(0, process.wait(timeout=60), shown)
        self.assertNotIn(b"geheim", shown)
        self.assertEqual("geheim\n", self.text("private/capfd/est_password"))
        self.assertEqual("CORP\\ra", self.overlay("cesd")["credentials"]["user"])

    def test_wrong_answers_are_named_and_nothing_is_written(self):
        leaf = self.certificate("leaf", "CA:FALSE")
        junk = self.folder / "junk"
        junk.write_bytes(b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n")
        empty = self.folder / "empty"
        empty.write_text("\n", encoding="utf-8")
        empty.chmod(0o600)
        for change, code, words in (
                ({"ca_host": "https://dc.invalid/certsrv"}, 2, "bare host name"),
                ({"ca_host": None}, 2, "--ca-host is missing"),
                ({"ca_port": 70000}, 2, "--ca-port is '70000'"),
                ({"account": "ra"}, 2, r"DOMAIN\user"),
                ({"template": "no such"}, 2, "--template is 'no such'"),
                ({"password_file": self.folder / "none"}, 1, "cannot be read"),
                ({"password_file": empty}, 1, "first line of"),
                ({"ca_certificate": leaf}, 1, "not that of a CA"),
                ({"ca_certificate": junk}, 1, "damaged"),
                ({"ca_certificate": self.password}, 1, "neither PEM nor DER")):
            with self.subTest(words):
                self.assertIn(words, self.adcs(expect=code, **change))
                self.assertEqual({}, self.contents())
        self.password.chmod(0o640)
        self.assertIn("others may read", self.adcs(expect=1))
        self.assertIn("unknown argument '--domain'", self.adcs("--domain", "x", expect=2))
        self.assertIn("expected simulator or adcs", self.setup("both", expect=2))


class Description(unittest.TestCase):
    def test_help_and_describe_name_every_option(self):
        shown = subprocess.run([SETUP, "--help"], capture_output=True, text=True, check=True).stdout
        described = json.loads(subprocess.run([SETUP, "--describe"], capture_output=True, text=True, check=True).stdout)
        self.assertEqual(["simulator", "adcs"], [command["name"] for command in described["subcommands"]])
        for command in described["subcommands"]:
            for option in command["options"]:
                self.assertRegex(shown, re.escape(option["names"][-1]) + r"\b")
        self.assertEqual([0, 1, 2], [code["code"] for code in described["exit_codes"]])


if __name__ == "__main__":
    unittest.main()
