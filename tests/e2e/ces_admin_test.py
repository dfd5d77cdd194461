# SPDX-License-Identifier: Apache-2.0
"""capfctl ces: the registration authority's CAs, and requests that nobody collected."""
import json
import subprocess
import unittest

import lab_fixture
from lab_fixture import LabCase, wait_until


class CesAdmin(LabCase):
    def ctl(self, daemon, *arguments, check=True):
        return self.lab.run(lab_fixture.BIN / "capfctl", "--socket", self.lab.dir / "run" / f"{daemon}.sock", *arguments,
                            check=check)

    def requests(self, *arguments):
        return json.loads(self.ctl("cesd", "--json", "ces", "requests", *arguments).stdout)["requests"]

    def test_cas(self):
        shown = json.loads(self.ctl("cesd", "--json", "ces", "ca").stdout)["cas"]
        self.assertEqual([("ca", True, True)], [(ca["name"], ca["up"], ca["chain_known"]) for ca in shown])
        self.assertRegex(self.ctl("cesd", "ces", "ca").stdout, r"(?m)^ca +up ")
        self.assertEqual(0, self.ctl("cesd", "ces", "status").returncode)

    def test_a_request_that_waits_is_listed_and_forgotten(self):
        self.ctl("ca-simd", "ca", "fault", "set", "pending")
        self.addCleanup(self.ctl, "ca-simd", "ca", "fault", "clear", "--all")
        name = "SEP0200000007A1"
        self.lab.add(name)
        self.lab.arm(name)
        self.assertNotEqual(0, self.lab.phone(name, check=False).returncode)
        waiting = wait_until(lambda: self.requests("--stage", "at-the-ca"), "the request on record")
        self.assertEqual(1, len(waiting))
        self.assertIn(name, waiting[0]["subject"])
        self.assertGreater(waiting[0]["request_id"], 0)
        self.assertEqual([], self.requests("--stage", "undelivered"))
        self.ctl("cesd", "ces", "forget", waiting[0]["id"])
        self.assertEqual([], self.requests())
        self.assertEqual(1, self.ctl("cesd", "ces", "forget", waiting[0]["id"], check=False).returncode)

    def post(self, body):
        """curl that enrols with the request in `body`."""
        password = (self.lab.dir / lab_fixture.PASSWORD_FILE).read_text(encoding="ascii").strip()
        config = self.lab.secret_file("curl", f'user = "LAB\\\\ciscora:{password}"')
        port = self.lab.ces_port
        return subprocess.Popen(
            ["curl", "--silent", "--config", config, "--cacert", self.lab.dir / "pki" / "ces-ca.pem", "--resolve",
             f"lab-cucm.example.test:{port}:127.0.0.1", "--data-binary", f"@{body}", "--header",
             "Content-Type: application/pkcs10", "--output", "/dev/null", "--write-out", "%{http_code}",
             f"https://lab-cucm.example.test:{port}/.well-known/est/simpleenroll"], stdout=subprocess.PIPE, text=True)

    def test_kill_9_loses_no_certificate(self):
        folder = self.lab.dir / "phones"
        self.lab.run("openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", folder / "k.pem", "-subj",
                     "/CN=orphan-of-kill-9", "-out", folder / "r.pem")
        self.ctl("ca-simd", "ca", "fault", "set", "delay", "--url", "certnew.cer", "--phase", "request", "--seconds", "5",
                 "--count", "1")
        with self.post(folder / "r.pem") as first:
            wait_until(lambda: self.requests("--stage", "at-the-ca"), "the request at the CA")
            self.lab.kill("cesd")
            self.assertEqual("000", first.communicate(timeout=30)[0], "the client has no answer")
        self.lab.up()
        self.assertEqual(1, len(self.requests("--stage", "at-the-ca")), "it survived on disk")
        with self.post(folder / "r.pem") as second:
            self.assertEqual("200", second.communicate(timeout=30)[0])
        issued = json.loads(self.ctl("ca-simd", "--json", "ca", "list").stdout)["requests"]
        self.assertEqual(1, sum("orphan-of-kill-9" in one["subject"] for one in issued), "the CA was asked once")
        wait_until(lambda: not self.requests(), "nothing is left once it is delivered")


if __name__ == "__main__":
    unittest.main()
