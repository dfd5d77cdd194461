# SPDX-License-Identifier: Apache-2.0
"""Test case with one site and one browser window, and what must be true of every page."""
import json
import os
import shutil
import tempfile
import unittest

import chromium_browser
import npm_packages
from certsrv_site import SCREENSHOTS, CertsrvSite

AXE = "axe-core@4.14.1"
DESKTOP = (1280, 800)
PHONE = (360, 740)
NEEDS_NAME = {"textbox", "combobox", "listbox", "radio", "checkbox", "button", "link", "heading", "ListBox", "img",
              "image"}


class BrowserCase(unittest.TestCase):
    """One site and one window for all tests of a class; subclasses say which providers."""
    providers = None

    @classmethod
    def setUpClass(cls):
        if cls.providers is None:
            raise unittest.SkipTest("base class")
        if not chromium_browser.installed():
            if os.environ.get("CI"):
                raise AssertionError("chromium and libnss3-tools are not installed")
            raise unittest.SkipTest("chromium and libnss3-tools are not installed")
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        cls.site = cls.enterClassContext(CertsrvSite(cls.providers))
        home = tempfile.mkdtemp(prefix="ocapf-chromium-", dir="/tmp")
        cls.addClassCleanup(shutil.rmtree, home, ignore_errors=True)
        cls.browser = chromium_browser.Browser(home + "/home", cls.site.ca_file)
        cls.addClassCleanup(cls.browser.close)
        packages = npm_packages.fetched(AXE)
        cls.axe = packages and (packages / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")

    def page(self, name):
        return self.site.url("/certsrv/" + name)

    def look(self, name):
        """Screenshots of the page as it is, on a desk and on a phone, and what must be true of every page."""
        browser = self.browser
        for form, size, phone in (("phone", PHONE, True), ("desktop", DESKTOP, False)):
            browser.size(*size, phone=phone)
            width = browser.js("document.scrollingElement.scrollWidth")
            self.assertLessEqual(width, size[0], f"{name} scrolls sideways on a {form}")
            browser.screenshot(SCREENSHOTS / f"{name}-{form}.png")
        self.check_accessibility(name)
        self.assertEqual(browser.messages, [], name)

    def check_accessibility(self, name):
        tree = self.browser.tree()
        roles = [node[0] for node in tree]
        levels = [node[2] for node in tree if node[0] == "heading"]
        self.assertIn("banner", roles, name)
        self.assertIn("main", roles, name)
        self.assertEqual(levels.count(1), 1, f"{name}: {levels}")
        self.assertTrue(all(b - a <= 1 for a, b in zip([0] + levels, levels)), f"{name} skips headings: {levels}")
        nameless = [node for node in tree if node[0] in NEEDS_NAME and not node[1].strip()]
        self.assertEqual(nameless, [], name)
        facts = self.browser.js("""({lang: document.documentElement.lang, title: document.title,
            alt: [...document.images].filter(i => !i.hasAttribute('alt')).length,
            broken: [...document.images].filter(i => !i.naturalWidth).length,
            twice: [...document.querySelectorAll('[id]')].map(e => e.id).filter((id, i, all) => all.indexOf(id) != i),
            outside: performance.getEntriesByType('resource').map(r => r.name).filter(u => !u.startsWith(origin))})""")
        self.assertEqual(facts, {"lang": "en", "title": "Microsoft Active Directory Certificate Services", "alt": 0,
                                 "broken": 0, "twice": [], "outside": []}, name)
        if self.axe:
            self.browser.js(self.axe + ";0")
            found = json.loads(self.browser.js(
                "axe.run().then(r => JSON.stringify(r.violations.map(v => v.id + ': ' + "
                "v.nodes.map(n => n.html).join(' | ').slice(0, 400))))"))
            self.assertEqual(found, [], f"axe-core on {name}")

    def fill_in(self, template):
        self.browser.goto(self.page("certrqxt.asp"))
        self.browser.click("#locTaRequest")
        self.browser.type(self.site.csr)
        self.browser.choose("#lbCertTemplateID", template)

    def submit(self, template):
        self.fill_in(template)
        self.browser.follow("#btnSubmit")
