# SPDX-License-Identifier: Apache-2.0
"""Man pages in man(7): one for every command and one for every configuration file.

What a program does not say about itself (examples, files, signals) stands in tools/docs/man/PAGE as sections in man(7);
daemon.8 and daemon.json.5 there belong to every daemon, with @NAME@ for the daemon.
"""
import textwrap

import model

# Pages carry a date; it is that of the last change of the text in tools/docs/man.
DATE = "2026-11-24"
ORDER = ("NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "OPTIONS", "KEYS", "SECRETS", "EXIT STATUS", "ENVIRONMENT",
         "FILES", "SIGNALS", "NOTES", "EXAMPLES", "SEE ALSO")
NOTE = (".\\\" SPDX-License-Identifier: Apache-2.0\n"
        ".\\\" Made by ./lab docs from what the program says about itself and from tools/docs/man: do not edit.\n")


def escape(text):
    """Text of a page: no character of it is roff's. Quotes and accents that roff would make round stay as they are."""
    for plain, safe in (("\\", "\\e"), ("-", "\\-"), ("'", "\\(aq"), ('"', "\\(dq"), ("`", "\\(ga"), ("^", "\\(ha"),
                        ("~", "\\(ti")):
        text = text.replace(plain, safe)
    return "\\&" + text if text.startswith(".") else text


def bold(text):
    return f".B {escape(text)}\n"


def entry(head, body):
    """A paragraph with a hanging tag; `head` is roff already."""
    return f".TP\n{head}{body}\n"


def sentence(text, limits=()):
    """What a help text says, as a sentence, then what it is limited to."""
    if text[1:2].islower() and text.split()[0] not in model.COMMANDS:
        text = text[0].upper() + text[1:]
    text = text if text.endswith(".") else text + "."
    extra = "; ".join(limits)
    return text + (f" {extra[0].upper()}{extra[1:]}." if extra else "")


def option_entry(option):
    if model.is_positional(option):
        head = f".I {escape(option['positional'])}\n"
    else:
        value = model.value_name(option)
        names = [f"\\fB{escape(name)}\\fR" for name in option["names"]]
        head = ", ".join(names) + (f" \\fI{escape(value)}\\fR" if value else "") + "\n"
    return entry(head, escape(sentence(option["help"], model.limits(option))))


def synopsis(usage):
    """The words of a usage line: what is typed as it stands is bold, what stands for something is italic."""
    words = [f"\\fI{escape(word)}\\fR" if word.strip("[].").isupper() else f"\\fB{escape(word)}\\fR"
             for word in usage.split()]
    return " ".join(words) + "\n"


def shared_sections(folder, page, name):
    """Section -> roff of the files of tools/docs/man that belong to a page."""
    sections = {}
    common = {"8": "daemon.8", "5": "daemon.json.5"}.get(page[-1]) if name in model.DAEMONS else None
    for file in filter(None, (page, common)):
        path = folder / file
        if not path.is_file():
            continue
        section = None
        for line in path.read_text(encoding="utf-8").replace("@NAME@", name).splitlines(keepends=True):
            if line.startswith('.\\"'):
                continue
            if line.startswith(".SH "):
                section = line[4:].strip().strip('"')
                sections.setdefault(section, "")
            elif section is None:
                raise SystemExit(f"{path}: text before the first .SH")
            else:
                sections[section] += line
    return sections


def wrap(text):
    """Long lines of text as several of less than 80 characters; examples and requests stay as they are."""
    lines = []
    example = False
    for line in text.splitlines():
        if line in (".EX", ".EE"):
            example = line == ".EX"
        if example or line.startswith(".") or len(line) < 80:
            lines.append(line)
            continue
        parts = textwrap.wrap(line, 78, break_long_words=False, break_on_hyphens=False)
        lines += [parts[0]] + ["\\&" + part if part.startswith(".") else part for part in parts[1:]]
    return "\n".join(lines) + "\n"


