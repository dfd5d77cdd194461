# SPDX-License-Identifier: Apache-2.0
"""Every scenario shows what it should, and the doctor finds its cause in its logs and nothing else."""
import datetime
import itertools
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import lab_fixture

# What cannot be told from the lines that the product has too. A scenario that is not here can.
FROM_PRODUCT = {"template-typo": "template-not-offered", "self-signed-iis": "untrusted-chain",
                "no-key-encipherment": None}
MAIN = lab_fixture.SOURCE / "tools" / "scenario" / "main.py"


def scenario(*arguments, check=True):
    done = subprocess.run([sys.executable, "-B", str(MAIN), *arguments], capture_output=True, text=True, timeout=280,
                          check=False, env={**os.environ, "OPENCAPF_BIN": str(lab_fixture.BIN)})
    if check and done.returncode != 0:
        raise AssertionError(f"scenario {arguments} ended with {done.returncode}\n{done.stdout[-20000:]}{done.stderr}")
    return done


def strip_to_the_products(logs):
    """Leaves what a CUCM and its IIS would have: four logs, without the lines that are OpenCAPF's own."""
    for path in [path for path in logs.rglob("*") if path.is_file()]:
        if path.name in ("capf.log", "ciscora.log", "error.log") or path.parent.name == "W3SVC1":
            lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
            path.write_text("".join(line for line in lines if ":Reason: " not in line and "libcurl said" not in line),
                            encoding="utf-8")
        else:
            path.unlink()


class Scenarios(unittest.TestCase):
    def test_all_show_what_they_should(self):
        with tempfile.TemporaryDirectory(prefix="ocapf-scenarios-") as kept:
            done = scenario("run", "all", "--quiet", "--jobs", "3", "--keep", kept)
            self.assertRegex(done.stdout, r"(?m)^(\d+) of \1 scenarios showed what they should$")
            self.trace_accounts_for_all(pathlib.Path(kept) / "healthy")
            self.trace_marks_the_slow_step(pathlib.Path(kept) / "capf-read-timeout")
            for one in json.loads(scenario("list", "--json").stdout):
                with self.subTest(one["name"]):
                    logs = pathlib.Path(kept) / one["name"]
                    self.doctor_finds(one["cause"], logs)
                    strip_to_the_products(logs)
                    self.doctor_finds(FROM_PRODUCT.get(one["name"], one["cause"]), logs)

    def trace(self, logs):
        command = [lab_fixture.BIN / "capfctl", "--json", "trace", "SEP020000000001", "--last", "--logs", logs]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
        return json.loads(done.stdout)["calls"][0]

    def sums(self, call):
        """Every step is the sum of its parts, at each depth."""
        steps = call["steps"]
        self.assertEqual(call["milliseconds"], sum(step["milliseconds"] for step in steps if step["depth"] == 0))
        for number, step in enumerate(steps):
            behind = itertools.takewhile(lambda one, depth=step["depth"]: one["depth"] > depth, steps[number + 1:])
            parts = [one["milliseconds"] for one in behind if one["depth"] == step["depth"] + 1]
            if parts:
                self.assertEqual(step["milliseconds"], sum(parts), step["what"])

    def trace_accounts_for_all(self, logs):
        call = self.trace(logs)
        self.assertEqual("CERT_STATUS_UPGRADE_SUCCESS", call["outcome"])
        self.sums(call)
        self.assertEqual({"network", "phone", "CAPF", "CES", "CA"}, {step["actor"] for step in call["steps"]})
        self.assertEqual({"phone": 0, "CES": 0},
                         {clock["of"]: clock["ahead_milliseconds"] for clock in call["clocks"] if clock["of"] != "CA"})
        # The whole time that the phone itself saw, from its connect to its END_SESSION, to the millisecond.
        lines = (logs / "phone.log").read_text(encoding="utf-8").splitlines()
        begin, end = (datetime.datetime.fromisoformat(next(line for line in lines if what in line)[:23])
                      for what in (": connecting to ", "received CAPF_MSG_END_SESSION"))
        self.assertEqual((end - begin) // datetime.timedelta(milliseconds=1), call["milliseconds"])
        self.assertEqual(begin.strftime("%H:%M:%S.%f")[:12], call["begin"])
        asked = [step["what"] for step in call["steps"] if step["what"].startswith("simpleenroll")]
        self.assertEqual(["simpleenroll without a password: 401", "simpleenroll with the password: 200"], asked)

    def trace_marks_the_slow_step(self, logs):
        call = self.trace(logs)
        self.sums(call)
        slow = [(step["depth"], step["actor"]) for step in call["steps"] if step["slow"]]
        self.assertEqual([(0, "CES"), (1, "CES"), (2, "CA")], slow)
        page = next(step for step in call["steps"] if step["slow"] and step["depth"] == 2)
        self.assertIn("/certsrv/certfnsh.asp", page["what"])
        self.assertGreater(page["milliseconds"], 5000)

    def doctor_finds(self, cause, logs):
        """The cause and nothing else, from the logs alone: nothing in the path tells the scenario's name."""
        with tempfile.TemporaryDirectory(prefix="ocapf-logs-") as hidden:
            shutil.copytree(logs, hidden, dirs_exist_ok=True)
            command = [lab_fixture.BIN / "capfctl", "--json", "doctor", "--logs", hidden]
            done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        found = json.loads(done.stdout)
        self.assertEqual([cause] if cause else [], [finding["cause"] for finding in found["findings"]])
        self.assertEqual([], found["unexplained"])
        self.assertEqual(1 if cause else 0, done.returncode)
        for finding in found["findings"]:
            self.assertTrue(finding["evidence"], "no finding without lines")

    def test_an_unknown_name_is_refused(self):
        done = scenario("run", "no-such-thing", check=False)
        self.assertEqual(2, done.returncode)
        self.assertIn("there is no scenario no-such-thing", done.stderr)


if __name__ == "__main__":
    unittest.main()
