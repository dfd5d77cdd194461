# SPDX-License-Identifier: Apache-2.0
"""Bash completion of one command: subcommands, options, choices, files and directories."""
import model

TEMPLATE = r"""# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Bash completion of @NAME@. Made by ./lab docs from what the program says about itself: do not edit.

# @FUNCTION@_words WORDS: those that begin with what is typed.
@FUNCTION@_words() { mapfile -t COMPREPLY < <(compgen -W "$1" -- "$word"); }

# @FUNCTION@_paths -f|-d: files, or directories.
@FUNCTION@_paths() {
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen "$1" -- "$word")
}

@FUNCTION@() {
    local word=${COMP_WORDS[COMP_CWORD]} before='' command=''@GIVEN@
    [ "$COMP_CWORD" -lt 1 ] || before=${COMP_WORDS[COMP_CWORD - 1]}
    # Bash makes three words of --option=value.
    if [ "$word" = '=' ]; then
        word=''
    elif [ "$before" = '=' ] && [ "$COMP_CWORD" -gt 1 ]; then
        before=${COMP_WORDS[COMP_CWORD - 2]}
    fi
@WALK@    COMPREPLY=()
    # The value of an option.
    case "$command:$before" in
@VALUES@
    esac
    # Options, subcommands, arguments.
    case "$command" in
@WORDS@
    esac
}
complete -F @FUNCTION@ @NAME@
"""

# Programs with subcommands only.
WALK = r"""    # Which command is meant: the words so far, without options and their values.
    for ((i = 1; i < COMP_CWORD; i++)); do
        given=${COMP_WORDS[i]}
        case $given in
            @VALUED@) [ "${COMP_WORDS[i + 1]:-}" != '=' ] || i=$((i + 1)); i=$((i + 1)) ;;
            -*) ;;
            *)
                case "$command $given" in
                    @COMMANDS@) command="$command $given"; arguments=0 ;;
                    *) arguments=$((arguments + 1)) ;;
                esac
                ;;
        esac
    done
"""


def function_name(name):
    return "_opencapf_" + name.replace("-", "_")


def action(option, function):
    """The shell command that completes a value; `:` where nothing is known about it."""
    if "choices" in option:
        return f"{function}_words '{' '.join(option['choices'])}'"
    kind = {"file": "-f", "directory": "-d"}.get(option["type"])
    return f"{function}_paths {kind}" if kind else ":"


def every_command(name, command):
    """("" or " device add", command, options that count there): a subcommand takes those of the program as well."""
    yield "", command, command["options"]
    inherited = [option for option in model.own_options(command) if model.label(option) != "--version"]
    for path, child in model.walk(command, ""):
        yield path, child, child["options"] + inherited


def value_cases(name, command, function):
    lines = []
    for path, _, options in every_command(name, command):
        for option in options:
            if not model.is_positional(option) and option["type"] != "flag":
                names = " | ".join(f"'{path}:{each}'" for each in option["names"])
                lines.append(f"        {names}) {action(option, function)}; return ;;")
    return lines or ["        '') ;;"]


def word_cases(name, command, function):
    lines = []
    for path, child, options in every_command(name, command):
        flags = " ".join(each for option in options if not model.is_positional(option) for each in option["names"])
        positional = [option for option in options if model.is_positional(option)]
        if child["subcommands"]:
            plain = f"{function}_words '{' '.join(each['name'] for each in child['subcommands'])}'"
        elif len(positional) > 1:
            plain = "case $arguments in " + " ".join(
                f"{number}) {action(option, function)} ;;" for number, option in enumerate(positional)) + " esac"
        elif positional:
            plain = action(positional[0], function)
        else:
            plain = f"{function}_words '{flags}'"
        lines += [f"        '{path}')",
                  "            case $word in",
                  f"                -*) {function}_words '{flags}' ;;",
                  f"                *) {plain} ;;",
                  "            esac",
                  "            ;;"]
    return lines


def script(name, command):
    function = function_name(name)
    valued = sorted({each for _, _, options in every_command(name, command) for option in options
                     if not model.is_positional(option) and option["type"] != "flag" for each in option["names"]})
    paths = [path for path, _, _ in every_command(name, command) if path]
    replaced = {
        "@WALK@": WALK if paths else "",
        "@GIVEN@": " given i arguments=0" if paths else "",
        "@NAME@": name,
        "@FUNCTION@": function,
        "@VALUED@": " | ".join(valued) or "''",
        "@COMMANDS@": " | ".join(f"'{path}'" for path in paths),
        "@VALUES@": "\n".join(value_cases(name, command, function)),
        "@WORDS@": "\n".join(word_cases(name, command, function)),
    }
    text = TEMPLATE
    for place, value in replaced.items():
        text = text.replace(place, value)
    return text
