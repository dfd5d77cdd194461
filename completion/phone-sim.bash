# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Bash completion of phone-sim. Made by ./lab docs from what the program says about itself: do not edit.

# _opencapf_phone_sim_words WORDS: those that begin with what is typed.
_opencapf_phone_sim_words() { mapfile -t COMPREPLY < <(compgen -W "$1" -- "$word"); }

# _opencapf_phone_sim_paths -f|-d: files, or directories.
_opencapf_phone_sim_paths() {
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen "$1" -- "$word")
}

_opencapf_phone_sim() {
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
            --auth | --auth-string | --auth-string-file | --ca-cert | --ca-key | --capf | --count | --days | --fault | --for | --itl | --key-delay | --keys | --log | --log-max-mb | --mic-cert | --mic-key | --model | --out | --parallel | --poll | --prefix | --profile | --rate | --retries | --retry-interval | --store | --timeout | --tls-key-log | --tls-max | --trust | --type) [ "${COMP_WORDS[i + 1]:-}" != '=' ] || i=$((i + 1)); i=$((i + 1)) ;;
            -*) ;;
            *)
                case "$command $given" in
                    ' run' | ' fleet' | ' keys' | ' mic') command="$command $given"; arguments=0 ;;
                    *) arguments=$((arguments + 1)) ;;
                esac
                ;;
        esac
    done
    COMPREPLY=()
    # The value of an option.
    case "$command:$before" in
        ' run:--capf') :; return ;;
        ' run:--trust') _opencapf_phone_sim_paths -f; return ;;
        ' run:--store') _opencapf_phone_sim_paths -d; return ;;
        ' run:--profile') _opencapf_phone_sim_words 'v3 jabber 7900'; return ;;
        ' run:--auth') _opencapf_phone_sim_words 'null string lsc mic'; return ;;
        ' run:--auth-string-file') _opencapf_phone_sim_paths -f; return ;;
        ' run:--auth-string') :; return ;;
        ' run:--timeout') :; return ;;
        ' run:--retries') :; return ;;
        ' run:--retry-interval') :; return ;;
        ' run:--key-delay') :; return ;;
        ' run:--tls-max') _opencapf_phone_sim_words '1.0 1.1 1.2 1.3'; return ;;
        ' run:--tls-key-log') _opencapf_phone_sim_paths -f; return ;;
        ' run:--log') _opencapf_phone_sim_paths -f; return ;;
        ' run:--log-max-mb') :; return ;;
        ' run:--keys') :; return ;;
        ' run:--fault') :; return ;;
        ' run:--itl') _opencapf_phone_sim_paths -f; return ;;
        ' run:--mic-key') _opencapf_phone_sim_paths -f; return ;;
        ' run:--mic-cert') _opencapf_phone_sim_paths -f; return ;;
        ' fleet:--capf') :; return ;;
        ' fleet:--trust') _opencapf_phone_sim_paths -f; return ;;
        ' fleet:--store') _opencapf_phone_sim_paths -d; return ;;
        ' fleet:--profile') _opencapf_phone_sim_words 'v3 jabber 7900'; return ;;
        ' fleet:--auth') _opencapf_phone_sim_words 'null string lsc mic'; return ;;
        ' fleet:--auth-string-file') _opencapf_phone_sim_paths -f; return ;;
        ' fleet:--auth-string') :; return ;;
        ' fleet:--timeout') :; return ;;
        ' fleet:--retries') :; return ;;
        ' fleet:--retry-interval') :; return ;;
        ' fleet:--key-delay') :; return ;;
        ' fleet:--tls-max') _opencapf_phone_sim_words '1.0 1.1 1.2 1.3'; return ;;
        ' fleet:--tls-key-log') _opencapf_phone_sim_paths -f; return ;;
        ' fleet:--log') _opencapf_phone_sim_paths -f; return ;;
        ' fleet:--log-max-mb') :; return ;;
        ' fleet:--keys') :; return ;;
        ' fleet:--fault') :; return ;;
        ' fleet:--count') :; return ;;
        ' fleet:--prefix') :; return ;;
        ' fleet:--parallel') :; return ;;
        ' fleet:--rate') :; return ;;
        ' fleet:--poll') :; return ;;
        ' fleet:--for') :; return ;;
        ' keys:--count') :; return ;;
        ' keys:--type') _opencapf_phone_sim_words 'rsa-512 rsa-1024 rsa-2048 rsa-3072 rsa-4096 ec-256 ec-384 ec-521'; return ;;
        ' keys:--out') _opencapf_phone_sim_paths -d; return ;;
        ' mic:--count') :; return ;;
        ' mic:--prefix') :; return ;;
        ' mic:--ca-cert') _opencapf_phone_sim_paths -f; return ;;
        ' mic:--ca-key') _opencapf_phone_sim_paths -f; return ;;
        ' mic:--store') _opencapf_phone_sim_paths -d; return ;;
        ' mic:--type') _opencapf_phone_sim_words 'rsa-512 rsa-1024 rsa-2048 rsa-3072 rsa-4096 ec-256 ec-384 ec-521'; return ;;
        ' mic:--keys') :; return ;;
        ' mic:--model') :; return ;;
        ' mic:--days') :; return ;;
    esac
    # Options, subcommands, arguments.
    case "$command" in
        '')
            case $word in
                -*) _opencapf_phone_sim_words '-h --help --version' ;;
                *) _opencapf_phone_sim_words 'run fleet keys mic' ;;
            esac
            ;;
        ' run')
            case $word in
                -*) _opencapf_phone_sim_words '-h --help --capf --trust --store --profile --auth --auth-string-file --auth-string --sudi --timeout --retries --retry-interval --key-delay --tls-max --tls-key-log --log --log-max-mb --keys --fault --json --itl --mic-key --mic-cert' ;;
                *) : ;;
            esac
            ;;
        ' fleet')
            case $word in
                -*) _opencapf_phone_sim_words '-h --help --capf --trust --store --profile --auth --auth-string-file --auth-string --sudi --timeout --retries --retry-interval --key-delay --tls-max --tls-key-log --log --log-max-mb --keys --fault --json --count --prefix --parallel --rate --poll --for --pregenerate-keys --list-names' ;;
                *) _opencapf_phone_sim_words '-h --help --capf --trust --store --profile --auth --auth-string-file --auth-string --sudi --timeout --retries --retry-interval --key-delay --tls-max --tls-key-log --log --log-max-mb --keys --fault --json --count --prefix --parallel --rate --poll --for --pregenerate-keys --list-names' ;;
            esac
            ;;
        ' keys')
            case $word in
                -*) _opencapf_phone_sim_words '-h --help --count --type --out' ;;
                *) _opencapf_phone_sim_words '-h --help --count --type --out' ;;
            esac
            ;;
        ' mic')
            case $word in
                -*) _opencapf_phone_sim_words '-h --help --count --prefix --ca-cert --ca-key --store --type --keys --model --days' ;;
                *) : ;;
            esac
            ;;
    esac
}
complete -F _opencapf_phone_sim phone-sim
