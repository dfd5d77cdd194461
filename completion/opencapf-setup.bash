# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Bash completion of opencapf-setup. Made by ./lab docs from what the program says about itself: do not edit.

# _opencapf_opencapf_setup_words WORDS: those that begin with what is typed.
_opencapf_opencapf_setup_words() { mapfile -t COMPREPLY < <(compgen -W "$1" -- "$word"); }

# _opencapf_opencapf_setup_paths -f|-d: files, or directories.
_opencapf_opencapf_setup_paths() {
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen "$1" -- "$word")
}

_opencapf_opencapf_setup() {
    local word=${COMP_WORDS[COMP_CWORD]} before='' command='' given i arguments=0
    [ "$COMP_CWORD" -lt 1 ] || before=${COMP_WORDS[COMP_CWORD - 1]}
    # Bash makes three words of --option=value.
    if [ "$word" = '=' ]; then
        word=''
    elif [ "$before" = '=' ] && [ "$COMP_CWORD" -gt 1 ]; then
        before=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    # Which command is meant: the words so far, without options and their values.
    for ((i = 1; i < COMP_CWORD; i++)); do
        given=${COMP_WORDS[i]}
        case $given in
            --account | --ca-certificate | --ca-host | --ca-port | --ces-host | --domain | --netbios | --password-file | --root | --template) [ "${COMP_WORDS[i + 1]:-}" != '=' ] || i=$((i + 1)); i=$((i + 1)) ;;
            -*) ;;
            *)
                case "$command $given" in
                    ' simulator' | ' adcs') command="$command $given"; arguments=0 ;;
                    *) arguments=$((arguments + 1)) ;;
                esac
                ;;
        esac
    done
    COMPREPLY=()
    # The value of an option.
    case "$command:$before" in
        ' simulator:--domain') :; return ;;
        ' simulator:--netbios') :; return ;;
        ' simulator:--account') :; return ;;
        ' simulator:--template') :; return ;;
        ' simulator:--root') _opencapf_opencapf_setup_paths -d; return ;;
        ' adcs:--ca-host') :; return ;;
        ' adcs:--ca-port') :; return ;;
        ' adcs:--password-file') _opencapf_opencapf_setup_paths -f; return ;;
        ' adcs:--ca-certificate') _opencapf_opencapf_setup_paths -f; return ;;
        ' adcs:--ces-host') :; return ;;
        ' adcs:--account') :; return ;;
        ' adcs:--template') :; return ;;
        ' adcs:--root') _opencapf_opencapf_setup_paths -d; return ;;
    esac
    # Options, subcommands, arguments.
    case "$command" in
        '')
            case $word in
                -*) _opencapf_opencapf_setup_words '-h --help' ;;
                *) _opencapf_opencapf_setup_words 'simulator adcs' ;;
            esac
            ;;
        ' simulator')
            case $word in
                -*) _opencapf_opencapf_setup_words '--domain --netbios --account --template --root --force --no-resolve --no-start' ;;
                *) _opencapf_opencapf_setup_words '--domain --netbios --account --template --root --force --no-resolve --no-start' ;;
            esac
            ;;
        ' adcs')
            case $word in
                -*) _opencapf_opencapf_setup_words '--ca-host --ca-port --password-file --ca-certificate --ces-host --account --template --root --force --no-resolve --no-start' ;;
                *) _opencapf_opencapf_setup_words '--ca-host --ca-port --password-file --ca-certificate --ces-host --account --template --root --force --no-resolve --no-start' ;;
            esac
            ;;
    esac
}
complete -F _opencapf_opencapf_setup opencapf-setup
