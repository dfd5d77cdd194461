# SPDX-License-Identifier: Apache-2.0
"""A phone gets its certificate through real processes; curl and openssl are the judges, the four logs the witnesses."""
import base64
import json
import re
import unittest

import lab_fixture
from lab_fixture import LabCase, eventually, wait_until


class Chain(LabCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        lab = cls.lab
        cls.user = r"LAB\ciscora"
        cls.password = (lab.dir / lab_fixture.PASSWORD_FILE).read_text(encoding="ascii").strip()
        cls.ca_url = f"https://lab-dc.example.test:{lab.ca_port}/certsrv"
        cls.est_url = f"https://lab-cucm.example.test:{lab.ces_port}/.well-known/est"
        cls.values = {"ca_host": "lab-dc.example.test", "ca_port": lab.ca_port, "template": "CiscoRA", "user": cls.user,
                      "ca_url": cls.ca_url, "spool": lab.dir / "var" / "spool"}

    # Helpers ------------------------------------------------------------------------------------------------------

    def openssl(self, *arguments, **options):
        return self.lab.run("openssl", *arguments, **options).stdout

    def curl(self, url, *arguments, trust, user=None, password=None, check=True):
        """Unmodified curl; the password goes through a configuration file on standard input."""
        escaped = (user or "").replace("\\", "\\\\")
        config = f'user = "{escaped}:{password or self.password}"\n' if user else ""
        return self.lab.run("curl", "-sS", "-K", "-", "--cacert", self.lab.dir / "pki" / trust,
                            "--resolve", f"lab-dc.example.test:{self.lab.ca_port}:127.0.0.1",
                            "--resolve", f"lab-cucm.example.test:{self.lab.ces_port}:127.0.0.1",
                            *arguments, url, input=config, check=check)

    def check_lsc(self, name):
        """The LSC verifies against the CA's chain, carries the phone's key, and names the phone."""
        exported = self.lab.dir / f"{name}.pem"
        exported.write_text(self.lab.capfctl("lsc", "export", name).stdout, encoding="ascii")
        self.assertIn("OK", self.openssl("verify", "-x509_strict", "-CAfile", self.lab.dir / "pki" / "root.pem", exported))
        self.assertRegex(self.openssl("x509", "-in", exported, "-noout", "-subject"), rf"CN = (\S+-)?{name}\s")
        keys = [path for path in (self.lab.dir / "phones" / name).rglob("*") if path.is_file()
                and b"PRIVATE KEY" in path.read_bytes()]
        self.assertTrue(keys, "the phone keeps its key in its store")
        public = self.openssl("x509", "-in", exported, "-noout", "-pubkey").strip()
        self.assertIn(public, [self.openssl("pkey", "-in", key, "-pubout").strip() for key in keys])
        text = self.openssl("x509", "-in", exported, "-noout", "-text")
        for expected in ("Digital Signature", "Key Encipherment", "X509v3 Subject Key Identifier",
                         "X509v3 Authority Key Identifier", "Authority Information Access"):
            self.assertIn(expected, text)

    def check_finished(self, name):
        device = self.lab.device(name)
        self.assertEqual((1, 3), (device["operation"], device["status"]), device)
        self.assertFalse((self.lab.dir / "var" / "spool" / "csr" / f"{name}.csr").exists(), "CSR is still in the spool")

    # The chain ----------------------------------------------------------------------------------------------------

    def test_phones_of_all_profiles_enrol(self):
        for profile in ("v3", "jabber", "7900"):
            with self.subTest(profile):
                name = f"SEP0200000000{len(profile):02d}"
                shown = self.lab.enrol(name, profile=profile)
                self.assertTrue(shown.stdout, "the phone shows what it does")
                self.check_lsc(name)
                self.check_finished(name)

    def test_authentication_string(self):
        self.lab.enrol("SEP020000000100", auth="string", string="0123456789")
        self.check_lsc("SEP020000000100")
        self.check_finished("SEP020000000100")

    def test_upgrade_gives_another_certificate(self):
        name = "SEP020000000101"
        serials = []
        self.lab.add(name)
        for _ in range(2):
            self.lab.arm(name)
            self.lab.phone(name)
            self.check_lsc(name)
            serials.append(self.openssl("x509", "-in", self.lab.dir / f"{name}.pem", "-noout", "-serial"))
        self.assertNotEqual(*serials)

    def test_json_of_the_phone(self):
        name = "SEP020000000102"
        self.lab.add(name)
        self.lab.arm(name)
        (self.lab.dir / "phones" / name).mkdir()
        shown = self.lab.run(*self.lab.phone_command(name), "--json").stdout
        self.assertEqual(name, json.loads(shown.strip().splitlines()[-1])["name"])

    def test_four_logs_tell_the_story(self):
        name = "SEP74A02FC0A675"
        marks = self.lab.marks()
        self.lab.enrol(name)
        end = "debug MsgType : CAPF_MSG_END_SESSION"
        wait_until(lambda: any(end in line for line in self.lab.since(marks, "capf")), "the end of the trace")
        self.assert_story("capf_enrol.txt", self.lab.since(marks, "capf"), dev=name, **self.values)
        eventually(lambda: self.assert_story("error_auth_part.txt", self.lab.since(marks, "error"), **self.values))
        eventually(lambda: self.assert_same_lines("iis_enrol.txt", self.lab.since(marks, "iis"),
                                                  id=self.last_issued(), **self.values))
        self.assertEqual([], self.lab.since(marks, "ciscora"), "after the start CiscoRA keeps silent")

    def last_issued(self):
        return max(int(value) for line in self.lab.read("iis") for value in re.findall(r"ReqID=(\d+)&", line))

    def test_the_start_is_in_the_logs(self):
        subjects = {}
        for place, file in (("capf_subject", "capf"), ("root_subject", "root")):
            line = self.openssl("x509", "-in", self.lab.dir / "pki" / f"{file}.pem", "-noout", "-subject", "-nameopt",
                                "compat")
            subjects[place] = line.strip().removeprefix("subject=").strip()
            if not subjects[place].startswith("/"):
                subjects[place] = "/" + subjects[place].replace(", ", "/").replace(" = ", "=")
        self.assert_story("capf_start.txt", self.lab.read("capf"), **self.values)
        eventually(lambda: self.assert_same_lines("ciscora_start.txt", self.lab.read("ciscora")[:13], **subjects,
                                                  **self.values))
        eventually(lambda: self.assert_story("error_start.txt", self.lab.read("error"), **self.values))
        self.assert_same_lines("iis_start.txt", self.lab.read("iis")[:3], **self.values)

    def test_trace_lines_keep_the_layout(self):
        self.lab.enrol("SEP020000000103")
        for line in self.lab.read("capf"):
            self.assertRegex(line, r"^\d\d:\d\d:\d\d\.\d{3} \|(-->|<--|   )\S")
            label = re.sub(r"^.{12} \|(-->|<--|   )", "", line)
            if not line[14:17].isspace():
                self.assertLessEqual(len(label), 77, line)

    # The same doors with other people's tools ---------------------------------------------------------------------

    def test_curl_logs_in_with_ntlm(self):
        for path, expected in (("/", "certrqus.asp"), ("/certrqxt.asp", "CiscoRA")):
            for scheme in ("--ntlm", "--basic"):
                page = self.curl(self.ca_url + path, scheme, "--fail", trust="root.pem", user=self.user).stdout
                self.assertIn(expected, page, f"{scheme} {path}")

    def test_curl_with_a_wrong_password_gets_401(self):
        done = self.curl(self.ca_url + "/", "--ntlm", "-o", "/dev/null", "-w", "%{http_code}", trust="root.pem",
                         user=self.user, password="wrong")
        self.assertEqual("401", done.stdout)
        eventually(lambda: self.assertRegex(self.lab.read("iis")[-1], r" - 401 1 2148074252 \d+$"))

    def test_landing_page_redirects(self):
        done = self.curl(self.ca_url, "--ntlm", "-o", "/dev/null", "-w", "%{http_code} %{redirect_url}",
                         trust="root.pem", user=self.user)
        self.assertRegex(done.stdout, r"^301 https://lab-dc\.example\.test:\d+/certsrv/$")

    def curl_request(self, name):
        """A folder with a key, and the PKCS#10 of it in base64 as EST wants it."""
        folder = self.lab.dir / name
        folder.mkdir()
        self.openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", folder / "key.pem", "-outform", "DER",
                     "-out", folder / "req.der", "-subj", f"/CN={name}")
        (folder / "req.b64").write_text(base64.encodebytes((folder / "req.der").read_bytes()).decode(), encoding="ascii")
        return folder

    def test_est_with_plain_curl(self):
        folder = self.curl_request("curl-client")
        cacerts = self.curl(self.est_url + "/cacerts", "--fail", trust="ces-ca.pem").stdout
        (folder / "cacerts.der").write_bytes(base64.b64decode(cacerts))
        chain = self.openssl("pkcs7", "-inform", "DER", "-in", folder / "cacerts.der", "-print_certs")
        root = (self.lab.dir / "pki" / "root.pem").read_text(encoding="ascii")
        self.assertIn(re.sub(r"\s", "", root), re.sub(r"\s", "", chain))
        answer = self.curl(self.est_url + "/simpleenroll", "--basic", "--fail", "-H", "Content-Type: application/pkcs10",
                           "--data-binary", f"@{folder / 'req.b64'}", trust="ces-ca.pem", user=self.user).stdout
        (folder / "cert.der").write_bytes(base64.b64decode(answer))
        self.openssl("pkcs7", "-inform", "DER", "-in", folder / "cert.der", "-print_certs", "-out", folder / "cert.pem")
        self.assertIn("OK", self.openssl("verify", "-CAfile", self.lab.dir / "pki" / "root.pem", folder / "cert.pem"))

    def test_est_refuses_strangers_and_nonsense(self):
        good = "@" + str(self.curl_request("stranger") / "req.b64")
        pkcs10, text = "Content-Type: application/pkcs10", "Content-Type: text/plain"
        for body, kind, user, password, expected in ((good, pkcs10, None, None, "401"),
                                                     (good, pkcs10, self.user, "wrong", "401"),
                                                     ("bm9uc2Vuc2U=", pkcs10, self.user, None, "400"),
                                                     (good, text, self.user, None, "415")):
            marks = self.lab.marks()
            done = self.curl(self.est_url + "/simpleenroll", "--data-binary", body, "-o", "/dev/null", "-w",
                             "%{http_code}", "-H", kind, trust="ces-ca.pem", user=user, password=password)
            self.assertEqual(expected, done.stdout, (body, kind, user, password))
            self.assertFalse([line for line in self.lab.since(marks, "iis") if "certfnsh" in line], "nothing is issued")

    def test_names_are_checked(self):
        done = self.lab.run("curl", "-sS", "--cacert", self.lab.dir / "pki" / "root.pem", "--resolve",
                            f"other.example.test:{self.lab.ca_port}:127.0.0.1",
                            f"https://other.example.test:{self.lab.ca_port}/certsrv/", check=False)
        self.assertEqual(60, done.returncode, done.stderr)


if __name__ == "__main__":
    unittest.main()
