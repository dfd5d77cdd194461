# SPDX-License-Identifier: Apache-2.0
"""The pages people read: their links lead somewhere, and nothing is documented without a help text."""
import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools" / "docs"))
import man  # pylint: disable=wrong-import-position
import model  # pylint: disable=wrong-import-position


def anchors(page):
    heads = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def command(**changes):
    return {"description": "does", "options": [], "subcommands": [], "exit_codes": [], **changes}


class Links(unittest.TestCase):
    def test_lead_somewhere(self):
        pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
        self.assertGreater(len(pages), 5)
        for page in pages:
            for link in re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8")):
                if link.startswith("http"):
                    continue
                name, _, anchor = link.partition("#")
                target = (page.parent / name) if name else page
                self.assertTrue(target.exists(), f"{page.relative_to(ROOT)}: {link}")
                if anchor:
                    self.assertIn(anchor, anchors(target), f"{page.relative_to(ROOT)}: {link}")


class Undocumented(unittest.TestCase):
    def test_everything_documented(self):
        option = {"names": ["--x"], "type": "flag", "help": "on"}
        self.assertEqual([], model.undocumented(command(options=[option]), "p"))

    def test_option_subcommand_key_and_metric_need_help(self):
        silent = {"names": ["-x", "--xx"], "type": "flag", "help": ""}
        self.assertEqual(["p --xx"], model.undocumented(command(options=[silent]), "p"))
        child = command(name="c", description="")
        self.assertEqual(["p c"], model.undocumented(command(subcommands=[child]), "p"))
        inner = {"type": "object", "description": "g", "properties": {"k": {"type": "boolean"}}}
        config = {"properties": {"g": inner}}
        self.assertEqual(["p.json g.k"], model.undocumented(command(config=config), "p"))
        self.assertEqual(["p metric m"], model.undocumented(command(metrics=[{"name": "m", "help": ""}]), "p"))


class Roff(unittest.TestCase):
    def test_no_character_of_a_text_is_an_instruction(self):
        self.assertEqual("\\&.well\\-known \\e \\(aqx\\(aq", man.escape(".well-known \\ 'x'"))

    def test_long_lines_are_wrapped_outside_of_examples(self):
        words = "word " * 30
        wrapped = man.wrap(f".B request {words}\n{words}.end\n.EX\n{words}\n.EE\n").splitlines()
        self.assertTrue(all(len(line) < 80 for line in wrapped[1:3]))
        self.assertIn(words, wrapped)
        self.assertTrue(man.wrap("x" * 75 + " .hidden\n").splitlines()[1].startswith("\\&."))


if __name__ == "__main__":
    unittest.main()
