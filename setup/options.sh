# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# The command line of opencapf-setup, described once: parsing, --help and --describe read the same table.

SETUP_DESCRIPTION='Makes certificates, secrets and a first configuration for the daemons of OpenCAPF, and starts them.'

# MODES (s simulator, a adcs)|NAME|VALUE (empty: a flag)|DEFAULT|TEXT
SETUP_OPTIONS=(
    's|domain|DOMAIN|example.test|DNS domain of the simulated Active Directory; its hosts are lab-dc and lab-cucm'
    's|netbios|NAME|LAB|NetBIOS name of that domain'
    "a|ca-host|HOST||full name of the AD CS web server, as in its certificate, without https:// and /certsrv"
    'a|ca-port|PORT|443|HTTPS port of the AD CS web server'
    'a|password-file|FILE||file with the password of the account in its first line, not readable by others'
    'a|ca-certificate|FILE||certificate of the enterprise CA and its parents, PEM or DER: what may vouch for the web server'
    'a|ces-host|HOST||full name of this machine, for the certificates of cesd and CAPF (default: what hostname -f says)'
    's|account|NAME|ciscora|account of that domain that requests certificates'
    'a|account|ACCOUNT||account that requests certificates, DOMAIN\user'
    'sa|template|NAME|CiscoRA|real name (cn) of the certificate template'
    'sa|root|DIR|/etc/opencapf|directory of the configuration'
    'sa|force|||make the certificates again; phones must then trust the new CAPF certificate'
    'sa|no-resolve|||the names of the hosts can be looked up: write no loopback addresses for them'
    'sa|no-start|||leave systemd alone'
)
SETUP_MODES=(
    'simulator|with the simulated CA (ca-simd) on this machine'
    'adcs|with a real AD CS web enrolment server'
)
SETUP_EXITS=(
    '0|done'
    '1|failed; the message says why, and what was there before is unharmed'
    '2|wrong use of the command line, or a missing value and no terminal to ask at'
)

# options_of MODE: the rows of a mode, s or a.
options_of() {
    local row
    for row in "${SETUP_OPTIONS[@]}"; do
        case ${row%%|*} in *"$1"*) printf '%s\n' "$row" ;; esac
    done
}

options_usage() {
    local row name text letter option value default
    printf 'usage: opencapf-setup simulator|adcs [OPTION...]\n\n%s\n' "$SETUP_DESCRIPTION"
    printf 'What exists is kept. Values that are not given are those of the last time, then the defaults; what is still\n'
    printf 'missing is asked for on a terminal.\n'
    for row in "${SETUP_MODES[@]}"; do
        IFS='|' read -r name text <<<"$row"
        printf '\nopencapf-setup %s: %s\n' "$name" "$text"
        letter=${name:0:1}
        while IFS='|' read -r _ option value default text; do
            [ -z "$default" ] || text+=" ($default)"
            printf '  --%-24s %s\n' "$option${value:+ $value}" "$text"
        done < <(options_of "$letter")
    done
    printf '\nExit codes:\n'
    for row in "${SETUP_EXITS[@]}"; do printf '  %s  %s\n' "${row%%|*}" "${row#*|}"; done
}

# Stands for the values of the command line: option_NAME with _ for -.
options_parse() {
    local letter=$1 name option value default text known
    shift
    while [ $# -gt 0 ]; do
        name=${1#--}
        known=no
        while IFS='|' read -r _ option value default text; do
            [ "$1" = "--$option" ] || continue
            known=yes
            if [ -z "$value" ]; then
                printf -v "option_${name//-/_}" yes
            else
                [ $# -gt 1 ] || die 2 "--$option needs a value: $value"
                printf -v "option_${name//-/_}" '%s' "$2"
                shift
            fi
            break
        done < <(options_of "$letter")
        [ "$known" = yes ] || die 2 "unknown argument '$1'; opencapf-setup --help lists what there is"
        shift
    done
}

json_text() {
    local text=${1//\\/\\\\}
    printf '"%s"' "${text//\"/\\\"}"
}

# option_describe OPTION VALUE DEFAULT TEXT
option_describe() {
    local type=text
    case $2 in '') type=flag ;; FILE) type='file' ;; DIR) type=directory ;; PORT) type=integer ;; esac
    printf '{"names": ["--%s"], "type": "%s", "help": %s' "$1" "$type" "$(json_text "$4")"
    [ -z "$2" ] || printf ', "value_name": "%s"' "$2"
    [ -z "$3" ] || printf ', "default": %s' "$(json_text "$3")"
    printf '}'
}

# For tools/docs/generate.py, in the form of the other programs' --describe.
options_describe() {
    local row name text option value default comma
    printf '{"program": "opencapf-setup", "description": %s, "options": [%s], "subcommands": [' \
        "$(json_text "$SETUP_DESCRIPTION")" '{"names": ["-h", "--help"], "type": "flag", "help": "print help and exit"}'
    for row in "${SETUP_MODES[@]}"; do
        IFS='|' read -r name text <<<"$row"
        printf '%s{"name": "%s", "description": %s, "subcommands": [], "options": [' "${comma:-}" "$name" \
            "$(json_text "$text")"
        comma=''
        while IFS='|' read -r _ option value default text; do
            printf '%s%s' "$comma" "$(option_describe "$option" "$value" "$default" "$text")"
            comma=', '
        done < <(options_of "${name:0:1}")
        printf ']}'
        comma=', '
    done
    printf '], "exit_codes": ['
    comma=''
    for row in "${SETUP_EXITS[@]}"; do
        printf '%s{"code": %s, "meaning": %s}' "$comma" "${row%%|*}" "$(json_text "${row#*|}")"
        comma=', '
    done
    printf ']}\n'
}
