#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Revocation, CRLs, OCSP and renewal of the CA, judged by openssl over the URLs that stand in the certificates."""
import re
import unittest

from managed_ca import ManagedCa, run, text_of


class Revocation(unittest.TestCase):
    """A root alone, with an EC key."""

    issuing = False

    @classmethod
    def setUpClass(cls):
        cls.ca = cls.enterClassContext(ManagedCa(cls.issuing))

    def urls(self, certificate):
        """CDP, AIA and OCSP URL of a certificate."""
        text = text_of(certificate)
        cdp = re.search(r"CRL Distribution Points:.*?URI:(\S+)", text, re.S)[1]
        return cdp, re.search(r"CA Issuers - URI:(\S+)", text)[1], re.search(r"OCSP - URI:(\S+)", text)[1]

    def chain(self, certificate):
        """File with the issuer's certificate as AIA gives it, in PEM."""
        der, kind = self.ca.http(self.urls(certificate)[1])
        self.assertEqual("application/x-x509-ca-cert", kind)
        (self.ca.dir / "issuer.der").write_bytes(der)
        path = self.ca.dir / "issuer.pem"
        run("openssl", "x509", "-inform", "DER", "-in", self.ca.dir / "issuer.der", "-out", path)
        return path

    def crl(self, url, name="current.crl"):
        der, kind = self.ca.http(url)
        self.assertEqual("application/pkix-crl", kind)
        (self.ca.dir / "crl.der").write_bytes(der)
        path = self.ca.dir / name
        run("openssl", "crl", "-inform", "DER", "-in", self.ca.dir / "crl.der", "-out", path)
        return path

    def verify(self, certificate, *crls):
        options = [option for crl in crls for option in ("-CRLfile", crl)]
        return run("openssl", "verify", "-crl_check", *options, "-untrusted", self.chain(certificate), "-CAfile",
                   self.ca.ca_file, certificate, check=False)

    def ocsp(self, certificate, *options):
        issuer = self.chain(certificate)
        said = run("openssl", "ocsp", "-issuer", issuer, "-cert", certificate, "-url", self.urls(certificate)[2],
                   "-CAfile", self.ca.ca_file, "-verify_other", issuer, *options)
        self.assertIn("Response verify OK", said)
        return said

    def test_revoked_certificates_are_on_the_crl(self):
        kept = self.ca.issue(name="kept.pem")[1]
        request_id, lost = self.ca.issue(name="lost.pem")
        url = self.urls(lost)[0]
        self.assertIn("OK", self.verify(lost, self.crl(url)))
        self.ca.capfctl("revoke", request_id, "--reason", "keyCompromise")
        self.assertIn("OK", self.verify(lost, self.crl(url)), "the published CRL is the old one")
        self.ca.capfctl("publish-crl")
        crl = self.crl(url)
        self.assertIn("certificate revoked", self.verify(lost, crl))
        self.assertIn("OK", self.verify(kept, crl))
        text = run("openssl", "crl", "-in", crl, "-noout", "-text")
        self.assertIn("Key Compromise", text)
        self.assertIn("X509v3 Freshest CRL", text)
        again = self.ca.capfctl("revoke", request_id, check=False)
        self.assertIn("nothing to revoke", again.stderr)
        never_back = self.ca.capfctl("unrevoke", request_id, check=False)
        self.assertIn("certificateHold", never_back.stderr)

    def test_hold_and_delta_crl(self):
        request_id, path = self.ca.issue(name="held.pem")
        base_url = self.urls(path)[0]
        delta_url = base_url.replace(".crl", "+.crl")
        self.ca.capfctl("revoke", request_id, "--reason", "certificateHold")
        self.ca.capfctl("publish-crl")
        base = self.crl(base_url, "base.crl")
        self.assertIn("certificate revoked", self.verify(path, base))
        self.ca.capfctl("unrevoke", request_id)
        self.ca.capfctl("publish-crl", "--delta")
        delta = run("openssl", "crl", "-in", self.crl(delta_url, "delta.crl"), "-noout", "-text")
        self.assertIn("Remove From CRL", delta)
        base_number = re.search(r"CRL Number: *\n +(\S+)", run("openssl", "crl", "-in", base, "-noout", "-text"))[1]
        self.assertIn(base_number, re.search(r"Delta CRL Indicator: critical *\n +(\S+)", delta)[1])
        options = ("-crl_check", "-extended_crl", "-use_deltas", "-CRLfile", base, "-CRLfile", self.ca.dir / "delta.crl")
        said = run("openssl", "verify", *options, "-untrusted", self.chain(path), "-CAfile", self.ca.ca_file, path)
        self.assertIn("OK", said)

    def test_ocsp(self):
        request_id, path = self.ca.issue(name="asked.pem")
        self.assertIn(": good", self.ocsp(path))
        self.ca.capfctl("revoke", request_id, "--reason", "superseded")
        said = self.ocsp(path)
        self.assertIn(": revoked", said)
        self.assertIn("Reason: superseded", said)
        issuer = self.chain(path)
        unknown = run("openssl", "ocsp", "-issuer", issuer, "-serial", "0x1234", "-url", self.urls(path)[2], "-CAfile",
                      self.ca.ca_file, "-verify_other", issuer)
        self.assertIn(": unknown", unknown)

    def test_ocsp_refuses_nonsense(self):
        url = f"http://localhost:{self.ca.http_port}/ocsp"
        for body in ("", "nonsense", "x" * 70000):
            done = run("curl", "-sS", "-o", self.ca.dir / "answer", "-w", "%{http_code}", "--data-binary", body, url)
            self.assertIn(done, ("200", "400", "413"))
            if done == "200":
                self.assertIn("malformedrequest", run("openssl", "ocsp", "-respin", self.ca.dir / "answer", "-noverify",
                                                      check=False))
        self.assertEqual("403", run("curl", "-s", "-o", "/dev/null", "-w", "%{http_code}",
                                    url.replace("/ocsp", "/certsrv/")), "SSL is required there")
        self.assertIn(" - 403 4 5 ", self.ca.raw_log())

    def test_crl_numbers_rise_over_kill_9(self):
        numbers = [crl["number"] for crl in self.ca.ask("crls")["crls"]]
        self.ca.capfctl("publish-crl")
        self.ca.restart()
        kept = [crl["number"] for crl in self.ca.ask("crls")["crls"]]
        self.assertGreater(min(kept), max(numbers))
        self.ca.capfctl("publish-crl")
        self.assertGreater(min(crl["number"] for crl in self.ca.ask("crls")["crls"]), max(kept))


