#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The chain with an issuing CA below a root, EC keys, and what a renewal of that CA needs."""
import json
import signal
import unittest

from lab_fixture import BIN, LabCase


class IssuingCa(LabCase):
    settings = {"LAB_CA": "issuing-ec"}

    def verified(self, name):
        """Subject of the issuer of a phone's LSC, which verifies against the root through the CA's certificates."""
        pki, pem = self.lab.dir / "pki", self.lab.dir / f"{name}.pem"
        pem.write_text(self.lab.capfctl("lsc", "export", name).stdout)
        chain = self.lab.dir / "chain.pem"
        listed = json.loads(self.capfctl_ca("--json", "ca", "certificates").stdout)["certificates"]
        chain.write_text("".join(certificate["pem"] for certificate in listed))
        done = self.lab.run("openssl", "verify", "-x509_strict", "-CAfile", pki / "root.pem", "-untrusted", chain, pem)
        self.assertIn("OK", done.stdout)
        return self.lab.run("openssl", "x509", "-in", pem, "-noout", "-ext", "authorityKeyIdentifier").stdout

    def capfctl_ca(self, *arguments):
        return self.lab.run(BIN / "capfctl", "--socket", self.lab.dir / "run" / "ca-simd.sock", *arguments)

    def test_enrolment_before_and_after_a_renewal(self):
        self.lab.enrol("SEP020000000501")
        before = self.verified("SEP020000000501")
        self.capfctl_ca("ca", "renew", "--new-key")
        overlays = self.lab.dir / "etc" / "cesd.d"
        overlays.mkdir(exist_ok=True)
        (overlays / "10-renewed.json").write_text('{"ca": {"chain": "newest"}}', encoding="utf-8")
        self.lab.kill("cesd", signal.SIGTERM)
        self.lab.up()
        self.lab.enrol("SEP020000000502")
        after = self.verified("SEP020000000502")
        self.assertNotEqual(before, after, "the new key signs")


if __name__ == "__main__":
    unittest.main()
