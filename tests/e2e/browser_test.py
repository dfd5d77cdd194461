# SPDX-License-Identifier: Apache-2.0
"""A person with a browser: logs in at the prompt, submits a request, fetches certificates; every page is looked at."""
import subprocess
import time
import unittest

from browser_case import AXE, BrowserCase
from certsrv_site import PASSWORD, SCREENSHOTS, USER


class LogIn(BrowserCase):
    """What the prompt does. The tests of this class share a log-in, hence one of them only."""
    providers = ["NTLM", "Negotiate", "Basic"]

    def test_prompt_cancelled_then_wrong_then_right(self):
        browser = self.browser
        browser.goto(self.page(""))
        self.assertEqual(browser.status, 401)
        self.assertIn("Access is denied due to invalid credentials", browser.text)
        self.assertEqual([prompt["scheme"] for prompt in browser.prompts], ["ntlm"])
        browser.credentials = [(USER, "wrong"), ("ciscora", PASSWORD)]
        browser.goto(self.page(""))
        self.assertEqual(browser.heading, "Welcome")
        self.assertEqual(len(browser.prompts), 3)
        browser.goto(self.page("certrqus.asp"))
        self.assertEqual(len(browser.prompts), 3, "the browser asks once")

        def logged():
            return [line.split() for line in self.site.raw_log().splitlines() if "certrqus.asp - " in line]
        lines = browser.wait(lambda: [line for line in logged() if line[11] == "200"], "the line of the page")
        self.assertEqual({line[7] for line in lines}, {USER})


class BasicLogIn(BrowserCase):
    providers = ["Basic"]

    def test_prompt_names_the_realm(self):
        self.browser.credentials = [(USER, PASSWORD)]
        self.browser.goto(self.page("certrqxt.asp"))
        self.assertEqual([(p["scheme"], p["realm"]) for p in self.browser.prompts], [("basic", "localhost")])
        self.assertEqual(self.browser.js("[...document.querySelectorAll('#lbCertTemplateID option')].map(o => o.text)"),
                         ["CiscoRA", "Slow (needs approval)", "Strict"])


