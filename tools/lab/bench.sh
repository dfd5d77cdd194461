# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# `./lab bench`: the whole chain under load, next to the floor of the same machine.

bench_usage() {
    cat <<'TEXT'
usage: ./lab bench [--phones N] [--parallel N] [--profile v3|jabber|7900] [--json FILE]
       ./lab bench --est [--seconds N] [--clients N] [--durable]

  --phones N      how many phones enrol (200)
  --parallel N    how many at a time (all of them)
  --profile P     kind of phone (v3)
  --json FILE     write the figures there as well

Keys of the phones are made before the clock starts. Reported: enrolments per second, latency (p50, p99, histogram),
CPU milliseconds per enrolment of each daemon, and next to it the floor: the CPU time of the cryptography that the
daemons cannot avoid for one enrolment, measured in the same run with the lab's own certificates:

  phone -> capfd    one full TLS 1.3 handshake, server side
  capfd -> cesd     one full TLS 1.3 handshake, both sides, chain and host name verified
  cesd -> CA        one full TLS 1.3 handshake, both sides, chain and host name verified
  request           its signature verified twice (registration authority, CA)
  certificate       signed once by the CA, its chain checked once by capfd

ratio = CPU of the three daemons / floor.

--est measures cesd alone instead: simpleenroll a second with a CA that costs no time, P-256 keys, TLS 1.2, on new
connections and on kept ones, as JSON, next to the floor. docs/bench.md says more.
TEXT
}

cmd_bench() {
    local argument
    for argument in "$@"; do
        case $argument in -h | --help) bench_usage; return 0 ;; esac
    done
    packages_install build
    build_programs
    if [ "${1:-}" = --est ]; then
        shift
        [ -x "$LAB_BIN_DIR/est-bench" ] || die 1 "$LAB_BIN_DIR/est-bench is missing (CMake option OPENCAPF_BENCH)"
        "$LAB_BIN_DIR/est-bench" "$@"
        return
    fi
    [ -x "$LAB_BIN_DIR/crypto-floor" ] || die 1 "$LAB_BIN_DIR/crypto-floor is missing (CMake option OPENCAPF_BENCH)"
    lab_lock
    pki_make
    config_write
    env_write
    daemons_start
    say "measuring"
    python3 -B "$LAB_SOURCE/tools/lab/bench.py" "$@"
}
