# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Bash completion of capfctl. Made by ./lab docs from what the program says about itself: do not edit.

# _opencapf_capfctl_words WORDS: those that begin with what is typed.
_opencapf_capfctl_words() { mapfile -t COMPREPLY < <(compgen -W "$1" -- "$word"); }

# _opencapf_capfctl_paths -f|-d: files, or directories.
_opencapf_capfctl_paths() {
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen "$1" -- "$word")
}

_opencapf_capfctl() {
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
            --auth | --by | --key-order | --model | --names-file | --operation | --rsa | --socket | --string | --string-file) [ "${COMP_WORDS[i + 1]:-}" != '=' ] || i=$((i + 1)); i=$((i + 1)) ;;
            -*) ;;
            *)
                case "$command $given" in
                    ' device' | ' device add' | ' device list' | ' device show' | ' device remove' | ' device arm' | ' lsc' | ' lsc export' | ' daemon' | ' daemon status' | ' daemon reload' | ' daemon log-level') command="$command $given"; arguments=0 ;;
                    *) arguments=$((arguments + 1)) ;;
                esac
                ;;
        esac
    done
    COMPREPLY=()
    # The value of an option.
    case "$command:$before" in
        ':--socket') _opencapf_capfctl_paths -f; return ;;
        ' device:--socket') _opencapf_capfctl_paths -f; return ;;
        ' device add:--names-file') _opencapf_capfctl_paths -f; return ;;
        ' device add:--model') :; return ;;
        ' device add:--socket') _opencapf_capfctl_paths -f; return ;;
        ' device list:--socket') _opencapf_capfctl_paths -f; return ;;
        ' device show:--socket') _opencapf_capfctl_paths -f; return ;;
        ' device remove:--socket') _opencapf_capfctl_paths -f; return ;;
        ' device arm:--names-file') _opencapf_capfctl_paths -f; return ;;
        ' device arm:--operation') _opencapf_capfctl_words 'install none'; return ;;
        ' device arm:--auth') _opencapf_capfctl_words 'null string'; return ;;
        ' device arm:--string') :; return ;;
        ' device arm:--string-file') _opencapf_capfctl_paths -f; return ;;
        ' device arm:--key-order') _opencapf_capfctl_words 'rsa'; return ;;
        ' device arm:--rsa') _opencapf_capfctl_words '2048'; return ;;
        ' device arm:--by') :; return ;;
        ' device arm:--socket') _opencapf_capfctl_paths -f; return ;;
        ' lsc:--socket') _opencapf_capfctl_paths -f; return ;;
        ' lsc export:--socket') _opencapf_capfctl_paths -f; return ;;
        ' daemon:--socket') _opencapf_capfctl_paths -f; return ;;
        ' daemon status:--socket') _opencapf_capfctl_paths -f; return ;;
        ' daemon reload:--socket') _opencapf_capfctl_paths -f; return ;;
        ' daemon log-level:--socket') _opencapf_capfctl_paths -f; return ;;
    esac
    # Options, subcommands, arguments.
    case "$command" in
        '')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --version --socket --json' ;;
                *) _opencapf_capfctl_words 'device lsc daemon' ;;
            esac
            ;;
        ' device')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --socket --json' ;;
                *) _opencapf_capfctl_words 'add list show remove arm' ;;
            esac
            ;;
        ' device add')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --names-file --model --socket --json' ;;
                *) : ;;
            esac
            ;;
        ' device list')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --socket --json' ;;
                *) _opencapf_capfctl_words '-h --help --socket --json' ;;
            esac
            ;;
        ' device show')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --socket --json' ;;
                *) : ;;
            esac
            ;;
        ' device remove')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --socket --json' ;;
                *) : ;;
            esac
            ;;
        ' device arm')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --names-file --operation --auth --string --string-file --key-order --rsa --by --socket --json' ;;
                *) : ;;
            esac
            ;;
        ' lsc')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --socket --json' ;;
                *) _opencapf_capfctl_words 'export' ;;
            esac
            ;;
        ' lsc export')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --der --socket --json' ;;
                *) : ;;
            esac
            ;;
        ' daemon')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --socket --json' ;;
                *) _opencapf_capfctl_words 'status reload log-level' ;;
            esac
            ;;
        ' daemon status')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --socket --json' ;;
                *) _opencapf_capfctl_words 'capfd cesd ca-simd' ;;
            esac
            ;;
        ' daemon reload')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --socket --json' ;;
                *) _opencapf_capfctl_words 'capfd cesd ca-simd' ;;
            esac
            ;;
        ' daemon log-level')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --socket --json' ;;
                *) case $arguments in 0) _opencapf_capfctl_words 'capfd cesd ca-simd' ;; 1) _opencapf_capfctl_words 'error warning info debug' ;; esac ;;
            esac
            ;;
    esac
}
complete -F _opencapf_capfctl capfctl
