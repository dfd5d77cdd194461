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
            --auth | --before | --by | --bytes | --capf | --ccm | --certificate | --columns | --count | --csv | --directory | --ec | --file | --format | --html | --key | --key-order | --kind | --limit | --logs | --max-concurrent | --model | --name | --names-file | --operation | --password-file | --per-minute | --phase | --reason | --requester | --rsa | --seconds | --signer-cert | --signer-function | --signer-key | --since | --socket | --stage | --state | --string | --string-file | --subject | --targets | --template | --token | --tvs | --url | --what | --where | --which | --window) [ "${COMP_WORDS[i + 1]:-}" != '=' ] || i=$((i + 1)); i=$((i + 1)) ;;
            -*) ;;
            *)
                case "$command $given" in
                    ' device' | ' device add' | ' device list' | ' device find' | ' device show' | ' device remove' | ' device arm' | ' lsc' | ' lsc export' | ' profile' | ' profile add' | ' profile list' | ' profile show' | ' profile arm' | ' profile remove' | ' report' | ' report lsc' | ' stale-lsc' | ' stale-lsc list' | ' stale-lsc delete' | ' csr' | ' csr list' | ' csr count' | ' csr dump' | ' csr delete' | ' cert' | ' cert import' | ' parameter' | ' parameter list' | ' parameter show' | ' renewal' | ' renewal status' | ' renewal list' | ' renewal now' | ' renewal exclude' | ' renewal include' | ' alarm' | ' alarm list' | ' bulk' | ' bulk arm' | ' bulk list' | ' bulk show' | ' bulk pause' | ' bulk resume' | ' bulk cancel' | ' ca' | ' ca list' | ' ca view' | ' ca approve' | ' ca deny' | ' ca revoke' | ' ca unrevoke' | ' ca certificates' | ' ca renew' | ' ca import' | ' ca crls' | ' ca publish-crl' | ' ca backup' | ' ca restore' | ' ca template' | ' ca template list' | ' ca template show' | ' ca template set' | ' ca template reset' | ' ca template remove' | ' ca account' | ' ca account list' | ' ca account set' | ' ca account remove' | ' ca account reset' | ' ca account unlock' | ' ca fault' | ' ca fault set' | ' ca fault list' | ' ca fault clear' | ' ces' | ' ces status' | ' ces reload' | ' ces ca' | ' ces requests' | ' ces forget' | ' daemon' | ' daemon status' | ' daemon reload' | ' daemon log-level' | ' doctor' | ' trace' | ' axl' | ' axl hash' | ' itl' | ' itl create' | ' itl show') command="$command $given"; arguments=0 ;;
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
        ' device find:--where') :; return ;;
        ' device find:--format') _opencapf_capfctl_words 'table csv json'; return ;;
        ' device find:--columns') :; return ;;
        ' device find:--socket') _opencapf_capfctl_paths -f; return ;;
        ' device show:--socket') _opencapf_capfctl_paths -f; return ;;
        ' device remove:--socket') _opencapf_capfctl_paths -f; return ;;
        ' device arm:--names-file') _opencapf_capfctl_paths -f; return ;;
        ' device arm:--operation') _opencapf_capfctl_words 'install delete troubleshoot none'; return ;;
        ' device arm:--auth') _opencapf_capfctl_words 'null string lsc mic'; return ;;
        ' device arm:--string') :; return ;;
        ' device arm:--string-file') _opencapf_capfctl_paths -f; return ;;
        ' device arm:--key-order') _opencapf_capfctl_words 'rsa ec ec-preferred'; return ;;
        ' device arm:--rsa') _opencapf_capfctl_words '512 1024 2048 3072 4096'; return ;;
        ' device arm:--ec') _opencapf_capfctl_words '256 384 521'; return ;;
        ' device arm:--by') :; return ;;
        ' device arm:--socket') _opencapf_capfctl_paths -f; return ;;
        ' lsc:--socket') _opencapf_capfctl_paths -f; return ;;
        ' lsc export:--where') :; return ;;
        ' lsc export:--what') _opencapf_capfctl_words 'lsc fetched-lsc fetched-mic'; return ;;
        ' lsc export:--directory') _opencapf_capfctl_paths -d; return ;;
        ' lsc export:--socket') _opencapf_capfctl_paths -f; return ;;
        ' profile:--socket') _opencapf_capfctl_paths -f; return ;;
        ' profile add:--kind') _opencapf_capfctl_words 'application end-user'; return ;;
        ' profile add:--socket') _opencapf_capfctl_paths -f; return ;;
        ' profile list:--where') :; return ;;
        ' profile list:--socket') _opencapf_capfctl_paths -f; return ;;
        ' profile show:--socket') _opencapf_capfctl_paths -f; return ;;
        ' profile arm:--operation') _opencapf_capfctl_words 'install none'; return ;;
        ' profile arm:--string-file') _opencapf_capfctl_paths -f; return ;;
        ' profile arm:--key-order') _opencapf_capfctl_words 'rsa ec ec-preferred'; return ;;
        ' profile arm:--rsa') _opencapf_capfctl_words '512 1024 2048 3072 4096'; return ;;
        ' profile arm:--ec') _opencapf_capfctl_words '256 384 521'; return ;;
        ' profile arm:--by') :; return ;;
        ' profile arm:--socket') _opencapf_capfctl_paths -f; return ;;
        ' profile remove:--socket') _opencapf_capfctl_paths -f; return ;;
        ' report:--socket') _opencapf_capfctl_paths -f; return ;;
        ' report lsc:--where') :; return ;;
        ' report lsc:--socket') _opencapf_capfctl_paths -f; return ;;
        ' stale-lsc:--socket') _opencapf_capfctl_paths -f; return ;;
        ' stale-lsc list:--socket') _opencapf_capfctl_paths -f; return ;;
        ' stale-lsc delete:--socket') _opencapf_capfctl_paths -f; return ;;
        ' csr:--socket') _opencapf_capfctl_paths -f; return ;;
        ' csr list:--socket') _opencapf_capfctl_paths -f; return ;;
        ' csr count:--socket') _opencapf_capfctl_paths -f; return ;;
        ' csr dump:--socket') _opencapf_capfctl_paths -f; return ;;
        ' csr delete:--socket') _opencapf_capfctl_paths -f; return ;;
        ' cert:--socket') _opencapf_capfctl_paths -f; return ;;
        ' cert import:--socket') _opencapf_capfctl_paths -f; return ;;
        ' parameter:--socket') _opencapf_capfctl_paths -f; return ;;
        ' parameter list:--socket') _opencapf_capfctl_paths -f; return ;;
        ' parameter show:--socket') _opencapf_capfctl_paths -f; return ;;
        ' renewal:--socket') _opencapf_capfctl_paths -f; return ;;
        ' renewal status:--socket') _opencapf_capfctl_paths -f; return ;;
        ' renewal list:--which') _opencapf_capfctl_words 'all due armed failing excluded'; return ;;
        ' renewal list:--socket') _opencapf_capfctl_paths -f; return ;;
        ' renewal now:--socket') _opencapf_capfctl_paths -f; return ;;
        ' renewal exclude:--socket') _opencapf_capfctl_paths -f; return ;;
        ' renewal include:--socket') _opencapf_capfctl_paths -f; return ;;
        ' alarm:--socket') _opencapf_capfctl_paths -f; return ;;
        ' alarm list:--socket') _opencapf_capfctl_paths -f; return ;;
        ' bulk:--socket') _opencapf_capfctl_paths -f; return ;;
        ' bulk arm:--where') :; return ;;
        ' bulk arm:--csv') _opencapf_capfctl_paths -f; return ;;
        ' bulk arm:--operation') _opencapf_capfctl_words 'install delete troubleshoot none'; return ;;
        ' bulk arm:--auth') _opencapf_capfctl_words 'null string lsc mic'; return ;;
        ' bulk arm:--string') :; return ;;
        ' bulk arm:--string-file') _opencapf_capfctl_paths -f; return ;;
        ' bulk arm:--key-order') _opencapf_capfctl_words 'rsa ec ec-preferred'; return ;;
        ' bulk arm:--rsa') _opencapf_capfctl_words '512 1024 2048 3072 4096'; return ;;
        ' bulk arm:--ec') _opencapf_capfctl_words '256 384 521'; return ;;
        ' bulk arm:--by') :; return ;;
        ' bulk arm:--max-concurrent') :; return ;;
        ' bulk arm:--per-minute') :; return ;;
        ' bulk arm:--window') :; return ;;
        ' bulk arm:--name') :; return ;;
        ' bulk arm:--socket') _opencapf_capfctl_paths -f; return ;;
        ' bulk list:--socket') _opencapf_capfctl_paths -f; return ;;
        ' bulk show:--targets') _opencapf_capfctl_words 'all waiting armed done failed'; return ;;
        ' bulk show:--socket') _opencapf_capfctl_paths -f; return ;;
        ' bulk pause:--socket') _opencapf_capfctl_paths -f; return ;;
        ' bulk resume:--socket') _opencapf_capfctl_paths -f; return ;;
        ' bulk cancel:--socket') _opencapf_capfctl_paths -f; return ;;
        ' ca:--socket') _opencapf_capfctl_paths -f; return ;;
        ' ca list:--state') _opencapf_capfctl_words 'issued revoked pending denied failed signing'; return ;;
        ' ca list:--requester') :; return ;;
        ' ca list:--template') :; return ;;
        ' ca list:--subject') :; return ;;
        ' ca list:--limit') :; return ;;
        ' ca list:--before') :; return ;;
        ' ca list:--socket') _opencapf_capfctl_paths -f; return ;;
        ' ca view:--socket') _opencapf_capfctl_paths -f; return ;;
        ' ca approve:--socket') _opencapf_capfctl_paths -f; return ;;
        ' ca deny:--socket') _opencapf_capfctl_paths -f; return ;;
        ' ca revoke:--reason') _opencapf_capfctl_words 'aACompromise affiliationChanged cACompromise certificateHold cessationOfOperation keyCompromise privilegeWithdrawn superseded unspecified'; return ;;
        ' ca revoke:--socket') _opencapf_capfctl_paths -f; return ;;
        ' ca unrevoke:--socket') _opencapf_capfctl_paths -f; return ;;
        ' ca certificates:--socket') _opencapf_capfctl_paths -f; return ;;
        ' ca renew:--socket') _opencapf_capfctl_paths -f; return ;;
        ' ca import:--certificate') _opencapf_capfctl_paths -f; return ;;
        ' ca import:--key') _opencapf_capfctl_paths -f; return ;;
        ' ca import:--socket') _opencapf_capfctl_paths -f; return ;;
        ' ca crls:--socket') _opencapf_capfctl_paths -f; return ;;
        ' ca publish-crl:--socket') _opencapf_capfctl_paths -f; return ;;
        ' ca backup:--socket') _opencapf_capfctl_paths -f; return ;;
        ' ca restore:--socket') _opencapf_capfctl_paths -f; return ;;
        ' ca template:--socket') _opencapf_capfctl_paths -f; return ;;
        ' ca template list:--socket') _opencapf_capfctl_paths -f; return ;;
        ' ca template show:--socket') _opencapf_capfctl_paths -f; return ;;
        ' ca template set:--file') _opencapf_capfctl_paths -f; return ;;
        ' ca template set:--socket') _opencapf_capfctl_paths -f; return ;;
        ' ca template reset:--socket') _opencapf_capfctl_paths -f; return ;;
        ' ca template remove:--socket') _opencapf_capfctl_paths -f; return ;;
        ' ca account:--socket') _opencapf_capfctl_paths -f; return ;;
        ' ca account list:--socket') _opencapf_capfctl_paths -f; return ;;
        ' ca account set:--password-file') _opencapf_capfctl_paths -f; return ;;
        ' ca account set:--state') _opencapf_capfctl_words 'enabled disabled locked'; return ;;
        ' ca account set:--socket') _opencapf_capfctl_paths -f; return ;;
        ' ca account remove:--socket') _opencapf_capfctl_paths -f; return ;;
        ' ca account reset:--socket') _opencapf_capfctl_paths -f; return ;;
        ' ca account unlock:--socket') _opencapf_capfctl_paths -f; return ;;
        ' ca fault:--socket') _opencapf_capfctl_paths -f; return ;;
        ' ca fault set:--url') :; return ;;
        ' ca fault set:--phase') _opencapf_capfctl_words 'any connect login request'; return ;;
        ' ca fault set:--count') :; return ;;
        ' ca fault set:--seconds') :; return ;;
        ' ca fault set:--bytes') :; return ;;
        ' ca fault set:--template') :; return ;;
        ' ca fault set:--socket') _opencapf_capfctl_paths -f; return ;;
        ' ca fault list:--socket') _opencapf_capfctl_paths -f; return ;;
        ' ca fault clear:--socket') _opencapf_capfctl_paths -f; return ;;
        ' ces:--socket') _opencapf_capfctl_paths -f; return ;;
        ' ces status:--socket') _opencapf_capfctl_paths -f; return ;;
        ' ces reload:--socket') _opencapf_capfctl_paths -f; return ;;
        ' ces ca:--socket') _opencapf_capfctl_paths -f; return ;;
        ' ces requests:--stage') _opencapf_capfctl_words 'unanswered at-the-ca undelivered'; return ;;
        ' ces requests:--socket') _opencapf_capfctl_paths -f; return ;;
        ' ces forget:--socket') _opencapf_capfctl_paths -f; return ;;
        ' daemon:--socket') _opencapf_capfctl_paths -f; return ;;
        ' daemon status:--socket') _opencapf_capfctl_paths -f; return ;;
        ' daemon reload:--socket') _opencapf_capfctl_paths -f; return ;;
        ' daemon log-level:--socket') _opencapf_capfctl_paths -f; return ;;
        ' doctor:--logs') :; return ;;
        ' doctor:--socket') _opencapf_capfctl_paths -f; return ;;
        ' trace:--logs') :; return ;;
        ' trace:--since') :; return ;;
        ' trace:--html') _opencapf_capfctl_paths -f; return ;;
        ' trace:--socket') _opencapf_capfctl_paths -f; return ;;
        ' axl:--socket') _opencapf_capfctl_paths -f; return ;;
        ' axl hash:--socket') _opencapf_capfctl_paths -f; return ;;
        ' itl:--socket') _opencapf_capfctl_paths -f; return ;;
        ' itl create:--signer-cert') _opencapf_capfctl_paths -f; return ;;
        ' itl create:--signer-key') _opencapf_capfctl_paths -f; return ;;
        ' itl create:--signer-function') _opencapf_capfctl_words 'tftp ccm+tftp token'; return ;;
        ' itl create:--capf') _opencapf_capfctl_paths -f; return ;;
        ' itl create:--token') _opencapf_capfctl_paths -f; return ;;
        ' itl create:--ccm') _opencapf_capfctl_paths -f; return ;;
        ' itl create:--tvs') _opencapf_capfctl_paths -f; return ;;
        ' itl create:--socket') _opencapf_capfctl_paths -f; return ;;
        ' itl show:--socket') _opencapf_capfctl_paths -f; return ;;
    esac
    # Options, subcommands, arguments.
    case "$command" in
        '')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --version --socket --json' ;;
                *) _opencapf_capfctl_words 'device lsc profile report stale-lsc csr cert parameter renewal alarm bulk ca ces daemon doctor trace axl itl' ;;
            esac
            ;;
        ' device')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --socket --json' ;;
                *) _opencapf_capfctl_words 'add list find show remove arm' ;;
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
        ' device find')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --where --format --columns --count --socket --json' ;;
                *) _opencapf_capfctl_words '-h --help --where --format --columns --count --socket --json' ;;
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
                -*) _opencapf_capfctl_words '-h --help --names-file --operation --auth --string --string-file --generate-string --key-order --rsa --ec --by --socket --json' ;;
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
                -*) _opencapf_capfctl_words '-h --help --where --what --directory --der --socket --json' ;;
                *) : ;;
            esac
            ;;
        ' profile')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --socket --json' ;;
                *) _opencapf_capfctl_words 'add list show arm remove' ;;
            esac
            ;;
        ' profile add')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --kind --socket --json' ;;
                *) case $arguments in 0) : ;; 1) : ;; esac ;;
            esac
            ;;
        ' profile list')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --where --socket --json' ;;
                *) _opencapf_capfctl_words '-h --help --where --socket --json' ;;
            esac
            ;;
        ' profile show')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --socket --json' ;;
                *) : ;;
            esac
            ;;
        ' profile arm')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --operation --string-file --key-order --rsa --ec --by --socket --json' ;;
                *) : ;;
            esac
            ;;
        ' profile remove')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --socket --json' ;;
                *) : ;;
            esac
            ;;
        ' report')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --socket --json' ;;
                *) _opencapf_capfctl_words 'lsc' ;;
            esac
            ;;
        ' report lsc')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --where --socket --json' ;;
                *) _opencapf_capfctl_words '-h --help --where --socket --json' ;;
            esac
            ;;
        ' stale-lsc')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --socket --json' ;;
                *) _opencapf_capfctl_words 'list delete' ;;
            esac
            ;;
        ' stale-lsc list')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --socket --json' ;;
                *) _opencapf_capfctl_words '-h --help --socket --json' ;;
            esac
            ;;
        ' stale-lsc delete')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --all --socket --json' ;;
                *) : ;;
            esac
            ;;
        ' csr')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --socket --json' ;;
                *) _opencapf_capfctl_words 'list count dump delete' ;;
            esac
            ;;
        ' csr list')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --waiting --socket --json' ;;
                *) _opencapf_capfctl_words '-h --help --waiting --socket --json' ;;
            esac
            ;;
        ' csr count')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --socket --json' ;;
                *) _opencapf_capfctl_words '-h --help --socket --json' ;;
            esac
            ;;
        ' csr dump')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --waiting --der --socket --json' ;;
                *) : ;;
            esac
            ;;
        ' csr delete')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --all --socket --json' ;;
                *) : ;;
            esac
            ;;
        ' cert')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --socket --json' ;;
                *) _opencapf_capfctl_words 'import' ;;
            esac
            ;;
        ' cert import')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --socket --json' ;;
                *) _opencapf_capfctl_paths -f ;;
            esac
            ;;
        ' parameter')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --socket --json' ;;
                *) _opencapf_capfctl_words 'list show' ;;
            esac
            ;;
        ' parameter list')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --socket --json' ;;
                *) _opencapf_capfctl_words '-h --help --socket --json' ;;
            esac
            ;;
        ' parameter show')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --socket --json' ;;
                *) : ;;
            esac
            ;;
        ' renewal')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --socket --json' ;;
                *) _opencapf_capfctl_words 'status list now exclude include' ;;
            esac
            ;;
        ' renewal status')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --socket --json' ;;
                *) _opencapf_capfctl_words '-h --help --socket --json' ;;
            esac
            ;;
        ' renewal list')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --which --socket --json' ;;
                *) _opencapf_capfctl_words '-h --help --which --socket --json' ;;
            esac
            ;;
        ' renewal now')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --socket --json' ;;
                *) : ;;
            esac
            ;;
        ' renewal exclude')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --socket --json' ;;
                *) : ;;
            esac
            ;;
        ' renewal include')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --socket --json' ;;
                *) : ;;
            esac
            ;;
        ' alarm')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --socket --json' ;;
                *) _opencapf_capfctl_words 'list' ;;
            esac
            ;;
        ' alarm list')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --cleared --socket --json' ;;
                *) _opencapf_capfctl_words '-h --help --cleared --socket --json' ;;
            esac
            ;;
        ' bulk')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --socket --json' ;;
                *) _opencapf_capfctl_words 'arm list show pause resume cancel' ;;
            esac
            ;;
        ' bulk arm')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --where --csv --operation --auth --string --string-file --generate-string --key-order --rsa --ec --by --max-concurrent --per-minute --window --name --socket --json' ;;
                *) _opencapf_capfctl_words '-h --help --where --csv --operation --auth --string --string-file --generate-string --key-order --rsa --ec --by --max-concurrent --per-minute --window --name --socket --json' ;;
            esac
            ;;
        ' bulk list')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --socket --json' ;;
                *) _opencapf_capfctl_words '-h --help --socket --json' ;;
            esac
            ;;
        ' bulk show')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --targets --socket --json' ;;
                *) : ;;
            esac
            ;;
        ' bulk pause')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --socket --json' ;;
                *) : ;;
            esac
            ;;
        ' bulk resume')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --socket --json' ;;
                *) : ;;
            esac
            ;;
        ' bulk cancel')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --socket --json' ;;
                *) : ;;
            esac
            ;;
        ' ca')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --socket --json' ;;
                *) _opencapf_capfctl_words 'list view approve deny revoke unrevoke certificates renew import crls publish-crl backup restore template account fault' ;;
            esac
            ;;
        ' ca list')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --state --requester --template --subject --limit --before --socket --json' ;;
                *) _opencapf_capfctl_words '-h --help --state --requester --template --subject --limit --before --socket --json' ;;
            esac
            ;;
        ' ca view')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --pem --socket --json' ;;
                *) : ;;
            esac
            ;;
        ' ca approve')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --socket --json' ;;
                *) : ;;
            esac
            ;;
        ' ca deny')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --socket --json' ;;
                *) : ;;
            esac
            ;;
        ' ca revoke')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --reason --socket --json' ;;
                *) : ;;
            esac
            ;;
        ' ca unrevoke')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --socket --json' ;;
                *) : ;;
            esac
            ;;
        ' ca certificates')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --socket --json' ;;
                *) _opencapf_capfctl_words '-h --help --socket --json' ;;
            esac
            ;;
        ' ca renew')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --new-key --socket --json' ;;
                *) _opencapf_capfctl_words '-h --help --new-key --socket --json' ;;
            esac
            ;;
        ' ca import')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --certificate --key --socket --json' ;;
                *) _opencapf_capfctl_words '-h --help --certificate --key --socket --json' ;;
            esac
            ;;
        ' ca crls')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --socket --json' ;;
                *) _opencapf_capfctl_words '-h --help --socket --json' ;;
            esac
            ;;
        ' ca publish-crl')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --delta --socket --json' ;;
                *) _opencapf_capfctl_words '-h --help --delta --socket --json' ;;
            esac
            ;;
        ' ca backup')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --socket --json' ;;
                *) : ;;
            esac
            ;;
        ' ca restore')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --socket --json' ;;
                *) : ;;
            esac
            ;;
        ' ca template')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --socket --json' ;;
                *) _opencapf_capfctl_words 'list show set reset remove' ;;
            esac
            ;;
        ' ca template list')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --socket --json' ;;
                *) _opencapf_capfctl_words '-h --help --socket --json' ;;
            esac
            ;;
        ' ca template show')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --socket --json' ;;
                *) : ;;
            esac
            ;;
        ' ca template set')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --file --socket --json' ;;
                *) case $arguments in 0) : ;; 1) : ;; esac ;;
            esac
            ;;
        ' ca template reset')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --socket --json' ;;
                *) : ;;
            esac
            ;;
        ' ca template remove')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --socket --json' ;;
                *) : ;;
            esac
            ;;
        ' ca account')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --socket --json' ;;
                *) _opencapf_capfctl_words 'list set remove reset unlock' ;;
            esac
            ;;
        ' ca account list')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --socket --json' ;;
                *) _opencapf_capfctl_words '-h --help --socket --json' ;;
            esac
            ;;
        ' ca account set')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --password-file --state --socket --json' ;;
                *) : ;;
            esac
            ;;
        ' ca account remove')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --socket --json' ;;
                *) : ;;
            esac
            ;;
        ' ca account reset')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --socket --json' ;;
                *) : ;;
            esac
            ;;
        ' ca account unlock')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --socket --json' ;;
                *) : ;;
            esac
            ;;
        ' ca fault')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --socket --json' ;;
                *) _opencapf_capfctl_words 'set list clear' ;;
            esac
            ;;
        ' ca fault set')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --url --phase --count --seconds --bytes --template --socket --json' ;;
                *) _opencapf_capfctl_words 'delay delay-body close reset tls-self-signed tls-wrong-name tls-not-yet-valid tls-expired tls-incomplete-chain unauthorized forbidden server-error unavailable template-missing pending denied ca-down malformed-page other-language wrong-content-type wrong-key truncated-pkcs7' ;;
            esac
            ;;
        ' ca fault list')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --available --socket --json' ;;
                *) _opencapf_capfctl_words '-h --help --available --socket --json' ;;
            esac
            ;;
        ' ca fault clear')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --all --socket --json' ;;
                *) : ;;
            esac
            ;;
        ' ces')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --socket --json' ;;
                *) _opencapf_capfctl_words 'status reload ca requests forget' ;;
            esac
            ;;
        ' ces status')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --socket --json' ;;
                *) _opencapf_capfctl_words '-h --help --socket --json' ;;
            esac
            ;;
        ' ces reload')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --socket --json' ;;
                *) _opencapf_capfctl_words '-h --help --socket --json' ;;
            esac
            ;;
        ' ces ca')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --socket --json' ;;
                *) _opencapf_capfctl_words '-h --help --socket --json' ;;
            esac
            ;;
        ' ces requests')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --stage --socket --json' ;;
                *) _opencapf_capfctl_words '-h --help --stage --socket --json' ;;
            esac
            ;;
        ' ces forget')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --socket --json' ;;
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
        ' doctor')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --logs --live --enrol --socket --json' ;;
                *) : ;;
            esac
            ;;
        ' trace')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --logs --last --all --since --html --socket --json' ;;
                *) : ;;
            esac
            ;;
        ' axl')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --socket --json' ;;
                *) _opencapf_capfctl_words 'hash' ;;
            esac
            ;;
        ' axl hash')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --socket --json' ;;
                *) : ;;
            esac
            ;;
        ' itl')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --socket --json' ;;
                *) _opencapf_capfctl_words 'create show' ;;
            esac
            ;;
        ' itl create')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --signer-cert --signer-key --signer-function --capf --token --ccm --tvs --socket --json' ;;
                *) : ;;
            esac
            ;;
        ' itl show')
            case $word in
                -*) _opencapf_capfctl_words '-h --help --socket --json' ;;
                *) _opencapf_capfctl_paths -f ;;
            esac
            ;;
    esac
}
complete -F _opencapf_capfctl capfctl
