#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""make_config.py DEFAULTS LAB OUT: the default configuration of a daemon with the lab's changes on top.

DEFAULTS is a JSON file with comments, LAB a file of the same shape that holds only what differs. Objects are merged,
everything else is replaced; in a list of objects with a "name" each entry starts from the default of that name, or from
the first one. @NAME@ in a string of LAB stands for the environment variable NAME, and the string becomes a number where
the default is one. A key that the defaults do not know is an error, so the lab cannot drift away from the daemons.
"""
import json
import os
import re
import sys

# Keys under which the names are data, not part of the schema.
OPEN_OBJECTS = {"resolve"}


def strip_comments(text):
    pattern = re.compile(r'"(?:\\.|[^"\\])*"|//[^\n]*|/\*.*?\*/', re.DOTALL)
    return pattern.sub(lambda match: match[0] if match[0].startswith('"') else " ", text)


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.loads(strip_comments(file.read()))


def fill(text):
    def value(match):
        if match[1] not in os.environ:
            raise SystemExit(f"make_config: {match[0]} is not set")
        return os.environ[match[1]]
    return re.sub(r"@([A-Z_]+)@", value, text)


def substitute(value):
    if isinstance(value, str):
        return fill(value)
    if isinstance(value, list):
        return [substitute(item) for item in value]
    if isinstance(value, dict):
        return {fill(key): substitute(item) for key, item in value.items()}
    return value


def named(value):
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) and "name" in item for item in value)


def merge(default, change, where):
    if isinstance(default, dict) and isinstance(change, dict):
        result = dict(default)
        for key, value in change.items():
            if key in default:
                result[key] = merge(default[key], value, f"{where}/{key}")
            elif where.rsplit("/", 1)[-1] in OPEN_OBJECTS:
                result[key] = value
            else:
                raise SystemExit(f"make_config: {where}/{key} is not in the default configuration")
        return result
    if named(default) and named(change):
        known = {item["name"]: item for item in default}
        return [merge(known.get(item["name"], default[0]), item, f"{where}/{item['name']}") for item in change]
    if isinstance(default, int) and not isinstance(default, bool) and isinstance(change, str):
        return int(change)
    return change


def main():
    defaults, changes, out = sys.argv[1:4]
    result = merge(load(defaults), substitute(load(changes)), "")
    text = json.dumps(result, indent=2, ensure_ascii=False) + "\n"
    temporary = out + ".new"
    with open(temporary, "w", encoding="utf-8") as file:
        file.write(f"// Made by ./lab from config/{os.path.basename(defaults)} and config/lab/{os.path.basename(changes)}.\n")
        file.write(text)
    os.replace(temporary, out)


if __name__ == "__main__":
    main()
