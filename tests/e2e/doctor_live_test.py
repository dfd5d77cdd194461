# SPDX-License-Identifier: Apache-2.0
"""capfctl doctor --live: what the daemons find when they try the running chain, each fault by its own line only."""
import json
import unittest

import lab_fixture
from lab_fixture import LabCase

KEY_USAGES = "key usages of CiscoRA"


class DoctorLive(LabCase):
    def setUp(self):
        for daemon, variable in (("capfd", "CAPF"), ("cesd", "CES"), ("ca-simd", "CA")):
            self.lab.environment[f"{variable}_ADMIN_SOCKET"] = str(self.lab.dir / "run" / f"{daemon}.sock")

    def ctl(self, *arguments, check=True):
        return self.lab.run(lab_fixture.BIN / "capfctl", *arguments, check=check)

    def live(self, *arguments):
        """Exit code, and the checks."""
        done = self.ctl("--json", "doctor", "--live", *arguments, check=False)
        answer = json.loads(done.stdout)
        states = [one["state"] for one in answer["checks"]]
        self.assertEqual((answer["bad"], answer["unknown"]), (states.count("bad"), states.count("unknown")))
        return done.returncode, answer["checks"]

    def bad(self, *arguments):
        """(group's first word, step) to what was found, of the bad ones."""
        code, checks = self.live(*arguments)
        wrong = {(one["group"].split()[0], one["what"]): one["found"] for one in checks if one["state"] == "bad"}
        self.assertEqual(1 if wrong else 0, code)
        return wrong

    def fault(self, *arguments):
        self.ctl("ca", "fault", "set", *arguments)
        self.addCleanup(self.ctl, "ca", "fault", "clear", "--all")

    def reconfigure(self, daemon, **sections):
        """Merges into the daemon's configuration until the test ends."""
        overlay = self.lab.dir / "etc" / f"{daemon}.d"
        overlay.mkdir(exist_ok=True)
        path = overlay / "90-test.json"
        path.write_text(json.dumps(sections), encoding="ascii")

        def undo():
            path.unlink()
            self.ctl("daemon", "reload", daemon)
        self.addCleanup(undo)
        self.ctl("daemon", "reload", daemon)

    def test_1_a_healthy_chain_and_a_trial_enrolment(self):
        code, checks = self.live()
        self.assertEqual((0, [KEY_USAGES]), (code, [one["what"] for one in checks if one["state"] != "good"]))
        self.assertIn("--enrol", next(one for one in checks if one["what"] == KEY_USAGES)["found"])
        code, checks = self.live("--enrol")
        self.assertEqual((0, []), (code, [one for one in checks if one["state"] != "good"]))
        found = {one["what"]: one["found"] for one in checks}
        self.assertIn("rv = 0 (EST_ERR_NONE) after", found["answer"])
        self.assertRegex(found[KEY_USAGES], "digitalSignature, keyEncipherment")
        issued = json.loads(self.ctl("--json", "ca", "list").stdout)["requests"]
        self.assertIn("opencapf-doctor-", issued[0]["subject"])
        self.assertTrue(found["serial"].startswith(issued[0]["serial"].lower() + ","), found["serial"])
        self.assertEqual([], json.loads(self.ctl("--json", "device", "list").stdout)["devices"], "no device of it")

    def test_2_it_reads_well(self):
        shown = self.ctl("doctor", "--live").stdout
        for heading in ("capfd", r"capfd: CES https://\S+", "cesd", r"cesd: CA ca https://\S+"):
            self.assertRegex(shown, f"(?m)^{heading}$")
        self.assertRegex(shown, r"(?m)^  good     DNS {10,}lab-dc\.example\.test is 127\.0\.0\.1 by \"resolve\"")
        self.assertRegex(shown, r"(?m)^[0-9]+ checks: [0-9]+ good, 0 bad, [01] unknown$")

    def test_3_each_fault_of_the_ca_is_its_own_line(self):
        group = "cesd:"
        for fault, step, text in (
                ("template-missing", "template CiscoRA", "offers no template at all to LAB\\ciscora"),
                ("tls-self-signed", "certificate: issuer", "is signed by itself"),
                ("tls-incomplete-chain", "certificate: issuer", "and the server does not send it"),
                ("tls-wrong-name", "certificate: name", "and lab-dc.example.test was asked for"),
                ("tls-not-yet-valid", "certificate: dates", "is not valid before"),
                ("tls-expired", "certificate: dates", "30 days ago"),
                ("unauthorized", "log-in", "the CA refused user name or password")):
            with self.subTest(fault):
                self.fault(fault)
                wrong = self.bad()
                self.ctl("ca", "fault", "clear", "--all")
                self.assertEqual([(group, step)], list(wrong), wrong)
                self.assertIn(text, wrong[group, step])

    def test_4_a_refused_trial_says_why(self):
        self.fault("denied")
        code, checks = self.live("--enrol")
        answer = next(one for one in checks if one["what"] == "answer")
        self.assertEqual((1, "bad"), (code, answer["state"]))
        self.assertRegex(answer["found"], r"rv = \d+ \(EST_ERR_\w+\) after .*: .*[Dd]enied")

    def test_5_an_lsc_issuer_that_capf_does_not_trust(self):
        (self.lab.dir / "pki" / "nobody").mkdir()
        self.reconfigure("capfd", phone_trust=str(self.lab.dir / "pki" / "nobody"))
        wrong = self.bad("--enrol")
        self.assertEqual([("capfd:", "LSC issuers in phone trust"), ("capfd:", "trust")], list(wrong), wrong)
        self.assertIn("/CN=lab-dc-CA is missing", wrong["capfd:", "LSC issuers in phone trust"])

    def test_7_an_untrusted_root(self):
        other = self.lab.dir / "pki" / "other-trust"
        other.mkdir()
        (other / "other.pem").write_bytes((self.lab.dir / "pki" / "ces-ca.pem").read_bytes())
        self.reconfigure("cesd", ca={"trust_directory": str(other)})
        wrong = self.bad()
        self.assertIn("the issuer /DC=test/DC=example/CN=lab-dc-CA of /CN=lab-dc.example.test is not in the trust "
                      f"directory {other}", wrong.pop(("cesd:", "certificate: issuer")))
        self.assertEqual({}, wrong)

    def test_6_one_daemon_only(self):
        socket = self.lab.dir / "run" / "cesd.sock"
        checks = json.loads(self.ctl("--json", "--socket", socket, "doctor", "--live").stdout)["checks"]
        self.assertEqual({"cesd"}, {one["group"].split(":")[0] for one in checks})

    def test_9_cesd_is_gone(self):
        self.lab.kill("cesd")
        self.addCleanup(self.lab.up)
        wrong = self.bad()
        self.assertEqual([("capfd:", "TCP"), ("cesd", "running")], list(wrong), wrong)
        self.assertIn("refused: nobody listens there", wrong["capfd:", "TCP"])
        self.assertIn("no daemon answers on", wrong["cesd", "running"])


if __name__ == "__main__":
    unittest.main()
