# SPDX-License-Identifier: Apache-2.0
"""Shell completion as a person has it: an interactive bash, the completion loaded, keys pressed."""
import os
import pathlib
import pty
import re
import select
import subprocess
import tempfile
import time
import unittest

import lab_fixture

INSERT_ALL = "\x1b*"  # readline's insert-completions: everything Tab would offer, typed into the line
HOME = "\x01"


class Shell:
    def __init__(self, directory):
        control, terminal = pty.openpty()
        self.control = control
        environment = {"PATH": os.environ["PATH"], "TERM": "dumb", "HOME": str(directory), "LC_ALL": "C"}
        self.bash = subprocess.Popen(["bash", "--norc", "--noprofile", "-i"], stdin=terminal, stdout=terminal,
                                     stderr=terminal, cwd=directory, env=environment, start_new_session=True)
        os.close(terminal)
        self.number = 0
        self.type("bind 'set completion-query-items 0'; bind 'set page-completions off'; stty -echo columns 4000")
        for file in sorted((lab_fixture.SOURCE / "completion").iterdir()):
            self.type(f"source '{file}'")

    def close(self):
        self.bash.kill()
        self.bash.wait()
        os.close(self.control)

    def press(self, keys):
        os.write(self.control, keys.encode())

    def type(self, line):
        """Runs a line and returns what it printed."""
        self.number += 1
        begin, end = f"<{self.number}-begin>", f"<{self.number}-end>"
        # The marks are put together by the shell, so that their echo is not taken for them.
        self.press(f"{HOME}printf '<%s-begin>' {self.number}; {line}; printf '<%s-end>' {self.number}\r")
        return self.read(begin, end)

    def complete(self, line):
        """The words of a command line after all completions of its last one were put in."""
        self.number += 1
        begin, end = f"<{self.number}-begin>", f"<{self.number}-end>"
        self.press(line + INSERT_ALL)
        self.press(HOME + f"printf '<%s-begin>' {self.number}; printf '%s\\n' \x05; printf '<%s-end>' {self.number}\r")
        return self.read(begin, end).split()

    def read(self, begin, end):
        text, deadline = "", time.monotonic() + 20
        while end not in text:
            if not select.select([self.control], [], [], max(0, deadline - time.monotonic()))[0]:
                raise AssertionError(f"bash does not answer: {text!r}")
            text += os.read(self.control, 65536).decode(errors="replace")
        return re.search(f"{begin}(.*){end}", text, re.DOTALL)[1]


class Completion(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        root = pathlib.Path(folder.name)
        (root / "phones.txt").touch()
        (root / "pictures").mkdir()
        cls.shell = Shell(root)
        cls.addClassCleanup(cls.shell.close)

    def offered(self, line):
        """What is offered for the last word of `line`, which may be empty."""
        words = self.shell.complete(line)
        typed = line.split() if line.endswith(" ") else line.split()[:-1]
        self.assertEqual(typed, words[:len(typed)])
        return set(words[len(typed):])

    def test_subcommands(self):
        self.assertLessEqual({"device", "lsc", "daemon"}, self.offered("capfctl "))
        self.assertEqual({"add", "list", "find", "show", "remove", "arm"}, self.offered("capfctl device "))
        self.assertEqual({"remove"}, self.offered("capfctl device re"))
        self.assertEqual({"run", "fleet", "keys", "mic"}, self.offered("phone-sim "))
        self.assertEqual({"simulator", "adcs"}, self.offered("opencapf-setup "))

    def test_options_of_a_subcommand_and_of_the_program(self):
        offered = self.offered("capfctl device arm --")
        self.assertLessEqual({"--operation", "--auth", "--by", "--json", "--socket"}, offered)
        self.assertNotIn("--der", offered)
        self.assertNotIn("--describe", offered)
        self.assertEqual({"--check-config", "--config"}, self.offered("capfd --c"))
        self.assertEqual({"--ca-host", "--ca-port", "--ca-certificate"}, self.offered("opencapf-setup adcs --ca"))

    def test_choices(self):
        self.assertEqual({"install", "delete", "troubleshoot", "none"}, self.offered("capfctl device arm --operation "))
        self.assertEqual({"string"}, self.offered("capfctl device arm --auth s"))
        self.assertEqual({"capfd", "cesd", "ca-simd"}, self.offered("capfctl daemon status "))
        self.assertEqual({"error", "warning", "info", "debug"}, self.offered("capfctl daemon log-level cesd "))
        self.assertEqual({"v3", "jabber", "7900"}, self.offered("phone-sim fleet --profile "))

    def test_choices_after_an_equals_sign(self):
        words = self.shell.complete("phone-sim run --profile=ja")
        self.assertEqual(["phone-sim", "run", "--profile=jabber"], words)

    def test_values_are_not_taken_for_subcommands(self):
        self.assertEqual({"export"}, self.offered("capfctl --socket device lsc "))
        self.assertEqual({"export"}, self.offered("capfctl --socket=device lsc "))

    def test_files_and_directories(self):
        self.assertEqual({"phones.txt"}, self.offered("capfctl device add --names-file pho"))
        self.assertEqual({"phones.txt", "pictures"}, self.offered("phone-sim run X --trust p"))
        self.assertEqual({"pictures"}, self.offered("phone-sim run X --store p"))
        self.assertEqual({"phones.txt"}, self.offered("cesd --config ph"))


if __name__ == "__main__":
    unittest.main()
