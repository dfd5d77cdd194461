# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# `./lab docs`: man pages, reference, shell completion and schemas from what the programs say about themselves.

docs_made() { python3 -B "$LAB_SOURCE/tools/docs/generate.py" "$@"; }

cmd_docs() {
    LAB_BIN_DIR=${LAB_BIN:-$LAB_SOURCE/build/release/bin}
    packages_install build
    build_programs
    say "making man pages, reference, completion and schemas"
    docs_made "$LAB_BIN_DIR"
}

# For `./lab test`: what later work adds to a program is documented, or it does not land.
docs_check() {
    say "checking that the documentation is what the programs say about themselves"
    docs_made "$LAB_SOURCE/build/dev/bin" --check || die 1 "run ./lab docs and commit what it writes"
}
