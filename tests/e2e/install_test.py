# SPDX-License-Identifier: Apache-2.0
"""`cmake --install` gives programs that start and the configurations they read; bad files are answered in full."""
import pathlib
import subprocess
import tempfile
import unittest

import lab_fixture

DAEMONS = ("capfd", "cesd", "ca-simd")


def run(*command):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=120, check=False)


@unittest.skipUnless((lab_fixture.BIN.parent / "CMakeCache.txt").exists(), "the programs are not in a build directory")
class Install(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.root = pathlib.Path(folder.name)
        done = run("cmake", "--install", lab_fixture.BIN.parent, "--prefix", cls.root)
        assert done.returncode == 0, done.stderr

    def test_programs_start(self):
        for program in (*DAEMONS, "phone-sim", "capfctl"):
            done = run(self.root / "bin" / program, "--version")
            self.assertEqual((0, program), (done.returncode, done.stdout.split()[0]))
            self.assertEqual(0, run(self.root / "bin" / program, "--help").returncode)

    def test_default_configurations_are_good(self):
        for daemon in DAEMONS:
            config = self.root / "etc" / "opencapf" / f"{daemon}.json"
            done = run(self.root / "bin" / daemon, "--config", config, "--check-config")
            self.assertEqual(0, done.returncode, done.stderr)

    def test_a_bad_file_is_answered_with_path_value_and_expectation(self):
        for daemon in DAEMONS:
            text = (self.root / "etc" / "opencapf" / f"{daemon}.json").read_text(encoding="utf-8")
            bad = self.root / f"{daemon}.json"
            for change in ('"port": 70000, "no_such_key": 1', '"port": "eighty", "no_such_key": 1'):
                port = text.index('"port"')
                bad.write_text(text[:port] + change + text[text.index(",", port):], encoding="utf-8")
                done = run(self.root / "bin" / daemon, "--config", bad, "--check-config")
                self.assertEqual(3, done.returncode, done.stderr)
                self.assertIn("/listen/port", done.stderr)
                self.assertIn("70000" if "70000" in change else "eighty", done.stderr)
                self.assertIn("/listen/no_such_key", done.stderr)


if __name__ == "__main__":
    unittest.main()
