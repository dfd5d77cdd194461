#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One lab, every certificate issuer in turn: a reload changes the issuer."""
import json
import unittest

from lab_fixture import LabCase, eventually


class Issuers(LabCase):
    def use(self, **overlay):
        folder = self.lab.dir / "etc" / "capfd.d"
        folder.mkdir(exist_ok=True)
        (folder / "50-test.json").write_text(json.dumps(overlay), encoding="utf-8")
        done = self.lab.capfctl("--json", "daemon", "reload", "capfd")
        self.assertEqual([], json.loads(done.stdout)["needs_restart"])
        self.addCleanup(self.lab.capfctl, "daemon", "reload", "capfd")
        self.addCleanup((folder / "50-test.json").unlink)

    def verified(self, name, *trust):
        """The text of a device's LSC, which verifies against a certificate of the lab's pki."""
        pem = self.lab.dir / f"{name}.pem"
        pem.write_text(self.lab.capfctl("lsc", "export", name).stdout, encoding="ascii")
        self.lab.run("openssl", "verify", "-x509_strict", "-CAfile", self.lab.dir.joinpath("pki", *trust), pem)
        return self.lab.run("openssl", "x509", "-in", pem, "-noout", "-text").stdout

    def test_capf_signs_by_itself(self):
        self.use(service_parameters={"certificate_issuer_to_endpoint": "capf", "lab_certificate_validity": 120})
        marks = self.lab.marks()
        self.lab.enrol("SEP020000000601", profile="jabber")
        text = self.verified("SEP020000000601", "capf.pem")
        self.assertIn("Digital Signature, Key Encipherment", text)
        self.assertIn("CN = CP-8865-SEP020000000601", text)
        self.assertIn("URI:SEP020000000601", text)
        self.assertEqual([], self.lab.since(marks, "iis"))
        eventually(lambda: self.assertIn("Cert Signing successful", "\n".join(self.lab.since(marks, "capf"))))

    def test_an_est_server_is_asked_directly(self):
        """cesd is one, and it knows no label."""
        self.use(service_parameters={"online_ca_type": "est", "online_ca_port": self.lab.ces_port,
                                     "online_ca_hostname": self.ces_host()}, est={"host": "nowhere.example.test"})
        self.lab.enrol("SEP020000000602")
        self.verified("SEP020000000602", "root.pem")

    def ces_host(self):
        made = (self.lab.dir / "etc" / "capfd.json").read_text(encoding="utf-8")
        return json.loads(made.partition("\n")[2])["est"]["host"]


if __name__ == "__main__":
    unittest.main()
