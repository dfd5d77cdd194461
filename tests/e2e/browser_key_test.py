# SPDX-License-Identifier: Apache-2.0
"""A person whose browser makes the key: what it sends, what it keeps, and what becomes of it."""
import subprocess
import unittest
import urllib.parse

from browser_case import BrowserCase
from certsrv_site import PASSWORD, USER


def openssl(*arguments, content):
    return subprocess.run(["openssl", *arguments], input=content, capture_output=True, check=True, timeout=60).stdout


class BrowserKey(BrowserCase):
    providers = ["NTLM", "Negotiate"]

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.browser.credentials = [(USER, PASSWORD)]
        cls.browser.goto(cls.site.url("/certsrv"))

    def enter(self, values):
        for field, text in values.items():
            self.browser.click("#" + field)
            self.browser.type(text)

    def make_key(self, name):
        """The private key as the person saves it."""
        browser = self.browser
        browser.click("#btnCreate")
        browser.wait(lambda: browser.js("document.activeElement.id == 'locSaveKey'"), "the key")
        self.assertEqual(browser.js("document.getElementById('frmSubmit').hidden"), True, "the key first")
        self.look(name + "-made")
        file, key = browser.download(lambda: browser.click("#locSaveKey"))
        self.assertEqual(file, "private-key.pem")
        openssl("pkey", "-check", "-noout", content=key)
        self.look(name + "-saved")
        return key

    def submit_made(self, key):
        """The certificate; the request must be all that was sent of the key."""
        browser = self.browser
        browser.posts.clear()
        browser.follow("#btnSubmit")
        self.assertEqual(browser.heading, "Certificate Issued", browser.text)
        form = urllib.parse.parse_qs("".join(browser.posts))
        request = form["CertRequest"][0].replace("\r", "").encode()
        openssl("req", "-verify", "-noout", content=request)
        self.assertNotIn("PRIVATE", "".join(browser.posts))
        _, der = browser.download(lambda: browser.click("#locDownloadCert3"))
        certificate = openssl("x509", "-inform", "DER", content=der)
        self.assertEqual(openssl("x509", "-noout", "-pubkey", content=certificate),
                         openssl("pkey", "-pubout", content=key))
        self.assertEqual(openssl("req", "-noout", "-pubkey", content=request),
                         openssl("pkey", "-pubout", content=key))
        return certificate

    def test_user_certificate(self):
        browser = self.browser
        browser.goto(self.page(""))
        browser.follow("#locRequestCert")
        browser.follow("#locUserCert")
        self.look("certrqbi")
        browser.click("#btnCreate")
        self.assertEqual(browser.js("document.activeElement.id"), "txtName", "the browser asks for the name")
        self.enter({"txtName": "Jörg O'Hara, \"J\" <x>", "txtMail": "joerg@example.test"})
        certificate = self.submit_made(self.make_key("certrqbi"))
        said = openssl("x509", "-noout", "-subject", "-nameopt", "utf8,sep_comma_plus_space,esc_2253,dn_rev",
                       content=certificate).decode()
        self.assertEqual(said, "subject=emailAddress=joerg@example.test, CN=Jörg O'Hara\\, \\\"J\\\" \\<x\\>\n")

    def test_advanced_request_with_all_fields(self):
        browser = self.browser
        browser.goto(self.page("certrqad.asp"))
        browser.follow("#locCreateRequest")
        self.look("certrqma")
        self.enter({"txtName": "host", "txtCompany": "Lab", "txtDepartment": "IT", "txtCity": "Köln", "txtState": "NRW",
                    "txtCountry": "de", "txtDns": "one.example.test  two.example.test"})
        browser.choose("#lbKeySize", "3072")
        certificate = self.submit_made(self.make_key("certrqma"))
        text = openssl("x509", "-noout", "-text", "-nameopt", "utf8,sep_comma_plus", content=certificate).decode()
        self.assertIn("Subject: C=DE,ST=NRW,L=Köln,O=Lab,OU=IT,CN=host\n", text)
        self.assertIn("DNS:one.example.test, DNS:two.example.test\n", text)
        self.assertIn("Public-Key: (3072 bit)", text)

    def test_failure_is_told_and_can_be_tried_again(self):
        browser = self.browser
        browser.goto(self.page("certrqbi.asp?type=0"))
        self.enter({"txtName": "once more"})
        browser.js("var real = crypto.subtle.generateKey;"
                   "crypto.subtle.generateKey = () => Promise.reject(new Error('no entropy'))")
        browser.click("#btnCreate")
        browser.wait(lambda: "no entropy" in browser.text, "the notice")
        self.look("certrqbi-failed")
        browser.js("crypto.subtle.generateKey = real.bind(crypto.subtle); 0")
        self.submit_made(self.make_key("certrqbi"))

    def test_browsers_that_cannot(self):
        browser = self.browser
        browser.call("Emulation.setScriptExecutionDisabled", value=True)
        self.addCleanup(browser.call, "Emulation.setScriptExecutionDisabled", value=False)
        browser.goto(self.page("certrqma.asp"))
        self.assertIn("openssl req -new", browser.text)
        self.assertNotIn("Create key", browser.text)
        browser.follow("#locSubmitPkcs10")
        self.assertEqual(browser.heading, "Submit a Certificate Request or Renewal Request")


if __name__ == "__main__":
    unittest.main()
