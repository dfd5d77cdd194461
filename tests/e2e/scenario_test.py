# SPDX-License-Identifier: Apache-2.0
"""Every scenario that takes less than half a minute shows what it should; the others are for the long tests."""
import os
import subprocess
import sys
import tempfile
import unittest

import lab_fixture

MAIN = lab_fixture.SOURCE / "tools" / "scenario" / "main.py"


def scenario(*arguments, check=True):
    done = subprocess.run([sys.executable, "-B", str(MAIN), *arguments], capture_output=True, text=True, timeout=280,
                          check=False, env={**os.environ, "OPENCAPF_BIN": str(lab_fixture.BIN)})
    if check and done.returncode != 0:
        raise AssertionError(f"scenario {arguments} ended with {done.returncode}\n{done.stdout[-20000:]}{done.stderr}")
    return done


class Scenarios(unittest.TestCase):
    def test_all_show_what_they_should(self):
        with tempfile.TemporaryDirectory(prefix="ocapf-scenarios-") as kept:
            done = scenario("run", "all", "--quick", "--quiet", "--jobs", "3", "--keep", kept)
            self.assertRegex(done.stdout, r"(?m)^(\d+) of \1 scenarios showed what they should$")

    def test_an_unknown_name_is_refused(self):
        done = scenario("run", "no-such-thing", check=False)
        self.assertEqual(2, done.returncode)
        self.assertIn("there is no scenario no-such-thing", done.stderr)


if __name__ == "__main__":
    unittest.main()
