# SPDX-License-Identifier: Apache-2.0
"""The course docs/troubleshooting and the scenarios it teaches from: neither has something that the other lacks, and
the lines that a page quotes are the lines that its scenario expects."""
import os
import pathlib
import re
import sys
import tempfile
import unittest
from unittest import mock

ROOT = pathlib.Path(__file__).resolve().parents[2]
COURSE = ROOT / "docs" / "troubleshooting"
os.environ.setdefault("OPENCAPF_BIN", str(ROOT / "build" / "dev" / "bin"))
sys.path.insert(0, str(ROOT / "tools" / "scenario"))
import engine  # noqa: E402 pylint: disable=wrong-import-position
import main as scenarios  # noqa: E402,F401 pylint: disable=wrong-import-position,unused-import

PEM = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"
SECTIONS = ["What you see", "Where to look", "The lines", "Cause", "Cure", "Not to be confused with", "Try it"]


class Rehearsal(engine.Run):
    """A Run in which nothing happens: it only writes down what the scenario expects of the logs."""

    def __init__(self, chosen, folder):  # pylint: disable=super-init-not-called
        self.scenario = chosen
        self.lab = mock.MagicMock(dir=pathlib.Path(folder))
        self.shown, self.marks, self.expected, self.statuses = [], {}, [], []

    def pki(self, name):
        path = self.lab.dir / name
        if not path.exists() and path.suffix:
            path.write_text(PEM, encoding="ascii")
        path.parent.mkdir(exist_ok=True)
        if not path.suffix:
            path.mkdir(exist_ok=True)
        return path

    def says(self, log, *patterns, since_start=False):
        self.expected += [(log, pattern) for pattern in patterns]

    def status(self, expected, name=engine.PHONE):
        self.statuses.append(expected)

    def trust_directory(self, name, *certificates):
        return name

    def phone(self, *arguments, name=engine.PHONE, **options):
        self.shown.append(("the phone", []))
        return 0

    def installs_nothing(self, *arguments, **options):
        self.phone()

    def nothing(self, *_arguments, **_options):
        """Does not happen in a rehearsal."""

    start = mark = silent = has_no_status = overlay = stop = restart = reload = fault = setup_pki = certificate_by_ca = nothing


def rehearse(chosen):
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "secrets").mkdir()
        (pathlib.Path(folder) / "secrets" / "ca-password").write_text("x\n", encoding="ascii")
        run = Rehearsal(chosen, folder)
        shown = mock.Mock(stdout=PEM)
        run.lab.run.return_value = shown
        module = sys.modules[chosen.provoke.__module__]
        with mock.patch("subprocess.run", return_value=shown), \
                mock.patch.object(module, "wait_until", lambda condition, what: [], create=True):
            chosen.provoke(run)
        return run


def page_of(name):
    return (COURSE / f"{name}.md").read_text(encoding="utf-8")


def quoted(page):
    """The lines of the code blocks that are marked as log."""
    return [line for block in re.findall(r"^```log\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
            for line in block.splitlines()]


class Course(unittest.TestCase):
    def test_pages_and_scenarios_are_the_same(self):
        pages = {page.stem for page in COURSE.glob("*.md")} - {"README"}
        self.assertGreater(len(engine.SCENARIOS), 30)
        self.assertEqual(set(engine.SCENARIOS), pages)

    def test_a_page_has_all_its_parts_and_names_its_commands(self):
        for name in engine.SCENARIOS:
            with self.subTest(name):
                page = page_of(name)
                self.assertEqual(SECTIONS, re.findall(r"^## (.*)$", page, re.MULTILINE))
                self.assertIn(f"./lab scenario run {name} ", page)
                self.assertIn(f"capfctl doctor --logs /tmp/logs/{name}\n", page)
                self.assertLess(sum(map(bool, page.splitlines())), 70, "short, for somebody in a hurry")

    def test_a_page_quotes_every_line_that_its_scenario_expects(self):
        for name, chosen in engine.SCENARIOS.items():
            run = rehearse(chosen)
            lines = quoted(page_of(name))
            self.assertTrue(run.expected, f"{name} expects no lines")
            for log, pattern in run.expected:
                with self.subTest(name, log=log):
                    self.assertTrue(any(re.search(pattern, line) for line in lines), f"{log}: {pattern}")

    def test_a_page_names_the_status_that_its_scenario_expects(self):
        for name, chosen in engine.SCENARIOS.items():
            for status in rehearse(chosen).statuses:
                with self.subTest(name):
                    self.assertIn(status, page_of(name))

    def test_the_index_leads_to_every_page(self):
        index = page_of("README")
        for name in engine.SCENARIOS:
            self.assertIn(f"]({name}.md)", index)

    def test_every_cause_of_the_doctor_has_its_page(self):
        table = (ROOT / "src" / "diagnosis" / "causes.cpp").read_text(encoding="utf-8")
        lists = re.findall(r'{([a-z", -]+)}},?$', table, re.MULTILINE)
        self.assertGreater(len(lists), 30)
        for page in re.findall(r'"([a-z-]+)"', " ".join(lists)):
            self.assertTrue((COURSE / f"{page}.md").is_file(), page)

    def test_every_cause_of_a_scenario_is_one_of_the_doctor(self):
        table = (ROOT / "src" / "diagnosis" / "causes.cpp").read_text(encoding="utf-8")
        for name, chosen in engine.SCENARIOS.items():
            if chosen.cause is not None:
                self.assertRegex(table, rf'{{"{chosen.cause}",\s', name)


if __name__ == "__main__":
    unittest.main()
