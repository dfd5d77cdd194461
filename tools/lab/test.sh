# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# `./lab test`: the checks of the sources, a build with warnings as errors, and every test.

cmd_test() {
    local -a filter=()
    case ${1:-} in
        '') ;;
        --quick) filter=(-LE e2e) ;;
        *) die 2 "'test' knows --quick only" ;;
    esac
    unset LAB_BIN LAB_DIR
    packages_install build test
    checks_run
    build_preset dev
    docs_check
    say "running the tests"
    (cd "$LAB_SOURCE" && ctest --preset dev -j "$(nproc)" "${filter[@]}") || die 1 "tests failed, see above"
}

checks_run() {
    local -a sources scripts
    say "checking the sources: layers, co_await rule, format, scripts"
    cd "$LAB_SOURCE" || die 1 "cannot enter $LAB_SOURCE"
    python3 -B tools/check_layers.py
    python3 -B tools/check_coawait.py
    mapfile -t sources < <(find include src tests -name '*.[ch]pp')
    clang-format --dry-run --Werror "${sources[@]}" || die 1 "run clang-format -i on the files named above"
    mapfile -t scripts < <(find tools tests .ci -name '*.sh' -o -path .ci/run)
    shellcheck lab "${scripts[@]}" || die 1 "shellcheck found something, see above"
    python3 -B -m unittest discover -q -s tools/tests -p '*_test.py' || die 1 "the tests of tools/ failed, see above"
}
