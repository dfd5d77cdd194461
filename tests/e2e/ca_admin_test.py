#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The certificate manager's side of ca-simd: decisions, templates, accounts, renewal, import, backup and restore."""
import concurrent.futures
import json
import threading
import unittest

from lab_fixture import wait_until
from managed_ca import AGENT_POLICY, ManagedCa, openssl, run, text_of


class Manager(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.ca = cls.enterClassContext(ManagedCa())

    def test_list_and_view(self):
        issued, path = self.ca.issue()
        denied, _ = self.ca.submit("Nonsense")
        rows = {row["id"]: row for row in self.ca.ask("list")["requests"]}
        self.assertEqual("issued", rows[issued]["state"])
        self.assertEqual("denied", rows[denied]["state"])
        self.assertEqual("LAB\\ciscora", rows[issued]["requester"])
        self.assertEqual("CN=SEP001122334455", rows[issued]["subject"])
        only_denied = self.ca.ask("list", "--state", "denied")["requests"]
        self.assertIn(denied, [row["id"] for row in only_denied])
        self.assertNotIn(issued, [row["id"] for row in only_denied])
        self.assertEqual(path.read_text().split(), self.ca.capfctl("view", issued, "--pem").stdout.split())
        serial = rows[issued]["serial"]
        self.assertIn(f"serial      {serial}", self.ca.capfctl("view", f"serial:{serial.upper()}").stdout)
        self.assertIn("there is no request 999999", self.ca.capfctl("view", 999999, check=False).stderr)
        for _ in range(3):
            self.ca.submit("Nonsense")
        pages = self.ca.ask("list", "--limit", "2")["requests"]
        self.assertEqual(2, len(pages))
        older = self.ca.ask("list", "--limit", "1000", "--before", pages[-1]["id"])["requests"]
        self.assertEqual(pages[-1]["id"] - 1, older[0]["id"])

    def test_approve_and_deny(self):
        first, page = self.ca.submit("Slow")
        self.assertIn("Your certificate request has been received.", page)
        second, _ = self.ca.submit("Slow")
        waiting = [row["id"] for row in self.ca.ask("list", "--state", "pending")["requests"]]
        self.assertEqual([second, first], waiting[:2])
        self.assertIn("issued", self.ca.capfctl("approve", first).stdout)
        run("openssl", "verify", "-CAfile", self.ca.ca_file, self.ca.fetch(first))
        self.ca.capfctl("deny", second)
        refused = self.ca.curl(f"/certsrv/certnew.cer?ReqID={second}").decode()
        self.assertIn("Denied by LAB\\Administrator", refused)
        self.assertIn("0x80094014", refused)
        again = self.ca.capfctl("approve", second, check=False)
        self.assertEqual(1, again.returncode)
        self.assertIn(f"request {second} is denied, not pending", again.stderr)

    def test_templates_change_at_run_time(self):
        self.ca.capfctl("template", "set", "Extra", "oid=1.2.3.4.5", 'enroll=["ciscora"]', "validity_days=30",
                        'eku=["clientAuth"]')
        self.assertIn(";Extra;", self.ca.curl("/certsrv/certrqxt.asp").decode())
        _, path = self.ca.issue("Extra")
        self.assertIn("TLS Web Client Authentication", text_of(path))
        self.ca.capfctl("template", "set", "extra", "manager_approval=true")
        self.assertIn("has been received", self.ca.submit("Extra")[1])
        for wrong in ("oid=1.99", "validity_days=0", "no_such_key=1", "oid=nonsense", "oid=1.3.6.1.4.1.311.21.8.1.1"):
            done = self.ca.capfctl("template", "set", "Extra", wrong, check=False)
            self.assertEqual(1, done.returncode, wrong)
            self.assertIn(wrong.split("=")[0], done.stderr)
        self.ca.restart()
        self.assertIn("has been received", self.ca.submit("Extra")[1], "the change outlives kill -9")
        self.ca.capfctl("template", "remove", "Extra")
        self.assertIn("0x80094800", self.ca.submit("Extra")[1])
        self.ca.capfctl("template", "remove", "Old")
        self.ca.capfctl("template", "set", "Old", "validity_days=9")
        shown = json.loads(self.ca.capfctl("template", "show", "Old").stdout)
        self.assertEqual((9, 1), (shown["validity_days"], shown["schema"]), "the rest follows the configuration")
        self.ca.capfctl("template", "reset", "Old")
        self.assertEqual(730, json.loads(self.ca.capfctl("template", "show", "Old").stdout)["validity_days"])

    def test_what_people_write_cannot_draw_on_the_screen(self):
        request_id, _ = self.ca.submit("A\x1b[31m")
        self.assertNotIn("\x1b", self.ca.capfctl("list").stdout)
        self.assertIn("A\\x1b[31m", self.ca.capfctl("view", request_id).stdout)

    def test_accounts_change_at_run_time(self):
        password = self.ca.dir / "new.password"
        password.write_text("An0ther one\n")
        password.chmod(0o600)
        self.ca.capfctl("account", "set", "robot", "--password-file", password)
        self.assertIn("robot", self.ca.capfctl("account", "list").stdout)
        login = {"user": "robot", "password": "An0ther one"}
        self.assertIn(b"<Title>", self.ca.curl("/certsrv/", **login))
        self.ca.restart()
        self.assertIn(b"<Title>", self.ca.curl("/certsrv/", **login))
        self.ca.capfctl("account", "set", "robot", "--state", "disabled")
        self.assertIn(b"401", self.ca.curl("/certsrv/", **login))
        self.ca.capfctl("account", "set", "robot", "--state", "enabled")
        self.assertIn(b"<Title>", self.ca.curl("/certsrv/", **login), "a new state keeps the password")
        self.ca.capfctl("account", "set", "robot", "--state", "disabled")
        self.ca.capfctl("account", "set", "robot", "--password-file", password)
        self.assertIn(b"401", self.ca.curl("/certsrv/", **login), "a new password alone changes no state")
        self.ca.capfctl("account", "set", "robot", "--state", "locked")
        self.ca.capfctl("account", "unlock", "robot")
        self.assertIn(b"<Title>", self.ca.curl("/certsrv/", **login))
        self.ca.capfctl("account", "remove", "robot")
        self.assertIn(b"401", self.ca.curl("/certsrv/", **login))
        self.assertNotIn("robot", self.ca.capfctl("account", "list").stdout)
        self.assertIn("a new account needs one", self.ca.capfctl("account", "set", "nobody", check=False).stderr)
        self.assertNotIn("An0ther", self.ca.stderr())

    def test_backup_and_restore(self):
        before, path = self.ca.issue(name="before.pem")
        target = self.ca.dir / "backup.sqlite"
        self.ca.capfctl("backup", target)
        self.assertEqual(0o600, target.stat().st_mode & 0o777)
        self.assertEqual(1, self.ca.capfctl("backup", target, check=False).returncode, "it replaces nothing")
        after, _ = self.ca.issue()
        self.ca.capfctl("template", "set", "Later", "oid=1.2.3.9", 'enroll=["ciscora"]')
        self.ca.capfctl("publish-crl")
        numbers = [crl["number"] for crl in self.ca.ask("crls")["crls"]]
        self.ca.capfctl("renew", "--new-key")
        self.ca.capfctl("restore", target)
        self.assertEqual(2, len(self.ca.ask("certificates")["certificates"]), "CA certificates are never given up")
        restored = [crl["number"] for crl in self.ca.ask("crls")["crls"] if crl["key_index"] == 0]
        self.assertGreater(min(restored), max(numbers))
        self.assertEqual(path.read_text(), self.ca.fetch(before).read_text())
        self.assertIn("The requested property value is empty", self.ca.curl(f"/certsrv/certnew.cer?ReqID={after}").decode())
        self.assertNotIn(";Later;", self.ca.curl("/certsrv/certrqxt.asp").decode())
        self.assertGreater(self.ca.issue()[0], after, "an id that was given out is not given out again")
        nonsense = self.ca.dir / "nonsense"
        nonsense.write_text("not a database")
        self.assertIn("nothing was restored", self.ca.capfctl("restore", nonsense, check=False).stderr)
        self.assertEqual(path.read_text(), self.ca.fetch(before).read_text())

    def test_restore_while_clients_ask(self):
        target = self.ca.dir / "busy.sqlite"
        self.ca.capfctl("backup", target)
        over, told, refused = threading.Event(), [], []

        def client():
            while not over.is_set():
                try:
                    told.append(self.ca.submit("CiscoRA")[0])
                except AssertionError as page:  # a restore took the request away while it was being signed
                    refused.append(str(page))

        clients = [threading.Thread(target=client) for _ in range(4)]
        for thread in clients:
            thread.start()
        try:
            for count in range(1, 6):
                wait_until(lambda enough=10 * count: len(told) >= enough, "more answers")
                self.ca.capfctl("restore", target)
        finally:
            over.set()
            for thread in clients:
                thread.join()
        self.assertEqual(len(told), len(set(told)), "no id was given out twice")
        for page in refused:
            self.assertIn("0x800706ba", page)
        self.assertNotIn("was being signed when the server stopped", self.ca.stderr())
        self.assertEqual([], self.ca.ask("list", "--state", "signing")["requests"])

    # Kinds of templates -------------------------------------------------------------------------------------------

    def test_template_kinds(self):
        self.assertIn("1.3.6.1.4.1.311.20.2", text_of(self.ca.issue("Old")[1]), "schema 1: the name")
        new = text_of(self.ca.issue()[1])
        self.assertIn("1.3.6.1.4.1.311.21.7", new)
        self.assertIn("1.3.6.1.4.1.311.21.10", new)
        self.assertIn("Digital Signature, Key Encipherment", new)
        self.assertNotIn("Key Encipherment", text_of(self.ca.issue("NoEncipherment")[1]))
        self.assertIn("CA:TRUE", text_of(self.ca.issue("CiscoDoc")[1]))
        self.assertIn("0x80094811", self.ca.submit("Curve")[1], "an RSA key for an EC template")
        openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384", "-nodes", "-keyout", "ec.key",
                "-out", "ec.csr", "-subj", "/CN=SEP0011223344EC", cwd=self.ca.dir)
        curve = (self.ca.dir / "ec.csr").read_text()
        self.assertIn("id-ecPublicKey", text_of(self.ca.issue("Curve", csr=curve)[1]))
        self.assertIn("0x80094811", self.ca.submit("CiscoRA", csr=curve)[1])

    def test_many_at_once_for_one_key(self):
        csr = self.new_csr("crowd")
        with concurrent.futures.ThreadPoolExecutor(8) as crowd:
            pages = list(crowd.map(lambda _: self.ca.submit("Once", csr=csr)[1], range(8)))
        self.assertEqual(1, sum("was issued to you" in page for page in pages))

    def new_csr(self, name, *options):
        openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj",
                f"/CN={name}", *options, cwd=self.ca.dir)
        return (self.ca.dir / f"{name}.csr").read_text()

    def test_duplicates(self):
        csr = self.new_csr("twice")
        first, _ = self.ca.issue("Once", csr=csr)
        page = self.ca.submit("Once", csr=csr)[1]
        self.assertIn("Denied by Policy Module", page)
        self.ca.capfctl("revoke", first)
        self.ca.issue("Once", csr=csr)
        late = self.new_csr("late")
        waiting = [self.ca.submit("SlowOnce", csr=late)[0] for _ in range(2)]
        self.ca.capfctl("approve", waiting[0])
        self.assertIn(f"request {waiting[0]}", self.ca.capfctl("approve", waiting[1], check=False).stderr)
        csr = self.new_csr("renewed")
        older, _ = self.ca.issue("Newest", csr=csr)
        newer, _ = self.ca.issue("Newest", csr=csr)
        states = {row["id"]: row["state"] for row in self.ca.ask("list")["requests"]}
        self.assertEqual(("revoked", "issued"), (states[older], states[newer]))

    def sign(self, csr_name, agent, content_type=None):
        """CSR of our folder in a PKCS#7, signed by `agent`."""
        openssl("req", "-in", f"{csr_name}.csr", "-outform", "DER", "-out", f"{csr_name}.der", cwd=self.ca.dir)
        content = f"{csr_name}.der"
        options = []
        if content_type:
            self.pki_data(content)
            content, options = f"{csr_name}.der.cmc", ["-econtent_type", content_type]
        openssl("cms", "-sign", "-binary", "-nodetach", "-in", content, "-signer", f"{agent}.pem", "-inkey",
                f"{agent}.key", "-outform", "PEM", "-out", f"{csr_name}.p7", *options, cwd=self.ca.dir)
        return (self.ca.dir / f"{csr_name}.p7").read_text()

    def pki_data(self, name):
        """PKIData (RFC 5272 section 3.2.1) around a PKCS#10, written by hand: nothing on the machine makes CMC."""
        def element(tag, *parts):
            body = b"".join(parts)
            size = len(body)
            length = bytes([size]) if size < 128 else bytes([0x82, size >> 8, size & 255])
            return bytes([tag]) + length + body
        csr = (self.ca.dir / name).read_bytes()
        requests = element(0x30, element(0xA0, element(0x02, b"\x01"), csr))
        (self.ca.dir / f"{name}.cmc").write_bytes(element(0x30, element(0x30), requests, element(0x30), element(0x30)))

    def test_enrolment_agent(self):
        self.ca.issue("Agent", "agent.pem", csr=self.new_csr("agent"))
        self.ca.issue("CiscoRA", "layman.pem", csr=self.new_csr("layman"))
        plain = self.new_csr("phone2")
        self.assertIn("0x8009480a", self.ca.submit("OnBehalf", csr=plain)[1], "no signature at all")
        for content_type in (None, "1.3.6.1.5.5.7.12.2"):
            with self.subTest(content_type):
                request_id, page = self.ca.submit("OnBehalf", csr=self.sign("phone2", "agent", content_type))
                self.assertIn("was issued to you", page)
                self.assertIn("CN = phone2", text_of(self.ca.fetch(request_id)))
                self.assertIn("0x80094809", self.ca.submit("OnBehalf", csr=self.sign("phone2", "layman", content_type))[1])
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "stranger.key", "-out", "stranger.pem",
                "-subj", "/CN=stranger", "-addext", f"extendedKeyUsage={AGENT_POLICY}", cwd=self.ca.dir)
        self.assertIn("0x8009480b", self.ca.submit("OnBehalf", csr=self.sign("phone2", "stranger"))[1])
        signed = self.sign("phone2", "agent")
        agent = next(row["id"] for row in self.ca.ask("list", "--template", "Agent")["requests"])
        self.ca.capfctl("revoke", agent)
        self.assertIn("0x8009480b", self.ca.submit("OnBehalf", csr=signed)[1], "a revoked agent")
        (self.ca.dir / "smuggled.ext").write_text(f"extendedKeyUsage={AGENT_POLICY}\n")
        self.new_csr("smuggled")
        openssl("x509", "-req", "-in", "smuggled.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-set_serial", "99", "-days",
                "5", "-extfile", "smuggled.ext", "-out", "smuggled.pem", cwd=self.ca.dir)
        self.assertIn("0x8009480b", self.ca.submit("OnBehalf", csr=self.sign("phone2", "smuggled"))[1],
                      "signed with the CA's key, but unknown to its database")

    def test_san_attribute_is_ignored(self):
        _, path = self.ca.issue(attributes="SAN:dns=evil.example.test&upn=Administrator@example.test")
        self.assertNotIn("evil", text_of(path))
        self.assertNotIn("ESC6", self.ca.stderr())


