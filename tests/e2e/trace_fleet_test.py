# SPDX-License-Identifier: Apache-2.0
"""capfctl trace while many phones call at once: each call is told apart, to the millisecond of the phone's own log."""
import datetime
import json
import unittest

from lab_fixture import BIN, LabCase, eventually

NAMES = [f"SEP{number:012X}" for number in range(1, 5)]


class TraceFleet(LabCase):
    def test_calls_that_are_mixed_are_told_apart(self):
        for name in NAMES:
            self.lab.add(name)
            self.lab.arm(name)
        command = self.lab.phone_command(NAMES[0])
        command[1:3] = ["fleet", "--count", str(len(NAMES))]
        self.lab.run(*command)
        for name in NAMES:
            with self.subTest(name):
                eventually(lambda device=name: self.check(device))

    def check(self, name):
        done = self.lab.run(BIN / "capfctl", "--json", "trace", name, "--logs", self.lab.dir / "log", check=False)
        self.assertEqual(0, done.returncode, done.stderr)
        call = json.loads(done.stdout)["calls"][0]
        lines = [line for line in (self.lab.dir / "log" / "phone.log").read_text(encoding="utf-8").splitlines()
                 if f" phone {name}: " in line]
        begin, end = (datetime.datetime.fromisoformat(next(line for line in lines if what in line)[:23])
                      for what in (": connecting to ", "received CAPF_MSG_END_SESSION"))
        tops = [step for step in call["steps"] if step["depth"] == 0]
        self.assertEqual(call["milliseconds"], sum(step["milliseconds"] for step in tops))
        self.assertEqual((end - begin) // datetime.timedelta(milliseconds=1), call["milliseconds"], call)
        self.assertEqual({"phone": 0, "CES": 0},
                         {clock["of"]: clock["ahead_milliseconds"] for clock in call["clocks"] if clock["of"] != "CA"})
        self.assertEqual(len(tops), len({step["what"] for step in tops}), "no step of another phone")
        asked = [step["what"] for step in call["steps"] if step["what"].startswith("simpleenroll")]
        self.assertEqual(["simpleenroll without a password: 401", "simpleenroll with the password: 200"], asked)
        self.assertIn("other enrolments ran in the same seconds", " ".join(call["notes"]))


if __name__ == "__main__":
    unittest.main()