class RevocationBelowARoot(Revocation):
    """An issuing CA with an RSA key below a root that is not here."""

    issuing = True

    def test_the_root_comes_with_the_chain(self):
        request_id, _ = self.ca.issue()
        chain = self.ca.dir / "chain.p7b"
        chain.write_bytes(self.ca.curl(f"/certsrv/certnew.p7b?ReqID={request_id}&Enc=b64"))
        subjects = re.findall("subject=(.*)", run("openssl", "pkcs7", "-in", chain, "-print_certs", "-noout"))
        self.assertEqual(["CN = SEP001122334455", "DC = test, DC = example, CN = Issuing CA", "CN = Interop CA"], subjects)


class Renewal(unittest.TestCase):
    issuing = False

    def certificate(self, ca, index):
        path = ca.dir / f"ca{index}.pem"
        path.write_bytes(ca.curl(f"/certsrv/certnew.cer?ReqID=CACert&Renewal={index}&Enc=b64"))
        return path

    def crl(self, ca, index, kind="base"):
        path = ca.dir / f"{kind}{index}.crl"
        path.write_bytes(ca.curl(f"/certsrv/certcrl.crl?Type={kind}&Renewal={index}&Enc=b64"))
        return path

    def trust(self, ca, index):
        """What a certificate of the CA's generation `index` verifies against."""
        return ("-CAfile", ca.ca_file, "-untrusted", self.certificate(ca, index)) if self.issuing else (
            "-CAfile", self.certificate(ca, index))

    def test_renewal_with_the_same_key_and_with_a_new_one(self):
        with ManagedCa(self.issuing) as ca:
            first_id, first = ca.issue(name="first.pem")
            ca.capfctl("renew")
            _, second = ca.issue(name="second.pem")
            ca.capfctl("renew", "--new-key")
            third_id, third = ca.issue(name="third.pem")
            texts = [text_of(self.certificate(ca, index)) for index in range(3)]
            keys = [re.search(r"Subject Key Identifier: *\n +(\S+)", text)[1] for text in texts]
            self.assertEqual(keys[0], keys[1])
            self.assertNotEqual(keys[0], keys[2])
            # CA version: key index in the high half, certificate index in the low one.
            for index, version in ((1, ":01"), (2, ":020002")):
                parsed = run("openssl", "asn1parse", "-in", self.certificate(ca, index))
                octets = re.search(r"1\.3\.6\.1\.4\.1\.311\.21\.1\n.*\[HEX DUMP\]:(\S+)", parsed)[1]
                self.assertTrue(octets.endswith(version[1:]), octets)
            self.assertIn("1.3.6.1.4.1.311.21.2", texts[2])
            for path, index in ((first, 0), (first, 1), (second, 0), (third, 2)):
                run("openssl", "verify", *self.trust(ca, index), path)
            self.assertIn("(2).crl", text_of(third))
            self.assertNotIn("(", re.search(r"CRL Distribution Points.*?URI:(\S+)", text_of(second), re.S)[1])
            self.assertIn("(1).crt", text_of(second))
            # Each key has a CRL of its own, and each certificate is on that of its key.
            ca.capfctl("revoke", first_id)
            ca.capfctl("revoke", third_id)
            ca.capfctl("publish-crl")
            for path, index in ((first, 0), (third, 2)):
                said = run("openssl", "verify", "-crl_check", "-CRLfile", self.crl(ca, index), *self.trust(ca, index),
                           path, check=False)
                self.assertIn("certificate revoked", said)
            run("openssl", "verify", "-crl_check", "-CRLfile", self.crl(ca, 1), *self.trust(ca, 1), second)
            self.assertEqual(self.crl(ca, 0).read_bytes(), self.crl(ca, 1).read_bytes(), "one key, one CRL")
            page = ca.curl("/certsrv/certcarc.asp", "-A", "Mozilla/5.0").decode()
            self.assertIn("var nRenewals=2;", page)
            self.assertEqual(3, len(ca.ask("certificates")["certificates"]))
            ca.restart()
            self.assertEqual(3, len(ca.ask("certificates")["certificates"]), "renewals outlive kill -9")
            run("openssl", "verify", *self.trust(ca, 2), ca.issue(name="fourth.pem")[1])
            # certnew.p7b of an old request brings the certificate it was issued with.
            chain = ca.dir / "chain.p7b"
            chain.write_bytes(ca.curl("/certsrv/certnew.p7b?ReqID=CACert&Renewal=0&Enc=b64"))
            self.assertIn("Interop CA", run("openssl", "pkcs7", "-in", chain, "-print_certs", "-noout"))


class RenewalBelowARoot(Renewal):
    issuing = True

    def test_renewal_needs_the_parent(self):
        with ManagedCa(True) as ca:
            (ca.dir / "root.key").write_text((ca.dir / "ca.key").read_text())
            done = ca.capfctl("renew", check=False)
            self.assertEqual(1, done.returncode)
            self.assertIn("parent_private_key", done.stderr)


if __name__ == "__main__":
    unittest.main()
