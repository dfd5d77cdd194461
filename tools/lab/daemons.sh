# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Configuration, start, readiness and stop of the three daemons. The CA comes first: cesd logs in to it at start, and
# capfd enrols through cesd.

LAB_DAEMONS=(ca-simd cesd capfd)

daemon_port() {
    case $1 in
        ca-simd) echo "$LAB_CA_PORT" ;;
        cesd) echo "$LAB_CES_PORT" ;;
        capfd) echo "$LAB_CAPF_PORT" ;;
    esac
}

daemon_port_setting() {
    case $1 in ca-simd) echo LAB_CA_PORT ;; cesd) echo LAB_CES_PORT ;; capfd) echo LAB_CAPF_PORT ;; esac
}

config_write() {
    local name
    mkdir -p "$LAB_DIR"/{etc,log/W3SVC1,run,var/spool,phones}
    chmod 700 "$LAB_DIR/run" "$LAB_DIR/var" "$LAB_DIR/etc"
    settings_save
    for name in "${LAB_DAEMONS[@]}"; do
        python3 "$LAB_SOURCE/tools/lab/make_config.py" "$LAB_SOURCE/config/$name.json" \
            "$LAB_SOURCE/config/lab/$name.json" "$LAB_DIR/etc/$name.json"
        "$LAB_BIN_DIR/$name" --config "$LAB_DIR/etc/$name.json" --check-config >"$LAB_DIR/run/$name.check" 2>&1 || {
            cat "$LAB_DIR/run/$name.check" >&2
            die 1 "$name refuses the configuration made from config/$name.json and config/lab/$name.json"
        }
    done
}

# Process id of a running daemon of this lab, or nothing. A recycled id is not taken for ours.
daemon_pid() {
    local pid
    [ -f "$LAB_DIR/run/$1.pid" ] || return 0
    pid=$(cat "$LAB_DIR/run/$1.pid")
    if { tr '\0' '\n' <"/proc/$pid/cmdline"; } 2>/dev/null | grep -qxF "$LAB_DIR/etc/$1.json"; then echo "$pid"; fi
}

port_answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# What a running daemon says of itself. Its admin socket is asked: a TLS handshake would leave lines in the legacy logs.
daemon_state() {
    local code=0
    "$LAB_BIN_DIR/capfctl" --socket "$LAB_DIR/run/$1.sock" daemon status "$1" >/dev/null 2>&1 || code=$?
    case $code in
        0) echo "answers" ;;
        1) echo "runs, but is not ready: capfctl daemon status $1 says why" ;;
        *) echo "runs, but does not answer; see log/$1.stderr" ;;
    esac
}

daemon_last_words() {
    printf 'last lines of %s:\n' "$LAB_DIR/log/$1.stderr" >&2
    tail -n 20 "$LAB_DIR/log/$1.stderr" >&2
}

daemon_start() {
    local name=$1 port pid tries told
    port=$(daemon_port "$name")
    pid=$(daemon_pid "$name")
    if [ -n "$pid" ]; then
        # A newer program or configuration is worth a restart; an old process would show yesterday's behaviour.
        if [ "$LAB_BIN_DIR/$name" -ot "$LAB_DIR/run/$name.pid" ] &&
            cmp -s "$LAB_DIR/etc/$name.json" "$LAB_DIR/run/$name.json"; then
            note "$name runs already (pid $pid, port $port)"
            return 0
        fi
        daemon_stop "$name"
    fi
    if port_answers "$port"; then
        die 1 "port $port is taken by another program; free it or choose another: $(daemon_port_setting "$name")=PORT ./lab up"
    fi
    cp "$LAB_DIR/etc/$name.json" "$LAB_DIR/run/$name.json"
    touch "$LAB_DIR/log/$name.stderr"
    told=$(stat -c %s "$LAB_DIR/log/$name.stderr")
    setsid "$LAB_BIN_DIR/$name" --config "$LAB_DIR/etc/$name.json" </dev/null >>"$LAB_DIR/log/$name.stderr" 2>&1 9>&- &
    pid=$!
    disown "$pid"
    echo "$pid" >"$LAB_DIR/run/$name.pid"
    for ((tries = 0; tries < 150; tries++)); do
        if ! kill -0 "$pid" 2>/dev/null; then
            daemon_last_words "$name"
            die 1 "$name ended while starting"
        fi
        # A daemon says so once its stores are open and its listener is bound; a probe would show in the legacy logs.
        if tail -c "+$((told + 1))" "$LAB_DIR/log/$name.stderr" | grep -q "$name .* is ready"; then
            note "$name listens on port $port (pid $pid)"
            return 0
        fi
        sleep 0.1
    done
    daemon_last_words "$name"
    die 1 "$name is not ready on port $port after 15 s (it still runs: ./lab down stops it)"
}