def page_text(page, sections):
    name, _, number = page.rpartition(".")
    unknown = set(sections) - set(ORDER)
    if unknown:
        raise SystemExit(f"{page}: no place for the sections {sorted(unknown)}; see ORDER in tools/docs/man.py")
    text = NOTE + f".TH {escape(name.upper())} {number} {DATE} OpenCAPF \"OpenCAPF manual\"\n.nh\n.ad l\n"
    for section in ORDER:
        if sections.get(section):
            text += f".SH {section}\n{sections[section]}"
    return wrap(text)


def merge(generated, shared):
    """Made text comes first, except that a description in tools/docs/man replaces nothing and follows it."""
    sections = dict(generated)
    for section, text in shared.items():
        sections[section] = sections.get(section, "") + text
    return sections


def commands_section(command, name):
    text = ""
    for path, child in model.walk(command, name):
        if child["subcommands"] and not model.own_options(child):
            continue
        text += f".SS {escape(path)}\n{synopsis(model.usage(child, path))}"
        text += f".PP\n{escape(sentence(child['description']))}\n"
        text += "".join(option_entry(option) for option in model.own_options(child))
        if examples := child.get("examples"):
            text += ".PP\n.EX\n" + "".join(f"{escape(line)}\n" for line in examples) + ".EE\n"
    return text


def environment_section(command):
    variables = {}
    for each in [command, *(child for _, child in model.walk(command, ""))]:
        for option in each["options"]:
            if "environment" in option:
                variables[option["environment"]] = f"Stands for {model.label(option)} when that is not given."
    return "".join(entry(bold(name), escape(text)) for name, text in variables.items())


def see_also(page):
    others = [f"{name}({number})" for name, number in model.SECTION.items() if f"{name}.{number}" != page]
    others += [f"{name}.json(5)" for name in model.DAEMONS if f"{name}.json.5" != page]
    lines = [f".BR {escape(name)} ({number}" for name, number in (other[:-1].split("(") for other in sorted(others))]
    return ",\n".join(line + ")" for line in lines).replace("),\n", ") ,\n") + "\n"


def command_page(name, command, folder):
    page = f"{name}.{model.SECTION[name]}"
    lead = command["description"]
    sections = {
        "NAME": f"{escape(name)} \\- {escape(lead.rstrip('.'))}\n",
        "SYNOPSIS": synopsis(model.usage(command, name)),
        "COMMANDS": commands_section(command, name),
        "OPTIONS": "".join(option_entry(option) for option in command["options"]),
        "EXIT STATUS": "".join(entry(bold(str(exit["code"])), escape(sentence(exit["meaning"])))
                               for exit in command["exit_codes"]),
        "ENVIRONMENT": environment_section(command),
        "SEE ALSO": see_also(page),
    }
    return page, page_text(page, merge(sections, shared_sections(folder, page, name)))


def key_entry(key):
    facts = [key.type, "required" if key.required else f"default {key.default}" if key.default else ""]
    if not key.is_group:
        facts.append("changes at reload" if key.live else "changes at restart")
    return entry(bold(key.name), escape(sentence(key.help, [fact for fact in facts if fact])))


def config_page(name, command, folder):
    page = f"{name}.json.5"
    keys = model.config_keys(command["config"])
    secrets = "".join(entry(bold(key.secret), escape(sentence(key.help, [f"in the file: {key.name}"])))
                      for key in keys if key.secret)
    sections = {
        "NAME": f"{escape(name)}.json \\- configuration of {escape(name)}\n",
        "SYNOPSIS": f".I /etc/opencapf/{escape(name)}.json\n.br\n.I /etc/opencapf/{escape(name)}.d/*.json\n",
        "KEYS": "".join(key_entry(key) for key in keys),
        "SECRETS": secrets,
        "SEE ALSO": see_also(page),
    }
    shared = shared_sections(folder, page, name)
    if secrets:  # the way to a secret is told before the list of names
        sections["SECRETS"] = shared.pop("SECRETS", "") + secrets
    else:
        shared.pop("SECRETS", None)
    return page, page_text(page, merge(sections, shared))


def pages(commands, folder):
    """File name -> text of every page."""
    made = [command_page(name, commands[name], folder) for name in model.COMMANDS]
    made += [config_page(name, commands[name], folder) for name in model.DAEMONS]
    return dict(made)
