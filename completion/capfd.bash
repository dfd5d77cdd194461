# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Bash completion of capfd. Made by ./lab docs from what the program says about itself: do not edit.

# _opencapf_capfd_words WORDS: those that begin with what is typed.
_opencapf_capfd_words() { mapfile -t COMPREPLY < <(compgen -W "$1" -- "$word"); }

# _opencapf_capfd_paths -f|-d: files, or directories.
_opencapf_capfd_paths() {
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen "$1" -- "$word")
}

_opencapf_capfd() {
    local word=${COMP_WORDS[COMP_CWORD]} before='' command=''
    [ "$COMP_CWORD" -lt 1 ] || before=${COMP_WORDS[COMP_CWORD - 1]}
    # Bash makes three words of --option=value.
    if [ "$word" = '=' ]; then
        word=''
    elif [ "$before" = '=' ] && [ "$COMP_CWORD" -gt 1 ]; then
        before=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    COMPREPLY=()
    # The value of an option.
    case "$command:$before" in
        ':--config') _opencapf_capfd_paths -f; return ;;
    esac
    # Options, subcommands, arguments.
    case "$command" in
        '')
            case $word in
                -*) _opencapf_capfd_words '-h --help --config --check-config --version' ;;
                *) _opencapf_capfd_words '-h --help --config --check-config --version' ;;
            esac
            ;;
    esac
}
complete -F _opencapf_capfd capfd
