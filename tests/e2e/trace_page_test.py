# SPDX-License-Identifier: Apache-2.0
"""capfctl trace --html: one file that a browser shows without asking anybody, on a desk and on a phone."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import chromium_browser
from lab_fixture import BIN

SCREENSHOTS = pathlib.Path(os.environ.get("OPENCAPF_SCREENSHOTS", tempfile.gettempdir() + "/ocapf-trace-screenshots"))
HOSTILE = "<script>document.title = 'owned'</script><img src=http://192.0.2.1/x>" + "&<b>" + "W" * 300
PHONE_AHEAD = "13"  # its clock says one o'clock when CAPF's says twelve


def capf(second, text):
    return f"12:00:{second:06.3f} |   debug {text}"


def phone(second, text):
    return f"2026-11-28 {PHONE_AHEAD}:00:{second:06.3f} phone SEP1: {text}"


def audit(second, status, account):
    return (f"2026-11-28 12:00:{second:06.3f} info: audit: connection *1 from 127.0.0.1, request 7-SEP1-0badcafe: "
            f'status={status} operation=simpleenroll label="" tls-linked=no account="{account}" trust="none" '
            'certificate="" subject=""')


def access(status, taken):
    return (f'127.0.0.1 - - [28/Nov/2026:12:00:00 +0000] "POST /x HTTP/1.1" {status} 0 "-" "-" '
            f"rid=7-SEP1-0badcafe rt={taken:.3f}")


def iis(second, page, status, taken):
    return f"2026-11-28 12:00:{second:02} 127.0.0.1 {page} - 443 - 127.0.0.1 CiscoRA+1.0 - {status} 0 0 {taken}"


LOGS = {
    "capf.log": [
        capf(1, "New connection from 127.0.0.1 (TLSv1.3)"), capf(1.001, "MsgType : CAPF_MSG_AUTH_REQ"),
        capf(1.04, "MsgType : CAPF_MSG_AUTH_RESP"), capf(1.041, "7:SEP1:Requesting key generation"),
        capf(1.05, "MsgType : CAPF_MSG_KEY_GEN_REQ"), capf(1.5, "MsgType : CAPF_MSG_KEY_GEN_RESP"),
        capf(1.51, "7:SEP1:Calling enrollCertUsingEST() csr_file=/x"),
        capf(5.51, f"7:SEP1:Enrollment rv = 0 (EST_ERR_NONE) {HOSTILE}"),
        "12:00:05.520 |   Map =>DbStatus=CERT_STATUS_UPGRADE_SUCCESS" + HOSTILE,
        "12:00:05.520 |   SetOperationStatus(Success:CAPF_OP_SUCCESS):0 sql query - (UPDATE Device SET x WHERE "
        "my_lower(name)=my_lower('SEP1'))",
        capf(5.53, "MsgType : CAPF_MSG_END_SESSION")],
    "phone.log": [
        phone(0.95, "connecting to 127.0.0.1:3804"), phone(0.98, f"connected, TLSv1.3, server {HOSTILE}"),
        phone(1.01, "received CAPF_MSG_AUTH_REQ"), phone(1.03, "sent CAPF_MSG_AUTH_RESP"),
        phone(1.06, "received CAPF_MSG_KEY_GEN_REQ"), phone(1.49, "sent CAPF_MSG_KEY_GEN_RESP"),
        phone(5.54, "received CAPF_MSG_END_SESSION")],
    "cesd.stderr": [audit(1.53, 401, ""), audit(5.50, 200, "LAB\\ra")],
    "access.log": [access(401, 0.004), access(200, 3.9)],
    "u_ex.log": [iis(1, "GET /certsrv", 401, 1), iis(5, "POST /certsrv/certfnsh.asp", 200, 3500)],
}


class TracePage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not chromium_browser.installed():
            if os.environ.get("CI"):
                raise AssertionError("chromium and libnss3-tools are not installed")
            raise unittest.SkipTest("chromium and libnss3-tools are not installed")
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        cls.dir = pathlib.Path(tempfile.mkdtemp(prefix="ocapf-trace-", dir="/tmp"))
        cls.addClassCleanup(shutil.rmtree, cls.dir, ignore_errors=True)
        logs = cls.dir / "logs"
        logs.mkdir()
        for name, lines in LOGS.items():
            (logs / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
        cls.page = cls.dir / "trace.html"
        command = [BIN / "capfctl", "--json", "trace", "SEP1", "--last", "--logs", logs, "--html", cls.page]
        cls.call = json.loads(subprocess.run(command, capture_output=True, timeout=60, check=True).stdout)["calls"][0]
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-subj", "/CN=nobody", "-keyout", cls.dir / "key.pem", "-out", cls.dir / "ca.pem"], check=True,
                       capture_output=True)
        cls.browser = chromium_browser.Browser(cls.dir / "home", cls.dir / "ca.pem")
        cls.addClassCleanup(cls.browser.close)
        cls.requests = []
        cls.browser._on_Network_requestWillBeSent = lambda params: cls.requests.append(params["request"]["url"])
        cls.browser.goto(cls.page.as_uri())

    def test_it_is_one_file_and_asks_nobody(self):
        self.assertEqual([self.page.as_uri()], self.requests)
        self.assertEqual([], self.browser.js("performance.getEntriesByType('resource').map(r => r.name)"))
        self.assertEqual([], self.browser.messages)

    def test_it_shows_every_step_once(self):
        rows = self.browser.js("[...document.querySelectorAll('tbody tr')].map(r => [r.children[0].innerText, "
                               "r.children[1].innerText, r.querySelector('b').innerText, r.children[3].innerText,"
                               "r.className.split(' ').find(c => /^d[0-9]$/.test(c)), r.classList.contains('slow')])")
        wanted = [[step["begin"], step["actor"], step["what"], f"{step['milliseconds']} ms", f"d{step['depth']}",
                   step["slow"]] for step in self.call["steps"]]
        self.assertEqual(wanted, rows)
        self.assertEqual({"network", "phone", "CAPF", "CES", "CA"}, {row[1] for row in rows})
        self.assertEqual({"d0", "d1", "d2"}, {row[4] for row in rows})
        self.assertEqual(["enrols at the CA", "simpleenroll with the password: 200",
                          "POST /certsrv/certfnsh.asp answered 200"], [row[2] for row in rows if row[5]])

    def test_it_says_how_the_clocks_stand(self):
        self.assertEqual({"phone": 3600000, "CES": 0, "CA": 0},
                         {clock["of"]: clock["ahead_milliseconds"] for clock in self.call["clocks"]})
        self.assertIn("The clock of the phone is 01:00:00.000 ahead of CAPF's", self.browser.text)

    def test_texts_of_the_logs_stay_texts(self):
        self.assertEqual("CAPF trace", self.browser.js("document.title"))
        self.assertEqual(0, self.browser.js("document.querySelectorAll('script, img, link, iframe').length"))
        self.assertIn("<script>document.title = 'owned'</script>", self.browser.text)

    def test_bars_are_where_the_time_is(self):
        bars = self.browser.js("[...document.querySelectorAll('tr.d0 .bar i')].map(i => [parseFloat(i.style.left), "
                               "parseFloat(i.style.width)])")
        at = 0
        for left, width in bars:
            self.assertAlmostEqual(at, left, delta=0.1)
            at = left + width
        self.assertAlmostEqual(100, at, delta=0.1)

    def test_it_fits_a_desk_and_a_phone(self):
        for name, width, height, mobile in (("desktop", 1280, 900, False), ("phone", 390, 844, True)):
            with self.subTest(name):
                self.browser.size(width, height, phone=mobile)
                self.assertLessEqual(self.browser.js("document.scrollingElement.scrollWidth"), width)
                wide = self.browser.js("[...document.querySelectorAll('body *')].filter(e => "
                                       f"e.getBoundingClientRect().right > {width} + 1).map(e => e.outerHTML.slice(0, 99))")
                self.assertEqual([], wide)
                self.assertTrue(self.browser.js("[...document.querySelectorAll('.bar i')].every(i => "
                                                "i.getBoundingClientRect().height > 0)"), "the bars can be seen")
                self.browser.screenshot(SCREENSHOTS / f"trace-{name}.png")


class TraceWithoutBrowser(unittest.TestCase):
    def trace(self, logs, *arguments):
        with tempfile.TemporaryDirectory(prefix="ocapf-trace-") as directory:
            for name, lines in logs.items():
                (pathlib.Path(directory) / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
            return subprocess.run([BIN / "capfctl", "trace", "SEP1", "--logs", directory, *arguments],
                                  capture_output=True, text=True, timeout=60, check=False)

    def test_a_phone_that_did_not_reach_capf_has_the_last_word(self):
        done = self.trace({"capf.log": ["12:00:00.000 |   debug nothing"],
                           "phone.log": [phone(1, "connecting to 127.0.0.1:3804"), phone(2, "untrusted: no such CA")]})
        self.assertEqual(1, done.returncode)
        self.assertIn("the logs tell of no call of SEP1\n", done.stderr)
        self.assertIn("phone SEP1: untrusted: no such CA", done.stderr)

    def test_which_calls_is_said_once(self):
        self.assertEqual(0, self.trace(LOGS, "--last").returncode)
        for others in (["--all"], ["--since", "09:00:00"]):
            self.assertEqual(2, self.trace(LOGS, "--last", *others).returncode)

    def test_text_has_every_step_and_marks_the_slow_ones(self):
        lines = self.trace(LOGS).stdout.splitlines()
        self.assertEqual(3, len([line for line in lines if line.endswith("<-- slow")]))
        self.assertRegex("\n".join(lines), r"CA +POST /certsrv/certfnsh.asp answered 200 +3500 ms  <-- slow")
        self.assertIn("  The clock of the phone is 01:00:00.000 ahead of CAPF's (at least 3599989 ms, at most 3600010 ms "
                      "ahead), time zone included.", lines)


if __name__ == "__main__":
    unittest.main()
