# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# `./lab scenario`: every failure on demand, each in a lab of its own.

cmd_scenario() {
    if [ "${1:-}" = run ]; then
        packages_install build
        build_programs
    fi
    OPENCAPF_BIN=$LAB_BIN_DIR python3 -B "$LAB_SOURCE/tools/scenario/main.py" "$@"
}
