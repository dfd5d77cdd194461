# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Configures and builds one preset of CMakePresets.json.

LAB_PROGRAMS=(capfd cesd ca-simd phone-sim capfctl)

# A compiler of this tree needs up to 1.3 GB: rather fewer at a time than a machine that swaps.
build_jobs() {
    local cores memory_gb
    cores=$(nproc)
    memory_gb=$(awk '/^MemAvailable/ { print int($2 / 1300000) }' /proc/meminfo)
    [ "$memory_gb" -ge 1 ] || memory_gb=1
    echo "${LAB_JOBS:-$((cores < memory_gb ? cores : memory_gb))}"
}

build_preset() {
    local preset=$1 directory=$LAB_SOURCE/build/$1
    mkdir -p "$directory"
    if [ ! -f "$directory/build.ninja" ]; then
        say "configuring build/$preset"
        (cd "$LAB_SOURCE" && quietly "$directory/configure.log" cmake --preset "$preset")
    fi
    NINJA_STATUS='[%f/%t] ' ninja -C "$directory" -j "$(build_jobs)" >"$directory/build.log" 2>&1 &
    local ninja=$!
    # bash starts background jobs deaf to Ctrl-C.
    # shellcheck disable=SC2064
    trap "kill $ninja 2>/dev/null; exit 130" INT TERM
    build_progress "$directory" "$ninja"
    trap - INT TERM
    wait "$ninja" || {
        grep -v '^\[' "$directory/build.log" | tail -n 60 >&2
        die 1 "the build failed; all of its output is in $directory/build.log"
    }
}

# build_progress DIRECTORY PID: shows how far ninja is until it ends. Silent when there is nothing to build.
build_progress() {
    local directory=$1 pid=$2 now='' shown='' headed='' ticks=0 every=40
    if [ -t 1 ]; then every=2; fi
    while kill -0 "$pid" 2>/dev/null; do
        sleep 0.25
        ticks=$((ticks + 1))
        if [ -z "$headed" ] && [ "$ticks" -gt 12 ]; then
            headed=yes
            say "building $directory"
        fi
        if [ -z "$headed" ] || [ $((ticks % every)) -ne 0 ]; then continue; fi
        # Step 0 is ninja's own look at the folders, not work.
        now=$(grep -o '^\[[1-9][0-9]*/[0-9]*\]' "$directory/build.log" | tail -n 1 || true)
        if [ -z "$now" ] || [ "$now" = "$shown" ]; then continue; fi
        if [ -t 1 ]; then printf '\r    %s ' "$now"; else note "$now"; fi
        shown=$now
    done
    if [ -n "$shown" ] && [ -t 1 ]; then printf '\n'; fi
}

build_programs() {
    local program
    [ -n "${LAB_BIN:-}" ] || build_preset release
    for program in "${LAB_PROGRAMS[@]}"; do
        [ -x "$LAB_BIN_DIR/$program" ] || die 1 "$LAB_BIN_DIR/$program is missing; build it, or unset LAB_BIN"
    done
}
