# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Settings, messages, locks. Sourced by ./lab.

SETTINGS=(LAB_CAPF_PORT LAB_CES_PORT LAB_CA_PORT LAB_CA_HTTP_PORT LAB_PHONE LAB_DOMAIN LAB_NETBIOS LAB_ACCOUNT LAB_TEMPLATE LAB_CA)

say() { printf '\033[1m==>\033[0m %s\n' "$*" | plain_unless_tty; }
note() { printf '    %s\n' "$*"; }
die() {
    local code=$1
    shift
    printf 'lab: %s\n' "$*" >&2
    exit "$code"
}
plain_unless_tty() { if [ -t 1 ]; then cat; else sed 's/\x1b\[[0-9;]*m//g'; fi; }

# Environment first, then what the last `up` of this directory remembered, then the defaults.
settings_load() {
    LAB_DIR=${LAB_DIR:-$LAB_SOURCE/.lab}
    mkdir -p "$LAB_DIR" || die 1 "cannot make $LAB_DIR; set LAB_DIR to a directory you may write to"
    LAB_DIR=$(cd "$LAB_DIR" && pwd)
    # A Unix socket's path has at most 107 bytes, and the longest one here is run/ca-simd.sock.
    [ ${#LAB_DIR} -le 85 ] || die 1 "LAB_DIR is too long for Unix sockets (${#LAB_DIR} characters, at most 85): $LAB_DIR"
    local name value
    if [ -f "$LAB_DIR/settings" ]; then
        while IFS='=' read -r name value; do
            case " ${SETTINGS[*]} " in
                *" $name "*) [ -n "${!name:-}" ] || printf -v "$name" '%s' "$value" ;;
            esac
        done <"$LAB_DIR/settings"
    fi
    : "${LAB_CAPF_PORT:=3804}" "${LAB_CES_PORT:=8084}" "${LAB_CA_PORT:=8443}" "${LAB_PHONE:=SEP74A02FC0A675}"
    : "${LAB_DOMAIN:=example.test}" "${LAB_NETBIOS:=LAB}" "${LAB_ACCOUNT:=ciscora}" "${LAB_TEMPLATE:=CiscoRA}"
    : "${LAB_CA:=root}"
    case $LAB_CA in root | root-ec | issuing | issuing-ec) ;; *) die 2 "LAB_CA is '$LAB_CA', expected root, root-ec, issuing or issuing-ec" ;; esac
    : "${LAB_CA_HTTP_PORT:=$(spare_port $((LAB_CA_PORT + 37)))}"
    for name in LAB_CAPF_PORT LAB_CES_PORT LAB_CA_PORT LAB_CA_HTTP_PORT; do
        if ! [[ ${!name} =~ ^[1-9][0-9]{0,4}$ ]] || [ "${!name}" -gt 65535 ]; then
            die 2 "$name is '${!name}', expected a port number between 1 and 65535"
        fi
    done
    for name in LAB_PHONE LAB_DOMAIN LAB_NETBIOS LAB_ACCOUNT LAB_TEMPLATE; do
        [[ ${!name} =~ ^[A-Za-z0-9._-]+$ ]] || die 2 "$name is '${!name}', expected letters, digits, dot, dash, underscore"
    done
    LAB_CA_HOST=lab-dc.$LAB_DOMAIN
    LAB_CUCM_HOST=lab-cucm.$LAB_DOMAIN
    LAB_BIN_DIR=${LAB_BIN:-$LAB_SOURCE/build/release/bin}
    export LAB_DIR LAB_BIN_DIR LAB_CA_HOST LAB_CUCM_HOST "${SETTINGS[@]?}"
}

# The port when nobody listens on it, else one that is free: few care which port CRLs come from, so a second lab need
# not name one. It is remembered like every setting.
spare_port() {
    python3 - "$1" <<'END'
import socket
import sys
wanted = int(sys.argv[1])
for port in (wanted if wanted < 65536 else 0, 0):
    try:
        with socket.create_server(("127.0.0.1", port)) as held:
            print(held.getsockname()[1])
            break
    except OSError:
        continue
END
}

settings_save() {
    local name
    for name in "${SETTINGS[@]}"; do printf '%s=%s\n' "$name" "${!name}"; done >"$LAB_DIR/settings"
}

# One `up` at a time in a directory; the lock goes with this process.
lab_lock() {
    exec 9>"$LAB_DIR/lock"
    flock -n 9 || die 1 "another ./lab works in $LAB_DIR; wait for it, or set LAB_DIR"
}

require_lab() {
    [ -f "$LAB_DIR/env" ] || die 1 "there is no lab in $LAB_DIR yet: run ./lab up first"
}

# Runs a command with its output in a file; shows the end of it when the command fails.
quietly() {
    local log=$1
    shift
    if ! "$@" >"$log" 2>&1; then
        tail -n 40 "$log" >&2
        die 1 "'$*' failed; the whole output is in $log"
    fi
}