class Person(BrowserCase):
    providers = ["NTLM", "Negotiate"]

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.browser.credentials = [(USER, PASSWORD)]
        cls.browser.goto(cls.site.url("/certsrv"))
        print("screenshots:", SCREENSHOTS, flush=True)

    def setUp(self):
        self.browser.call("Network.clearBrowserCookies")
        self.browser.messages.clear()

    def test_from_the_welcome_page_to_the_certificate(self):
        browser = self.browser
        browser.goto(self.site.url("/certsrv"))
        self.assertEqual(browser.heading, "Welcome")
        self.look("default")
        browser.follow("#locRequestCert")
        self.look("certrqus")
        browser.follow("#locAdvanced")
        self.look("certrqad")
        browser.follow("#locSubmitPkcs10")
        self.look("certrqxt")
        self.submit("CiscoRA")
        self.assertEqual(browser.heading, "Certificate Issued")
        self.look("certfnsh-issued")
        name, der = browser.download(lambda: browser.click("#locDownloadCert3"))
        self.assertEqual((name, self.site.subject(der, "DER")), ("certnew.cer", "CN=SEP001122334455"))
        name, chain = browser.download(lambda: browser.click("#locDownloadCertChain3"))
        self.assertEqual(name, "certnew.p7b")
        self.assertEqual(self.site.chain(chain, "DER"), ["CN = SEP001122334455", "CN = Interop CA"])
        browser.click("#rbB64Enc")
        name, pem = browser.download(lambda: browser.click("#locDownloadCert3"))
        self.assertTrue(pem.startswith(b"-----BEGIN CERTIFICATE-----\r\n"))
        self.assertEqual((name, self.site.subject(pem)), ("certnew.cer", "CN=SEP001122334455"))
        name, chain = browser.download(lambda: browser.click("#locDownloadCertChain3"))
        self.assertEqual((name, len(self.site.chain(chain))), ("certnew.p7b", 2))
        self.assertEqual(browser.js("document.cookie.includes('Requests')"), False)

    def test_with_the_keyboard_alone(self):
        browser = self.browser
        browser.goto(self.page(""))
        browser.tab_to("locRequestCert")
        browser.loading(lambda: browser.press("Enter"))
        browser.tab_to("locAdvanced")
        browser.loading(lambda: browser.press("Enter"))
        browser.tab_to("locSubmitPkcs10")
        browser.loading(lambda: browser.press("Enter"))
        browser.tab_to("locTaRequest")
        browser.type(self.site.csr)
        browser.tab_to("lbCertTemplateID")
        browser.press("ArrowDown")  # Slow
        browser.press("ArrowUp")  # CiscoRA again
        browser.tab_to("btnSubmit")
        browser.loading(lambda: browser.press("Enter"))
        self.assertEqual(browser.heading, "Certificate Issued")
        browser.tab_to("rbDerEnc")
        browser.press("ArrowDown")
        browser.tab_to("locDownloadCert3")
        name, pem = browser.download(lambda: browser.press("Enter"))
        self.assertEqual((name, self.site.subject(pem)), ("certnew.cer", "CN=SEP001122334455"))

    def test_request_from_a_file(self):
        browser = self.browser
        browser.goto(self.page("certrqxt.asp"))
        root = browser.call("DOM.getDocument")["root"]["nodeId"]
        field = browser.call("DOM.querySelector", nodeId=root, selector="#fileRequest")["nodeId"]
        for name in ("phone.csr", "phone.der"):
            with self.subTest(file=name):
                if name.endswith(".der"):
                    subprocess.run(["openssl", "req", "-in", "phone.csr", "-outform", "DER", "-out",
                                                     name], cwd=self.site.dir, check=True)
                browser.js("document.UIForm.taRequest.value = ''")
                browser.call("DOM.setFileInputFiles", nodeId=field, files=[str(self.site.dir / name)])
                browser.wait(lambda: browser.js("document.UIForm.taRequest.value.length") > 500, "the file's text")
        browser.choose("#lbCertTemplateID", "CiscoRA")
        browser.follow("#btnSubmit")
        self.assertEqual(browser.heading, "Certificate Issued")

    def test_pending_is_remembered_polled_and_removed(self):
        browser = self.browser
        browser.goto(self.page("certckpn.asp"))
        self.assertIn("no pending", browser.text)
        self.look("certckpn-empty")
        ids = []
        for _ in range(2):
            self.submit("Slow (needs approval)")
            self.assertEqual(browser.heading, "Certificate Pending")
            ids.append(browser.js("document.getElementById('locInfoReqID').innerText.match(/[0-9]+/)[0]"))
        self.look("certfnsh-pending")
        browser.goto(self.page(""))
        browser.follow("#locViewPending")
        self.look("certckpn")
        buttons = browser.js("[...document.querySelectorAll('li button')].map(b => b.innerText)")
        self.assertEqual(len(buttons), 2)
        for request, button in zip(ids, buttons):
            self.assertRegex(button, rf"^Saved-Request Certificate \(.*\) \(Request Id {request}\)$")
        kept = {c["name"]: c for c in browser.call("Network.getCookies")["cookies"]}["Requests"]
        self.assertTrue(kept["secure"] and kept["httpOnly"])
        self.assertAlmostEqual((kept["expires"] - time.time()) / 86400, 10, delta=0.1)
        browser.follow("li button")
        self.assertIn("still pending", browser.text)
        self.assertIn(f"Your Request Id is {ids[0]}.", browser.text)
        self.look("certfnsh-still-pending")
        browser.follow("#btnRemove")
        self.look("certrmpn")
        browser.follow("#locViewPending")
        buttons = browser.js("[...document.querySelectorAll('li button')].map(b => b.innerText)")
        self.assertEqual(len(buttons), 1)
        self.assertIn(ids[1], buttons[0])

    def test_denied_and_failed(self):
        browser = self.browser
        self.submit("Strict")
        self.assertEqual(browser.heading, "Certificate Request Denied")
        self.assertIn("0x80094811", browser.text)
        self.look("certfnsh-denied")
        browser.goto(self.page("certfnsh.asp"))
        self.assertEqual(browser.heading, "Error")
        self.look("certfnsh-failed")
        browser.goto(self.page("certnew.cer?ReqID=4000000"))
        self.assertIn("0x80094004", browser.text)
        self.look("certnew-unknown")

    def test_ca_certificate_and_chain(self):
        browser = self.browser
        browser.goto(self.page(""))
        browser.follow("#locGetCACert")
        self.look("certcarc")
        name, der = browser.download(lambda: browser.click("#locDownloadCACert"))
        pem = subprocess.run(["openssl", "x509", "-inform", "DER"], input=der, check=True,
                                              capture_output=True).stdout
        self.assertEqual((name, pem), ("certnew.cer", self.site.ca_file.read_bytes()))
        browser.click("#rbB64Enc")
        name, pem = browser.download(lambda: browser.click("#locDownloadCACert"))
        self.assertEqual((name, pem.replace(b"\r", b"")), ("certnew.cer", self.site.ca_file.read_bytes()))
        name, chain = browser.download(lambda: browser.click("#locDownloadCAChain"))
        self.assertEqual((name, self.site.chain(chain)), ("certnew.p7b", ["CN = Interop CA"]))

    def test_pages_off_the_way(self):
        for name in ("certlynx.asp", "certrsob.asp"):
            self.browser.goto(self.page(name))
            self.look(name.partition(".")[0])

    def test_without_script(self):
        browser = self.browser
        browser.call("Emulation.setScriptExecutionDisabled", value=True)
        self.addCleanup(browser.call, "Emulation.setScriptExecutionDisabled", value=False)
        for name in ("certrqxt.asp", "certlynx.asp"):
            with self.subTest(page=name):
                browser.goto(self.page(name))
                browser.click("#locTaRequest")
                browser.type(self.site.csr)
                browser.follow("#btnSubmit")  # the first template is chosen
                self.assertEqual(browser.heading, "Certificate Issued")
                file, pem = browser.download(lambda: browser.click("#locDownloadCert2"))
                self.assertEqual((file, self.site.subject(pem)), ("certnew.cer", "CN=SEP001122334455"))
        browser.goto(self.page("certcarc.asp"))
        file, _ = browser.download(lambda: browser.click("noscript a"))
        self.assertEqual(file, "certnew.cer")

    def test_page_for_clients_that_are_no_browser(self):
        browser = self.browser
        browser.call("Network.setUserAgentOverride", userAgent="CiscoRA 1.0")
        self.addCleanup(browser.call, "Network.setUserAgentOverride", userAgent="Mozilla/5.0 Chromium")
        self.submit("CiscoRA")
        self.assertEqual(browser.js("document.scripts.length"), 0)
        self.look("certfnsh-issued-plain")
        browser.goto(self.page("certcarc.asp"))
        self.look("certcarc-plain")

    def test_axe_looked_too(self):
        if not self.axe:
            self.skipTest(f"{AXE} cannot be had from the npm registry; only our own checks ran")


if __name__ == "__main__":
    unittest.main()