daemons_start() {
    local name
    say "starting the daemons on 127.0.0.1"
    for name in "${LAB_DAEMONS[@]}"; do daemon_start "$name"; done
}

daemon_stop() {
    local name=$1 pid tries
    pid=$(daemon_pid "$name")
    if [ -z "$pid" ]; then
        rm -f "$LAB_DIR/run/$name.pid"
        return 0
    fi
    kill -TERM "$pid" 2>/dev/null || true
    for ((tries = 0; tries < 150; tries++)); do
        [ -n "$(daemon_pid "$name")" ] || break
        sleep 0.1
    done
    if [ -n "$(daemon_pid "$name")" ]; then
        note "$name (pid $pid) does not stop; killing it"
        kill -KILL "$pid" 2>/dev/null || true
    else
        note "$name stopped"
    fi
    rm -f "$LAB_DIR/run/$name.pid"
}

cmd_down() {
    local index
    require_lab
    say "stopping the daemons of $LAB_DIR"
    for ((index = ${#LAB_DAEMONS[@]} - 1; index >= 0; index--)); do daemon_stop "${LAB_DAEMONS[index]}"; done
}

daemons_status() {
    local name pid port state
    require_lab
    say "lab in $LAB_DIR"
    for name in "${LAB_DAEMONS[@]}"; do
        pid=$(daemon_pid "$name")
        port=$(daemon_port "$name")
        if [ -z "$pid" ]; then
            state="does not run; ./lab up starts it"
        else
            state=$(daemon_state "$name")
        fi
        printf '    %-8s port %-6s pid %-8s %s\n' "$name" "$port" "${pid:--}" "$state"
    done
}

env_write() {
    local out=$LAB_DIR/env
    # The IIS log has a new file each UTC day, so that name is worked out when the file is sourced.
    cat >"$out.new" <<EOF_ENV
# Made by ./lab up. Source it: . $out
export LAB_DIR='$LAB_DIR'
export PATH='$LAB_BIN_DIR':"\$PATH"
export CAPF_ADDR='127.0.0.1:$LAB_CAPF_PORT'
export CES_URL='https://$LAB_CUCM_HOST:$LAB_CES_PORT/.well-known/est'
export CA_URL='https://$LAB_CA_HOST:$LAB_CA_PORT/certsrv'
export LAB_ROOT_CA='$LAB_DIR/pki/root.pem'
export CAPF_CERT='$LAB_DIR/pki/capf.pem'
export LAB_MIC_CA='$LAB_DIR/pki/manufacturing-ca.pem'
export LAB_MIC_CA_KEY='$LAB_DIR/pki/manufacturing-ca.key'
export CES_TRUST='$LAB_DIR/pki/ces-ca.pem'
export CA_USER='$LAB_NETBIOS\\$LAB_ACCOUNT'
export CA_PASSWORD_FILE='$LAB_DIR/secrets/ca-password'
export CA_TEMPLATE='$LAB_TEMPLATE'
export CAPF_LOG='$LAB_DIR/log/capf.log'
export CISCORA_LOG='$LAB_DIR/log/ciscora.log'
export ERROR_LOG='$LAB_DIR/log/error.log'
IIS_LOG='$LAB_DIR/log/W3SVC1/u_ex'\$(date -u +%y%m%d).log
export IIS_LOG
export CAPF_ADMIN_SOCKET='$LAB_DIR/run/capfd.sock'
export CES_ADMIN_SOCKET='$LAB_DIR/run/cesd.sock'
export CA_ADMIN_SOCKET='$LAB_DIR/run/ca-simd.sock'
# Loopback without /etc/hosts: curl --resolve "\$CES_RESOLVE" --resolve "\$CA_RESOLVE" ...
export CES_RESOLVE='$LAB_CUCM_HOST:$LAB_CES_PORT:127.0.0.1'
export CA_HTTP_URL='http://$LAB_CA_HOST:$LAB_CA_HTTP_PORT'
export CA_RESOLVE='$LAB_CA_HOST:$LAB_CA_PORT:127.0.0.1'
EOF_ENV
    mv "$out.new" "$out"
}
