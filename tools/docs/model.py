# SPDX-License-Identifier: Apache-2.0
"""What the programs say about themselves (`--describe`), and how its parts are put into words everywhere."""
import json
import pathlib
import subprocess

PROGRAMS = ("capfctl", "phone-sim", "capfd", "cesd", "ca-simd")
DAEMONS = ("capfd", "cesd", "ca-simd")
SETUP = "opencapf-setup"
COMMANDS = (*PROGRAMS, SETUP)
SECTION = {"capfctl": 1, "phone-sim": 1, "capfd": 8, "cesd": 8, "ca-simd": 8, SETUP: 8}


class Undocumented(Exception):
    """Something has no help text: it is documented or it does not land."""


def describe(command):
    done = subprocess.run([str(command), "--describe"], capture_output=True, text=True, timeout=60, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{command} --describe ended with {done.returncode}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def load(programs: pathlib.Path, setup: pathlib.Path):
    """Command -> description of all commands; raises Undocumented."""
    commands = {name: describe(programs / name) for name in PROGRAMS}
    commands[SETUP] = describe(setup)
    missing = []
    for name, command in commands.items():
        missing += undocumented(command, name)
    if missing:
        raise Undocumented("no help text: " + ", ".join(missing))
    return commands


def undocumented(command, path):
    missing = [] if command["description"] else [path]
    missing += [f"{path} {label(option)}" for option in command["options"] if not option["help"]]
    for child in command["subcommands"]:
        missing += undocumented(child, f"{path} {child['name']}")
    if "config" in command:
        missing += [f"{path}.json {key.name}" for key in config_keys(command["config"]) if not key.help]
    missing += [f"{path} metric {metric['name']}" for metric in command.get("metrics", []) if not metric["help"]]
    return missing


# Commands ---------------------------------------------------------------------------------------------------------

def label(option):
    """The shortest unambiguous way to name an option: its last name."""
    return option["names"][-1] if "names" in option else option["positional"]


def is_positional(option):
    return "names" not in option


def value_name(option):
    """What stands for the value: FILE, N, NAME, or the choices; empty for a flag."""
    if option["type"] == "flag":
        return ""
    if "choices" in option:
        return "|".join(option["choices"])
    default = {"file": "FILE", "directory": "DIR", "integer": "N", "number": "N"}.get(option["type"], "TEXT")
    return option.get("value_name", default)


def limits(option):
    """Sentence fragments about what an option takes."""
    parts = []
    if "choices" in option and is_positional(option):
        parts.append("one of " + ", ".join(option["choices"]))
    if "minimum" in option:
        parts.append(f"from {number(option['minimum'])} to {number(option['maximum'])}")
    if "default" in option:
        parts.append(f"default {option['default']}")
    if "environment" in option:
        parts.append(f"environment {option['environment']}")
    if "excludes" in option:
        parts.append("not together with " + ", ".join(option["excludes"]))
    return parts


def number(value):
    return str(int(value)) if float(value).is_integer() else str(value)


def usage(command, path):
    """The synopsis of one command: words of its own are in its path, options are summarised."""
    words = [path]
    if any(not is_positional(option) and option["names"][-1] not in ("--help", "--version")
           for option in command["options"]):
        words.append("[OPTION...]")
    if command["subcommands"]:
        words.append("COMMAND")
    for option in command["options"]:
        if is_positional(option):
            word = option["positional"] + ("..." if option.get("repeatable") else "")
            words.append(word if option.get("required") else f"[{word}]")
    return " ".join(words)


def walk(command, path):
    """(path, command) of every subcommand, depth first."""
    for child in command["subcommands"]:
        yield f"{path} {child['name']}", child
        yield from walk(child, f"{path} {child['name']}")


def own_options(command):
    """Without the help flag that every command has."""
    return [option for option in command["options"] if label(option) != "--help"]


# Configuration ----------------------------------------------------------------------------------------------------

class Key:
    def __init__(self, name, node, required):
        self.name = name
        self.node = node
        self.required = required
        self.help = node.get("description", "")
        self.live = node.get("x-reload", False)
        self.secret = node.get("x-environment", "")

    @property
    def is_group(self):
        return "properties" in self.node or "properties" in self.node.get("items", {})

    @property
    def type(self):
        node = self.node
        if "enum" in node:
            return "one of " + ", ".join(json.dumps(choice) for choice in node["enum"])
        if node["type"] in ("integer", "number"):
            unit = " seconds" if node.get("x-unit") == "s" else ""
            span = f" {number(node['minimum'])}..{number(node['maximum'])}" if "minimum" in node else ""
            kind = "integer" if node["type"] == "integer" else ("" if unit else "number")
            return (kind + span + unit).strip()
        if node["type"] == "array":
            return "list of objects" if self.is_group else "list of texts"
        if node["type"] == "object":
            return "object" if self.is_group else "object of texts"
        if node["type"] == "boolean":
            return "true or false"
        if self.secret:
            return "path of a secret"
        return "path" if node.get("x-file") else "text"

    @property
    def default(self):
        """As JSON; empty when there is none."""
        if "default" not in self.node:
            return ""
        value = self.node["default"]
        return number(value) if isinstance(value, float) else json.dumps(value, ensure_ascii=False)


def config_keys(schema, prefix=""):
    """Every key of a schema, groups before what is in them; `accounts[].name` for the elements of an array."""
    keys = []
    for name, node in schema.get("properties", {}).items():
        if name == "$schema":
            continue
        key = Key(prefix + name, node, name in schema.get("required", []))
        keys.append(key)
        if "properties" in node:
            keys += config_keys(node, key.name + ".")
        elif "properties" in node.get("items", {}):
            keys += config_keys(node["items"], key.name + "[].")
    return keys
