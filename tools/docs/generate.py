#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes man pages, reference pages, shell completion and JSON Schemas from what the programs say about themselves.

    tools/docs/generate.py BIN_DIR            writes them
    tools/docs/generate.py BIN_DIR --check    names the files that are not up to date; exit status 1 when there are any

BIN_DIR holds capfd, cesd, ca-simd, capfctl and phone-sim. `./lab docs` builds them and calls this.
"""
import argparse
import json
import pathlib
import sys

import completion
import man
import model
import reference

# Directories in which every file is made here: a file too many is stale as well.
MADE = ("docs/man", "docs/reference", "completion", "config/schema")


def schema_text(program, config):
    head = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": f"Configuration of {program}",
        "description": f"{program}.json; man {program}.json explains it. Made by ./lab docs.",
        # Keywords of VS Code; other validators ignore them.
        "allowComments": True,
        "allowTrailingCommas": False,
    }
    rest = {key: value for key, value in config.items() if key not in head}
    return json.dumps({**head, **rest}, indent=2, ensure_ascii=False) + "\n"


def outputs(commands, root):
    """Path relative to the checkout -> text, of everything that is made."""
    files = {}
    for name, text in man.pages(commands, root / "tools" / "docs" / "man").items():
        files[f"docs/man/{name}"] = text
    for name, text in reference.pages(commands).items():
        files[f"docs/reference/{name}"] = text
    for name in model.COMMANDS:
        files[f"completion/{name}.bash"] = completion.script(name, commands[name])
    for name in model.DAEMONS:
        files[f"config/schema/{name}.schema.json"] = schema_text(name, commands[name]["config"])
    return files


def stale(files, root):
    """Names of files that differ from what would be written, are missing, or do not belong there."""
    names = []
    for name, text in files.items():
        path = root / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            names.append(name)
    for directory in MADE:
        names += [str(path.relative_to(root)) for path in (root / directory).glob("*")
                  if str(path.relative_to(root)) not in files]
    return sorted(names)


def write(files, root):
    for name in stale(files, root):
        if name not in files:
            (root / name).unlink()
            continue
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(files[name], encoding="utf-8")
        print(f"wrote {name}")


def main():
    root = pathlib.Path(__file__).resolve().parents[2]
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("bin", type=pathlib.Path, metavar="BIN_DIR", help="directory of the programs")
    parser.add_argument("--check", action="store_true", help="write nothing, name what is not up to date")
    parser.add_argument("--root", type=pathlib.Path, default=root, help="checkout to look at and to write to")
    arguments = parser.parse_args()
    try:
        commands = model.load(arguments.bin, arguments.root / "setup" / model.SETUP)
    except model.Undocumented as error:
        print(error, file=sys.stderr)
        return 1
    files = outputs(commands, arguments.root)
    if not arguments.check:
        write(files, arguments.root)
        return 0
    names = stale(files, arguments.root)
    for name in names:
        print(f"{name} is not what the programs say about themselves: run ./lab docs and commit it", file=sys.stderr)
    return 1 if names else 0


if __name__ == "__main__":
    sys.exit(main())
