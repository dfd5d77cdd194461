#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that every id of the EST conformance list is a test's name, or stands in a table of what is not offered.

    tools/check_est_ids.py          exit status 1 when an id has neither

tests/conformance/est_ids.txt has the ids. EST-S-61 is covered by a GoogleTest name with S61_ or a Python test with
_s61_ in it; what is not offered, and the RFC's answer to whoever asks for it, stands in docs/est.md under a heading
that begins with "Not offered", or in docs/est-client.md.
"""
import pathlib
import re
import sys

# TEST(Suite, Name): the ids may stand in either. Python: def test_s61_..., as ids do in C++.
CPP_TEST = re.compile(r"^(?:TEST|TEST_F|TEST_P)\(\s*(\w+),\s*(\w+)\)", re.MULTILINE)
PYTHON_TEST = re.compile(r"^\s+def (test_\w+)\(", re.MULTILINE)
ID_IN_NAME = re.compile(r"(?:^|_)([SC])(\d{2,3})(?=_|$)", re.IGNORECASE)
ID = re.compile(r"EST-[SC]-\d{2,3}")
# A row of docs/est-client.md: | C-07 what it is | not offered: why | ...
NOT_OFFERED_CLIENT = re.compile(r"^\| (C-\d{2}) [^|]*\| not offered:", re.MULTILINE)
NOT_OFFERED = re.compile(r"^#+ Not offered.*?(?=^#+ |\Z)", re.MULTILINE | re.DOTALL)


def ids_in(name):
    return {f"EST-{letter.upper()}-{number}" for letter, number in ID_IN_NAME.findall(name)}


def tested(root):
    found = set()
    for path in sorted((root / "tests").rglob("*")):
        if path.suffix == ".cpp":
            for suite, name in CPP_TEST.findall(path.read_text(encoding="utf-8")):
                found |= ids_in(suite) | ids_in(name)
        elif path.suffix == ".py":
            for name in PYTHON_TEST.findall(path.read_text(encoding="utf-8")):
                found |= ids_in(name)
    return found


def not_offered(root):
    text = (root / "docs" / "est.md").read_text(encoding="utf-8")
    server = set(ID.findall("".join(NOT_OFFERED.findall(text))))
    text = (root / "docs" / "est-client.md").read_text(encoding="utf-8")
    return server | {f"EST-{found}" for found in NOT_OFFERED_CLIENT.findall(text)}


def missing(root):
    """Ids of the list that neither a test nor the table has, in the order of the list."""
    listed = (root / "tests" / "conformance" / "est_ids.txt").read_text(encoding="utf-8").split()
    covered = tested(root) | not_offered(root)
    return [each for each in listed if each not in covered]


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    lacking = missing(root)
    for each in lacking:
        print(f"{each}: no test has it in its name, and docs/est.md does not list it as not offered")
    if lacking:
        return 1
    print("check_est_ids: every id has a test or its answer")
    return 0


if __name__ == "__main__":
    sys.exit(main())
