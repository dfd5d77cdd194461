# SPDX-License-Identifier: Apache-2.0
"""A person with a browser and the certificate manager with capfctl: what one decides, the other sees."""
import json
import re
import subprocess
import unittest

from browser_case import BrowserCase
from certsrv_site import PASSWORD, USER

SLOW = "Slow (needs approval)"


def openssl(*arguments, content):
    """(standard output, standard error) of a run that must not fail."""
    done = subprocess.run(["openssl", *arguments], input=content, capture_output=True, check=True, timeout=60)
    return done.stdout.decode(), done.stderr.decode()


def revoked_serials(crl):
    """Serial numbers in a CRL (DER), and whether it is a delta CRL."""
    text = openssl("crl", "-inform", "DER", "-noout", "-text", content=crl)[0]
    return re.findall(r"Serial Number: ([0-9A-F]+)", text), "Delta CRL Indicator: critical" in text


class Managed(BrowserCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.browser.credentials = [(USER, PASSWORD)]
        cls.browser.goto(cls.site.url("/certsrv"))

    def poll(self, request):
        """Takes a request from the list of pending ones, as a person who comes back does."""
        self.browser.goto(self.page(""))
        self.browser.follow("#locViewPending")
        buttons = self.browser.js("[...document.querySelectorAll('li button')].map(b => b.innerText)")
        mine = [at for at, text in enumerate(buttons) if f"(Request Id {request})" in text]
        self.assertEqual(len(mine), 1, f"{request} in {buttons}")
        self.browser.js(f"document.querySelectorAll('li button')[{mine[0]}].id = 'mine'")
        self.browser.follow("#mine")

    def shown_id(self):
        return self.browser.js("document.getElementById('locInfoReqID').innerText.match(/[0-9]+/)[0]")

    def issued_id(self):
        return self.browser.js("document.documentElement.innerHTML.match(/ReqID=([0-9]+)&/)[1]")


class Approval(Managed):
    providers = ["NTLM", "Negotiate"]

    def test_waits_until_the_manager_decided(self):
        browser, site = self.browser, self.site
        ids = []
        for _ in range(3):
            self.submit(SLOW)
            self.assertEqual(browser.heading, "Certificate Pending")
            ids.append(self.shown_id())
        approved, revoked, denied = ids
        self.assertEqual(re.findall(r"^\d+", site.capfctl("ca", "list", "--state", "pending"), re.M), ids[::-1])

        self.assertEqual(site.capfctl("ca", "approve", approved), f"request {approved}: issued (Issued)\n")
        self.poll(approved)
        self.assertEqual(browser.heading, "Certificate Issued")
        name, der = browser.download(lambda: browser.click("#locDownloadCert3"))
        self.assertEqual((name, site.subject(der, "DER")), ("certnew.cer", "CN=SEP001122334455"))
        pem = openssl("x509", "-inform", "DER", content=der)[0]
        self.assertEqual(site.capfctl("ca", "view", approved, "--pem"), pem)

        site.capfctl("ca", "approve", revoked)
        self.assertEqual(site.capfctl("ca", "revoke", revoked, "--reason", "keyCompromise"),
                         f"request {revoked}: revoked\n")
        self.poll(revoked)
        self.assertIn("was issued, and has been revoked since", browser.text)
        self.assertEqual(self.shown_id(), revoked)
        self.look("certfnsh-revoked")
        browser.goto(self.page(f"certnew.cer?ReqID={revoked}"))
        self.assertRegex(browser.text, r"Disposition:\s+6-Revoked\s")
        self.look("certnew-revoked")

        site.capfctl("ca", "deny", denied)
        self.poll(denied)
        self.assertEqual(browser.heading, "Certificate Request Denied")
        self.assertIn("Denied by LAB\\Administrator", browser.text)
        self.look("certfnsh-denied-by-manager")
        browser.goto(self.page("certckpn.asp"))
        self.assertIn("no pending", browser.text)


class Renewal(Managed):
    """certcarc.asp of a CA that was renewed with a new key: certificates and CRLs of both."""
    providers = ["NTLM", "Negotiate"]

    def revoke(self):
        """The serial number of a certificate that was issued and revoked just now."""
        self.submit("CiscoRA")
        request = self.issued_id()
        self.site.capfctl("ca", "revoke", request)
        return json.loads(self.site.capfctl("--json", "ca", "view", request))["request"]["serial"].upper()

    def fetch(self, link, expected_name):
        """What a link of certcarc.asp gives as DER; its base 64 form must say the same."""
        browser = self.browser
        forms = {}
        for button in ("#rbDerEnc", "#rbB64Enc"):
            browser.click(button)
            name, forms[button] = browser.download(lambda: browser.click(link))
            self.assertEqual(name, expected_name)
        command = "crl" if name.endswith(".crl") else "x509"
        text = openssl(command, "-inform", "DER", content=forms["#rbDerEnc"])[0]
        label = b"X509 CRL" if command == "crl" else b"CERTIFICATE"
        self.assertEqual(forms["#rbB64Enc"].splitlines()[0], b"-----BEGIN " + label + b"-----")
        self.assertEqual(openssl(command, content=forms["#rbB64Enc"])[0], text)
        return forms["#rbDerEnc"]

    def signed_by(self, crl, certificate):
        said = openssl("crl", "-inform", "DER", "-noout", "-verify", "-CAfile", certificate, content=crl)[1]
        self.assertIn("verify ", said)
        return "verify OK" in said

    def test_certificates_and_crls_of_both_keys(self):
        browser, site = self.browser, self.site
        in_base = self.revoke()
        site.capfctl("ca", "publish-crl")
        in_delta = self.revoke()
        site.capfctl("ca", "publish-crl", "--delta")
        site.capfctl("ca", "renew", "--new-key")
        known = [c["pem"] for c in json.loads(site.capfctl("--json", "ca", "certificates"))["certificates"]]
        self.assertEqual(len(known), 2)

        browser.goto(self.page("certcarc.asp"))
        self.look("certcarc-renewed")
        options = browser.js("[...document.querySelectorAll('#lbCaID option')].map(o => o.text)")
        self.assertEqual(options, ["Current [Interop CA(1)]", "Previous [Interop CA]"])
        files, crls = [], {}
        for index, option in reversed(list(enumerate(reversed(options)))):
            browser.choose("#lbCaID", option)
            der = self.fetch("#locDownloadCACert", "certnew.cer")
            self.assertEqual(openssl("x509", "-inform", "DER", content=der)[0], known[index])
            files.insert(0, site.dir / f"ca-{index}.pem")
            files[0].write_text(known[index])
            for kind, link in (("base", "#locDownloadBaseCrl"), ("delta", "#locDownloadDeltaCrl")):
                crls[index, kind] = self.fetch(link, "certcrl.crl")
        for (index, kind), crl in crls.items():
            with self.subTest(renewal=index, crl=kind):
                self.assertTrue(self.signed_by(crl, files[index]))
                self.assertFalse(self.signed_by(crl, files[1 - index]))
                serials, is_delta = revoked_serials(crl)
                self.assertEqual(is_delta, kind == "delta")
                # Times are whole seconds: what was revoked in the base's own second stands in the delta too.
                expected = {(0, "base"): [{in_base}], (0, "delta"): [{in_delta}, {in_base, in_delta}]}
                self.assertIn(set(serials), expected.get((index, kind), [set()]))

        self.submit("CiscoRA")
        name, pem = browser.download(lambda: (browser.click("#rbB64Enc"), browser.click("#locDownloadCert3")))
        self.assertEqual((name, site.subject(pem, ca_file=files[1])), ("certnew.cer", "CN=SEP001122334455"))

        browser.call("Network.setUserAgentOverride", userAgent="CiscoRA 1.0")  # no browser: links instead of a script
        browser.goto(self.page("certcarc.asp"))
        headings = browser.js("[...document.querySelectorAll('h2')].map(h => h.innerText)")
        self.assertEqual(headings, options)
        self.look("certcarc-renewed-plain")


if __name__ == "__main__":
    unittest.main()