class SanAttribute(unittest.TestCase):
    def test_names_of_the_attribute_count_and_the_log_warns(self):
        with ManagedCa(san_attribute=True) as ca:
            self.assertIn("ESC6", ca.stderr())
            names = "SAN:dns=a.example.test&ipaddress=192.0.2.1&email=a@example.test&url=http://a/&upn=admin@example.test"
            text = text_of(ca.issue(attributes=names)[1])
            for name in ("DNS:a.example.test", "IP Address:192.0.2.1", "email:a@example.test", "URI:http://a/", "UPN"):
                self.assertIn(name, text)
            self.assertIn("Denied by Policy Module", ca.submit("CiscoRA", attributes="SAN:dn=CN=x")[1])
            waiting, _ = ca.submit("Slow", attributes="SAN:dns=late.example.test")
            ca.capfctl("approve", waiting)
            self.assertIn("DNS:late.example.test", text_of(ca.fetch(waiting)))


class Import(unittest.TestCase):
    def test_an_existing_ca_goes_on_here(self):
        with ManagedCa() as ca:
            openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "other.key", "-out", "other.pem", "-days",
                    "30", "-subj", "/DC=test/CN=Other CA", "-addext", "basicConstraints=critical,CA:TRUE", cwd=ca.dir)
            key = ca.dir / "other.key"
            key.chmod(0o644)
            arguments = ("import", "--certificate", ca.dir / "other.pem", "--key", key)
            self.assertEqual(1, ca.capfctl(*arguments, check=False).returncode, "a key that others may read")
            key.chmod(0o600)
            ca.capfctl(*arguments)
            run("openssl", "verify", "-CAfile", ca.dir / "other.pem", ca.issue()[1])
            self.assertIn("Other CA", ca.curl("/certsrv/").decode())
            crl = ca.dir / "other.crl"
            crl.write_bytes(ca.http(f"http://localhost:{ca.http_port}/CertEnroll/Other%20CA(1).crl")[0])
            self.assertIn("verify OK", run("openssl", "crl", "-inform", "DER", "-in", crl, "-CAfile",
                                           ca.dir / "other.pem", "-noout"))
            again = ca.capfctl(*arguments, check=False)
            self.assertIn("already", again.stderr)
            openssl("req", "-x509", "-key", "other.key", "-out", "resigned.pem", "-days", "30", "-subj",
                    "/DC=test/CN=Other CA", "-addext", "basicConstraints=critical,CA:TRUE", cwd=ca.dir)
            ca.capfctl("import", "--certificate", ca.dir / "resigned.pem", "--key", key)
            self.assertEqual([0, 1, 1], [each["key_index"] for each in ca.ask("certificates")["certificates"]])
            mismatch = ca.capfctl("import", "--certificate", ca.dir / "other.pem", "--key", ca.dir / "ca.key", check=False)
            self.assertIn("does not belong", mismatch.stderr)
            self.assertNotIn("PRIVATE KEY", ca.stderr())


if __name__ == "__main__":
    unittest.main()
