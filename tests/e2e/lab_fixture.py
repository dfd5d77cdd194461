# SPDX-License-Identifier: Apache-2.0
"""Test cases with a private lab for one test file."""
import pathlib
import re
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "tools" / "lab"))
# What tests use of it under this module's name.
from private_lab import BIN, LOGS, PASSWORD_FILE, SOURCE, Lab, eventually, free_ports, running, wait_until  # noqa: E402,F401 pylint: disable=wrong-import-position,unused-import


class LabCase(unittest.TestCase):
    """Test case with one lab for all its tests; a failure prints the end of every log."""

    settings = {}

    @classmethod
    def setUpClass(cls):
        cls.lab = Lab(**cls.settings)
        cls.addClassCleanup(cls.lab.close)
        cls.lab.up()

    def assert_story(self, name, lines, **values):
        """Every line of stories/NAME stands in `lines`, in that order; other lines may come between."""
        position = 0
        for template in story(name):
            pattern = story_pattern(template, values)
            found = next((i for i in range(position, len(lines)) if pattern.fullmatch(lines[i])), None)
            if found is None:
                near = "\n".join(lines[max(0, position - 5):position + 40])
                self.fail(f"{name}: no line {template!r} after line {position} of\n{near}\n(pattern {pattern.pattern})")
            position = found + 1

    def assert_same_lines(self, name, lines, **values):
        """The lines of stories/NAME and nothing else."""
        patterns = [story_pattern(template, values) for template in story(name)]
        shown = "\n".join(lines)
        self.assertEqual(len(patterns), len(lines), f"{name}: expected {len(patterns)} lines, found\n{shown}")
        for pattern, line in zip(patterns, lines):
            self.assertRegex(line, f"^{pattern.pattern}$", f"{name}:\n{shown}")


def story(name):
    text = (pathlib.Path(__file__).parent / "stories" / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("## ")]


PLACES = {
    "time": r"\d\d:\d\d:\d\d\.\d{3}",
    "nginx": r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d",
    "utc": r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d",
    "clf": r"\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [-+]\d{4}",
    "n": r"\d+",
    "ip": r"\d+\.\d+\.\d+\.\d+",
    "any": r".*",
    "word": r"\S+",
    "error": r"EST_ERR_\w+",
}


def story_pattern(template, values):
    """{name} stands for a value given or a place of PLACES; everything else is literal."""
    def piece(part):
        if not part.startswith("{"):
            return re.escape(part)
        name = part[1:-1]
        return re.escape(str(values[name])) if name in values else PLACES[name]
    return re.compile("".join(piece(part) for part in re.split(r"(\{[a-z_]+\})", template)))
