# SPDX-License-Identifier: Apache-2.0
"""Faults that `capfctl ca fault` switches on while the chain runs: what CES and CAPF say about each."""
import json
import signal
import unittest

import lab_fixture
from lab_fixture import LabCase, wait_until

NO_OPERATION, SUCCESS = 1, 3
CA_UNREACHABLE, CA_REFUSED = 15, 16


class Fault(LabCase):
    numbers = iter(range(1, 100))

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.overlay("cesd", {"ca": {"connect_timeout": 2, "total_timeout": 2}})
        cls.capfctl("cesd", "daemon", "reload", "cesd")

    @classmethod
    def capfctl(cls, daemon, *arguments, check=True):
        return cls.lab.run(lab_fixture.BIN / "capfctl", "--socket", cls.lab.dir / "run" / f"{daemon}.sock", *arguments,
                           check=check)

    @classmethod
    def overlay(cls, daemon, keys):
        folder = cls.lab.dir / "etc" / f"{daemon}.d"
        folder.mkdir(exist_ok=True)
        (folder / "50-test.json").write_text(json.dumps(keys), encoding="utf-8")

    def setUp(self):
        self.lab.up()
        self.capfctl("ca-simd", "ca", "fault", "clear", "--all")
        self.ca_url = f"https://lab-dc.example.test:{self.lab.ca_port}/certsrv"

    def fault(self, *arguments):
        self.capfctl("ca-simd", "ca", "fault", "set", *arguments)
        self.marks = self.lab.marks()

    def faults(self):
        return json.loads(self.capfctl("ca-simd", "--json", "ca", "fault", "list").stdout)["faults"]

    def enrolment(self):
        """Operation and status of an enrolment that must not work."""
        self.name = name = f"SEP0200000005{next(self.numbers):02d}"
        self.lab.add(name)
        self.lab.arm(name)
        self.assertNotEqual(0, self.lab.phone(name, check=False).returncode)
        self.assertGreater(self.faults()[0]["applied"], 0, "the fault was met")
        device = self.lab.device(name)
        return device["operation"], device["status"]

    def works_again(self):
        self.capfctl("ca-simd", "ca", "fault", "clear", "--all")
        name = f"SEP0200000005{next(self.numbers):02d}"
        self.lab.enrol(name)
        device = self.lab.device(name)
        self.assertEqual((NO_OPERATION, SUCCESS), (device["operation"], device["status"]))

    def said(self, log, story, **values):
        """The lines of a story come into the log; they are written after the answer."""
        last = lab_fixture.story_pattern(lab_fixture.story(story)[-1], values)
        wait_until(lambda: any(last.fullmatch(line) for line in self.lab.since(self.marks, log)), f"{story} in {log}")
        self.assert_story(story, self.lab.since(self.marks, log), **values)

    # While logging in ---------------------------------------------------------------------------------------------

    def login_fails(self, code, text, *fault):
        self.fault(*fault)
        self.assertEqual((NO_OPERATION, CA_UNREACHABLE), self.enrolment())
        self.said("error", "error_login_failed.txt", ca_url=self.ca_url, code=code, text=text)
        self.said("capf", "capf_ces_down.txt", dev=self.name, spool=self.lab.dir / "var" / "spool")
        self.works_again()

    def test_self_signed(self):
        self.login_fails(60, "SSL certificate problem: unable to get local issuer certificate", "tls-self-signed")

    def test_wrong_name(self):
        self.login_fails(51, "SSL: certificate subject name 'another-host.invalid' does not match target host name "
                         "'lab-dc.example.test'", "tls-wrong-name")

    def test_not_yet_valid(self):
        self.login_fails(60, "SSL certificate problem: certificate is not yet valid", "tls-not-yet-valid")

    def test_expired(self):
        self.login_fails(60, "SSL certificate problem: certificate has expired", "tls-expired")

    def test_incomplete_chain(self):
        self.login_fails(60, "SSL certificate problem: unable to get local issuer certificate", "tls-incomplete-chain")

    def test_delay_at_login(self):
        self.fault("delay", "--url", "/certsrv", "--phase", "login", "--seconds", "30")
        self.assertEqual((NO_OPERATION, CA_UNREACHABLE), self.enrolment())
        self.said("error", "error_login_timeout.txt", ca_url=self.ca_url)
        self.works_again()

    def test_401_for_ever(self):
        self.fault("unauthorized", "--url", "/certsrv")
        self.assertEqual((NO_OPERATION, CA_REFUSED), self.enrolment())
        self.said("error", "error_login_refused.txt")
        self.said("iis", "iis_login_refused.txt")
        self.said("capf", "capf_ces_down.txt", dev=self.name, spool=self.lab.dir / "var" / "spool",
                  error="EST_ERR_AUTH_FAIL")
        self.works_again()

    # Afterwards ---------------------------------------------------------------------------------------------------

    def test_template_missing(self):
        self.fault("template-missing")
        self.assertEqual((NO_OPERATION, CA_REFUSED), self.enrolment())
        # As for a wrong password: the list of templates is how CES checks the credentials.
        self.said("capf", "capf_ces_down.txt", dev=self.name, spool=self.lab.dir / "var" / "spool",
                  error="EST_ERR_AUTH_FAIL")
        self.assertFalse([line for line in self.lab.since(self.marks, "iis") if "certfnsh.asp" in line],
                         "nothing is submitted for a template that is not offered")
        self.works_again()

    def test_certificate_for_another_key(self):
        self.fault("wrong-key")
        self.assertEqual((NO_OPERATION, CA_UNREACHABLE), self.enrolment())
        stderr = self.lab.dir / "log" / "cesd.stderr"
        wait_until(lambda: "the CA returned a certificate for another key" in stderr.read_text(encoding="utf-8"),
                   "cesd's complaint")
        self.works_again()

    def test_truncated_chain_at_the_start_of_cesd(self):
        self.lab.kill("cesd", signal.SIGTERM)
        self.fault("truncated-pkcs7", "--url", "certnew.p7b?ReqID=CACert")
        self.lab.up()
        self.said("ciscora", "ciscora_chain_broken.txt", ca_url=self.ca_url)
        self.works_again()

    def test_delayed_chain_at_the_start_of_cesd(self):
        self.lab.kill("cesd", signal.SIGTERM)
        self.fault("delay", "--url", "certnew.p7b", "--phase", "request", "--seconds", "30")
        self.lab.up()
        self.said("ciscora", "ciscora_chain_timeout.txt", ca_url=self.ca_url)
        self.works_again()

    # Administration -----------------------------------------------------------------------------------------------

    def test_commands(self):
        available = self.capfctl("ca-simd", "ca", "fault", "list", "--available").stdout
        self.assertIn("tls-incomplete-chain", available)
        self.assertIn("phases: any connect", available)
        self.capfctl("ca-simd", "ca", "fault", "set", "delay", "--url", "certrqxt.asp", "--count", "3", "--seconds", "1")
        self.assertRegex(self.capfctl("ca-simd", "ca", "fault", "list").stdout,
                         r"(?m)^\d+ +delay +certrqxt.asp +any +3 +0 +1 s")
        number = str(self.faults()[0]["id"])
        self.assertEqual("1 cleared\n", self.capfctl("ca-simd", "ca", "fault", "clear", number).stdout)
        for wrong, code in ((("set", "fire"), 2), (("set", "delay", "--seconds", "601"), 2), (("clear",), 2),
                            (("clear", number), 1), (("set", "pending", "--url", "certnew.cer"), 1),
                            (("set", "close", "--seconds", "1"), 1)):
            with self.subTest(wrong):
                self.assertEqual(code, self.capfctl("ca-simd", "ca", "fault", *wrong, check=False).returncode)

    def test_a_reload_replaces_the_configured_ones(self):
        self.overlay("ca-simd", {"faults": [{"name": "denied"}]})
        self.addCleanup(self.capfctl, "ca-simd", "daemon", "reload", "ca-simd")
        self.addCleanup((self.lab.dir / "etc" / "ca-simd.d" / "50-test.json").unlink)
        self.capfctl("ca-simd", "ca", "fault", "set", "delay", "--url", "certcarc.asp")
        self.assertIn("/faults", self.capfctl("ca-simd", "daemon", "reload", "ca-simd").stdout)
        self.assertEqual([("denied", True), ("delay", False)],
                         [(fault["name"], fault["configured"]) for fault in self.faults()])
        self.marks = self.lab.marks()
        self.assertEqual((NO_OPERATION, CA_REFUSED), self.enrolment())
        self.overlay("ca-simd", {})
        self.capfctl("ca-simd", "daemon", "reload", "ca-simd")
        self.assertEqual(["delay"], [fault["name"] for fault in self.faults()])


if __name__ == "__main__":
    unittest.main()
