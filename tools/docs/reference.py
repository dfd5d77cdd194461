# SPDX-License-Identifier: Apache-2.0
"""Reference pages in Markdown: commands, configuration, metrics."""
import model

NOTE = "<!-- Made by ./lab docs from what the programs say about themselves: do not edit. -->\n"


def pages(commands):
    return {
        "commands.md": commands_page(commands),
        "configuration.md": configuration_page(commands),
        "metrics.md": metrics_page(commands),
    }


def cell(text):
    """Text in a table: `|` would end the cell, `<` would begin a tag."""
    return text.replace("|", "\\|").replace("<", "&lt;")


def code(text):
    return f"`{cell(text).replace('&lt;', '<')}`" if text else ""


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "| " + " | ".join("---" for _ in head) + " |"]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def option_rows(command):
    rows = []
    for option in model.own_options(command):
        names = ", ".join(option.get("names", [option.get("positional", "")]))
        value = "" if model.is_positional(option) else model.value_name(option)
        about = option["help"]
        limits = model.limits(option)
        if limits:
            about += " (" + "; ".join(limits) + ")"
        rows.append((code(f"{names} {value}".strip()), cell(about)))
    return rows


def commands_page(commands):
    parts = [NOTE, "# Commands\n", "Every command has a man page as well: `man capfctl`. `-h` and `--help` are "
             "options of each of them.\n"]
    for name in model.COMMANDS:
        command = commands[name]
        parts.append(f"## {name}\n")
        parts.append(f"{cell(command['description'])}\n")
        parts.append(f"    {model.usage(command, name)}\n")
        rows = option_rows(command)
        if rows:
            parts.append(table(("option", "meaning"), rows))
        for path, child in model.walk(command, name):
            if child["subcommands"] and not model.own_options(child):
                continue
            parts.append(f"### {path}\n")
            parts.append(f"{cell(child['description'])}\n")
            parts.append(f"    {model.usage(child, path)}\n")
            if examples := child.get("examples"):
                parts.append("Examples:\n")
                parts.append("".join(f"    {line}\n" for line in examples))
            rows = option_rows(child)
            if rows:
                parts.append(table(("option", "meaning"), rows))
        parts.append("Exit codes:\n")
        parts.append(table(("code", "meaning"), [(str(exit["code"]), cell(exit["meaning"]))
                                                 for exit in command["exit_codes"]]))
    return "\n".join(parts)


CONFIGURATION_HEAD = """\
# Configuration

Each daemon reads `/etc/opencapf/NAME.json`, or what `--config` names, and merges the files `NAME.d/*.json` beside it
over it in the order of their names (RFC 7386: objects merge, null removes a key so that the default counts again, all
else replaces; lists of objects with names merge by name). Comments are allowed, unknown keys are errors, relative
paths are relative to the directory of `NAME.json`. `NAME --check-config` names every problem without starting
anything.

The last column says when a change counts: after a **reload** (`systemctl reload`, `capfctl daemon reload`, SIGHUP),
which breaks no session, or only after a **restart**. A reload answers with what took effect and what waits for a
restart. Files that a path with *reload* names are read again even when the path stays the same.

Editors check a file while you type when it names its schema: `"$schema":
"/usr/share/opencapf/schema/NAME.schema.json"`.

A secret is looked for in this order: the environment variable of its name (the secret itself), the variable with
`_FILE` appended (a path), the file of that name in lower case in `$CREDENTIALS_DIRECTORY` (systemd's
`LoadCredential`), the path in the configuration. Such files must not be readable by others.
"""


def configuration_page(commands):
    parts = [NOTE, CONFIGURATION_HEAD]
    for name in model.DAEMONS:
        keys = model.config_keys(commands[name]["config"])
        parts.append(f"## {name}.json\n")
        rows = []
        for key in keys:
            default = "required" if key.required else code(key.default)
            counts = "" if key.is_group else ("reload" if key.live else "restart")
            rows.append((code(key.name), cell(key.type), default, cell(key.help), counts))
        parts.append(table(("key", "value", "default", "meaning", "counts after"), rows))
        secrets = [(code(key.secret), code(key.name), cell(key.help)) for key in keys if key.secret]
        if secrets:
            parts.append(f"Secrets of {name}:\n")
            parts.append(table(("environment", "key", "meaning"), secrets))
    return "\n".join(parts)


METRICS_HEAD = """\
# Metrics

Each daemon answers `GET /metrics` in the text format of Prometheus at the address and port of `metrics` in its
configuration, and `GET /healthz` (200: it lives) and `GET /readyz` (200: it serves; 503 with the reason: it does not).
The port is plain HTTP and by default on loopback only. [operate.md](../operate.md#monitoring) says what to watch.
"""


def label_cell(metric):
    values = metric.get("label_values", {})
    return "; ".join(code(name) + (f": {cell(', '.join(values[name]))}" if name in values else "")
                     for name in metric["labels"])


def metrics_page(commands):
    parts = [NOTE, METRICS_HEAD]
    for name in model.DAEMONS:
        metrics = commands[name].get("metrics", [])
        parts.append(f"## {name}\n")
        rows = [(code(metric["name"]), metric["type"], metric["unit"], label_cell(metric), cell(metric["help"]))
                for metric in metrics]
        parts.append(table(("metric", "type", "unit", "labels", "meaning"), rows))
    return "\n".join(parts)
