# SPDX-License-Identifier: Apache-2.0
"""check_est_ids.py sees ids in names of tests and in the table, and misses none."""
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import check_est_ids  # noqa: E402


class CheckEstIds(unittest.TestCase):
    def tree(self, tests, table):
        root = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        for name, text in {**tests, "docs/est.md": table,
                           "docs/est-client.md": "| C-07 x | not offered: y |\n", "tests/conformance/est_ids.txt": "EST-S-01\nEST-S-61\nEST-C-03\nEST-S-105\n"}.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return root

    def test_nothing_covers_nothing(self):
        root = self.tree({}, "# EST\n\nEST-S-01 is only mentioned.\n")
        self.assertEqual(["EST-S-01", "EST-S-61", "EST-C-03", "EST-S-105"], check_est_ids.missing(root))

    def test_names_and_the_table_cover(self):
        root = self.tree({"tests/a_test.cpp": "TEST_F(Some, S01_S61_BothHold) {\n", "tests/b_test.py":
                          "class A:\n    def test_s105_works(self):\n"},
                         "## Not offered, and why\n| EST-C-03 | x |\n## Next\n")
        self.assertEqual([], check_est_ids.missing(root))

    def test_parts_of_words_and_of_numbers_do_not(self):
        root = self.tree({"tests/a_test.cpp": "TEST(Some, XS01_Y) {\n// S61_ in a comment\nTEST(Some, S1055_Y) {\n"}, "")
        self.assertEqual(["EST-S-01", "EST-S-61", "EST-C-03", "EST-S-105"], check_est_ids.missing(root))


if __name__ == "__main__":
    unittest.main()
