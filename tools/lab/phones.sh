# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Phones: add and arm them through capfctl, enrol them with phone-sim, show what the logs say.

capfctl() { "$LAB_BIN_DIR/capfctl" --socket "$LAB_DIR/run/capfd.sock" "$@"; }

phone_random_name() { printf 'SEP0200%s' "$(openssl rand -hex 4 | tr 'a-f' 'A-F')"; }

cmd_enroll() {
    local name='' profile=v3 auth=null
    while [ $# -gt 0 ]; do
        case $1 in
            --string | --lsc | --mic) auth=${1#--} ;;
            --profile)
                [ $# -gt 1 ] || die 2 "--profile needs v3, jabber or 7900"
                profile=$2
                shift
                ;;
            -*) die 2 "'enroll' does not know $1; see ./lab help" ;;
            *)
                [ -z "$name" ] || die 2 "'enroll' takes one name"
                name=$1
                ;;
        esac
        shift
    done
    require_lab
    [ -n "$(daemon_pid capfd)" ] || die 1 "capfd does not run: ./lab up"
    phone_enroll "${name:-$(phone_random_name)}" "$profile" "$auth"
}

auth_text() {
    case $1 in
        null) echo "null string" ;;
        string) echo "authentication string" ;;
        lsc) echo "existing certificate, LSC first" ;;
        mic) echo "existing certificate, MIC first" ;;
    esac
}

# phone_enroll NAME PROFILE null|string|lsc|mic [MARKS]: MARKS say from where on the logs are shown afterwards.
phone_enroll() {
    local name=$1 profile=$2 auth=$3 marks=${4:-} store
    [[ $name =~ ^[A-Za-z0-9._-]{1,128}$ ]] || die 2 "'$name' is no device name (letters, digits, dot, dash, underscore)"
    local -a arm=(device arm "$name" --operation install --auth "$auth")
    local -a phone=(run "$name" --capf "127.0.0.1:$LAB_CAPF_PORT" --trust "$LAB_DIR/pki/capf.pem" --profile "$profile")
    store=$LAB_DIR/phones/$name
    mkdir -p "$store"
    phone+=(--store "$store" --log "$LAB_DIR/log/phone.log")
    if [ "$auth" = string ]; then
        # Ten digits, in a file: arguments are for everybody who can run ps.
        (umask 077 && printf '%010d\n' "0x$(openssl rand -hex 4)" >"$LAB_DIR/secrets/$name.string")
        arm+=(--string-file "$LAB_DIR/secrets/$name.string")
        phone+=(--auth-string-file "$LAB_DIR/secrets/$name.string")
    fi
    case $auth in lsc | mic) phone+=(--auth "$auth") ;; esac
    if [ "$auth" = mic ]; then
        "$LAB_BIN_DIR/phone-sim" mic "$name" --ca-cert "$LAB_DIR/pki/manufacturing-ca.pem" \
            --ca-key "$LAB_DIR/pki/manufacturing-ca.key" --store "$store" >/dev/null ||
            die 1 "phone-sim cannot make a MIC for $name"
    fi
    say "arming $name: install a certificate, authentication by $(auth_text "$auth")"
    if ! capfctl device show "$name" >/dev/null 2>&1; then
        capfctl device add "$name" || die 1 "capfctl cannot add $name"
    fi
    capfctl "${arm[@]}" || die 1 "capfctl cannot arm $name"
    [ -n "$marks" ] || marks=$(logs_run --mark)
    say "enrolling $name as a phone of profile $profile"
    if ! "$LAB_BIN_DIR/phone-sim" "${phone[@]}"; then
        logs_merge "$marks" "$name" >&2
        die 1 "$name got no certificate; the logs above say why (all of them: ./lab logs)"
    fi
    phone_show_certificate "$name"
    say "what the four logs say about it, merged by time"
    logs_merge "$marks" ''
}

phone_show_certificate() {
    local name=$1
    capfctl lsc export "$name" >"$LAB_DIR/phones/$name/exported.pem" || die 1 "capfctl cannot export the LSC of $name"
    openssl verify -CAfile "$LAB_DIR/pki/root.pem" -untrusted "$LAB_DIR/pki/ca.pem" "$LAB_DIR/phones/$name/exported.pem" >/dev/null ||
        die 1 "the LSC of $name does not verify against $LAB_DIR/pki/root.pem"
    say "the certificate of $name, verified against the enterprise root: phones/$name/exported.pem"
    openssl x509 -in "$LAB_DIR/phones/$name/exported.pem" -noout -subject -issuer -serial -dates \
        -ext keyUsage,extendedKeyUsage,subjectKeyIdentifier,authorityKeyIdentifier,authorityInfoAccess | sed 's/^/    /'
}

phones_status() {
    [ -n "$(daemon_pid capfd)" ] || return 0
    say "devices"
    capfctl device list | sed 's/^/    /'
}

logs_run() {
    python3 "$LAB_SOURCE/tools/lab/merge_logs.py" --capf "$LAB_DIR/log/capf.log" --ciscora "$LAB_DIR/log/ciscora.log" \
        --error "$LAB_DIR/log/error.log" --iis "$LAB_DIR/log/W3SVC1" "$@"
}

logs_merge() {
    local -a arguments=()
    [ "$1" = all ] || arguments+=(--from "$1")
    [ -z "$2" ] || arguments+=(--device "$2")
    logs_run "${arguments[@]}"
}

cmd_logs() {
    [ $# -le 1 ] || die 2 "'logs' takes at most one device name"
    require_lab
    logs_merge all "${1:-}"
}
