# SPDX-License-Identifier: Apache-2.0
"""A reload puts changed configuration, certificates and accounts into force, says so, and disturbs no session."""
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import unittest

import lab_fixture
from lab_fixture import wait_until


class Reload(lab_fixture.LabCase):
    def capfctl(self, daemon, *arguments, check=True):
        return self.lab.run(lab_fixture.BIN / "capfctl", "--socket", self.lab.dir / "run" / f"{daemon}.sock",
                            *arguments, check=check)

    def reload(self, daemon, check=True):
        return self.capfctl(daemon, "daemon", "reload", daemon, check=check)

    def overlay(self, daemon, **keys):
        folder = self.lab.dir / "etc" / f"{daemon}.d"
        folder.mkdir(exist_ok=True)
        (folder / "50-test.json").write_text(json.dumps(keys), encoding="utf-8")
        self.addCleanup(self.capfctl, daemon, "daemon", "reload", daemon)
        self.addCleanup((folder / "50-test.json").unlink)

    def served_certificate(self, port):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with socket.create_connection(("127.0.0.1", port), timeout=10) as plain, context.wrap_socket(plain) as tls:
            return ssl.DER_cert_to_PEM_cert(tls.getpeercert(binary_form=True))

    def new_certificate(self, name):
        """A new self-signed certificate with a new key in place of pki/NAME.{pem,key}; its PEM text."""
        pki = self.lab.dir / "pki"
        saved = {suffix: (pki / f"{name}.{suffix}").read_bytes() for suffix in ("pem", "key")}

        def restore():
            for suffix, content in saved.items():
                (pki / f"{name}.{suffix}").write_bytes(content)

        self.addCleanup(restore)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "9", "-subj", "/CN=new",
                        "-keyout", pki / "new.key", "-out", pki / "new.pem"], check=True, capture_output=True)
        for suffix in ("pem", "key"):
            (pki / f"{name}.{suffix}").write_bytes((pki / f"new.{suffix}").read_bytes())
        return (pki / f"{name}.pem").read_text(encoding="ascii")

    def test_s105_certificates_change_under_a_running_session(self):
        name = "SEP020000000301"
        self.lab.add(name)
        self.lab.arm(name)
        (self.lab.dir / "phones" / name).mkdir()
        slow = self.lab.phone_command(name) + ["--key-delay", "3"]
        marks = self.lab.marks()
        with subprocess.Popen(slow, env=self.lab.environment, stdout=subprocess.PIPE, text=True) as phone:
            wait_until(lambda: any("KEY_GEN" in line for line in self.lab.since(marks, "capf")), "the key request")
            for daemon, pki, port in (("capfd", "capf", self.lab.capf_port), ("cesd", "ces", self.lab.ces_port),
                                      ("ca-simd", "iis", self.lab.ca_port)):
                before = self.served_certificate(port)
                fresh = self.new_certificate(pki)
                shown = self.reload(daemon).stdout
                self.assertIn("took effect: /tls/certificate: new content of", shown)
                self.assertIn("took effect: /tls/private_key: new content of", shown)
                self.assertNotEqual(before.split(), fresh.split())
                self.assertEqual(fresh.split(), self.served_certificate(port).split())
                self.doCleanups()  # the chain behind the session needs the old ones back
                self.reload(daemon)
                self.assertEqual(before.split(), self.served_certificate(port).split())
            self.assertEqual(0, phone.wait(timeout=60), phone.stdout.read())

    def test_a_key_that_does_not_fit_changes_nothing(self):
        before = self.served_certificate(self.lab.ces_port)
        pki = self.lab.dir / "pki"
        good = (pki / "ces.key").read_bytes()
        self.overlay("cesd", log_level="debug")
        self.addCleanup(self.reload, "cesd")
        self.addCleanup((pki / "ces.key").write_bytes, good)
        (pki / "ces.key").write_bytes((pki / "iis.key").read_bytes())
        done = self.reload("cesd", check=False)
        self.assertEqual(1, done.returncode)
        self.assertIn("the old configuration of cesd stays: the private key", done.stderr)
        self.assertEqual(before, self.served_certificate(self.lab.ces_port))
        status = json.loads(self.capfctl("cesd", "--json", "daemon", "status", "cesd").stdout)
        self.assertEqual("info", status["log_level"])

    def test_accounts_and_templates_of_the_ca(self):
        self.lab.secret_file("bob", "bobs-password")
        self.overlay("ca-simd", accounts=[{"name": "bob", "password_file": "../secrets/bob"}],
                     templates=[{"name": "CiscoRA", "enroll": ["ciscora", "bob"]}])
        self.assertEqual("401", self.status_of("LAB\\bob", "bobs-password"))
        shown = self.reload("ca-simd").stdout
        self.assertIn('took effect: /accounts/bob/name: new, "bob"', shown)
        self.assertIn("took effect: /templates/CiscoRA/enroll:", shown)
        self.assertEqual("200", self.status_of("LAB\\bob", "bobs-password"))
        self.assertEqual("401", self.status_of("LAB\\bob", "wrong"))

    def status_of(self, user, password):
        config = self.lab.dir / "secrets" / "curl"
        config.write_text(f'user = "{user}:{password}"\n'.replace("\\", "\\\\"), encoding="ascii")
        return self.lab.run("curl", "-sS", "--ntlm", "-K", config, "-o", "/dev/null", "-w", "%{http_code}", "--cacert",
                            self.lab.dir / "pki" / "root.pem", "--resolve",
                            f"lab-dc.example.test:{self.lab.ca_port}:127.0.0.1",
                            f"https://lab-dc.example.test:{self.lab.ca_port}/certsrv/certrqxt.asp").stdout

    def test_a_template_typo_comes_and_goes(self):
        name = "SEP020000000302"
        self.overlay("cesd", ca={"template": "CiscoRa-typo"})
        self.assertIn('took effect: /ca/template: "CiscoRA" -> "CiscoRa-typo"', self.reload("cesd").stdout)
        self.lab.add(name)
        self.lab.arm(name)
        self.assertNotEqual(0, self.lab.phone(name, check=False).returncode)
        self.doCleanups()
        self.lab.enrol(name)

    def test_log_level_and_what_waits_for_a_restart(self):
        for daemon in ("capfd", "cesd", "ca-simd"):
            self.overlay(daemon, log_level="warning", loops=7)
            shown = self.reload(daemon).stdout
            self.assertIn('took effect: /log_level: "info" -> "warning"', shown)
            self.assertRegex(shown, r"needs a restart: /loops: \d+ -> 7")
            self.assertRegex(self.reload(daemon).stdout, r"^needs a restart: /loops: \d+ -> 7\n$")
            self.capfctl(daemon, "daemon", "log-level", daemon, "debug")
            self.assertIn("debug", self.capfctl(daemon, "daemon", "status", daemon).stdout)

    def test_a_bad_file_is_answered_and_the_old_one_stays(self):
        self.overlay("capfd", protocol={"auth_timeout": "soon"})
        done = self.reload("capfd", check=False)
        self.assertEqual(1, done.returncode)
        self.assertIn("capfd.d/50-test.json: /protocol/auth_timeout: \"soon\" is no number", done.stderr)
        self.lab.enrol("SEP020000000303")

    def test_sighup_tells_the_log(self):
        self.overlay("cesd", log_level="debug")
        os.kill(self.lab.pid("cesd"), signal.SIGHUP)
        wait_until(lambda: re.search(r'info: reload: /log_level: "info" -> "debug"',
                                     (self.lab.dir / "log" / "cesd.stderr").read_text(encoding="utf-8")), "the reload")


if __name__ == "__main__":
    unittest.main()
