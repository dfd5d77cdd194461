# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# `./lab test`: the checks of the sources, a build with warnings as errors, and every test.

cmd_test() {
    local -a filter=() sets=(build test)
    local long=no
    case ${1:-} in
        '') ;;
        --quick) filter=(-LE e2e) ;;
        --long)
            long=yes
            sets+=(long)
            ;;
        *) die 2 "'test' knows --quick and --long only" ;;
    esac
    unset LAB_BIN LAB_DIR
    packages_install "${sets[@]}"
    checks_run
    build_preset dev
    docs_check
    say "running the tests"
    (cd "$LAB_SOURCE" && ctest --preset dev -j "$(nproc)" "${filter[@]}") || die 1 "tests failed, see above"
    [ "$long" = no ] || system_tests_run
}

# EST clients of other people, and the ways people run it, for real: package, systemd, compose. One after the other, for
# each wants the machine.
system_tests_run() {
    package_build
    say "running the long tests"
    (cd "$LAB_SOURCE" && OPENCAPF_DEB=$LAB_DEB ctest --preset long) || die 1 "tests failed, see above"
}

checks_run() {
    local -a sources scripts
    say "checking the sources: layers, co_await rule, format, scripts"
    cd "$LAB_SOURCE" || die 1 "cannot enter $LAB_SOURCE"
    python3 -B tools/check_layers.py
    python3 -B tools/check_coawait.py
    python3 -B tools/check_est_ids.py
    mapfile -t sources < <(find include src tests -name '*.[ch]pp')
    clang-format --dry-run --Werror "${sources[@]}" || die 1 "run clang-format -i on the files named above"
    # Scripts are told by their first line: those without the suffix are commands.
    mapfile -t scripts < <(grep -rlIE '^(#!/bin/sh|#!/usr/bin/env bash|# shellcheck shell)' tools tests setup packaging docker .ci lab)
    shellcheck "${scripts[@]}" || die 1 "shellcheck found something, see above"
    python3 -B -m unittest discover -q -s tools/tests -p '*_test.py' || die 1 "the tests of tools/ failed, see above"
}
