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
    # ninja -n says whether there is anything to do, so that a second run stays silent.
    if (cd "$directory" && ninja -n 2>/dev/null | grep -q '^ninja: no work to do'); then return 0; fi
    say "building build/$preset"
    if [ -t 1 ]; then
        ninja -C "$directory" -j "$(build_jobs)" || die 1 "the build failed, see above"
    else
        # One line each twenty steps is enough for a log file.
        NINJA_STATUS='[%f/%t] ' ninja -C "$directory" -j "$(build_jobs)" >"$directory/build.log" 2>&1 &
        local pid=$! last='' line
        while kill -0 "$pid" 2>/dev/null; do
            sleep 5
            line=$(grep -o '^\[[0-9]*/[0-9]*\]' "$directory/build.log" | tail -n 1 || true)
            if [ -n "$line" ] && [ "$line" != "$last" ]; then note "$line"; fi
            last=$line
        done
        wait "$pid" || { grep -v '^\[' "$directory/build.log" | tail -n 60 >&2; die 1 "the build failed: $directory/build.log"; }
    fi
}

build_programs() {
    local program
    [ -n "${LAB_BIN:-}" ] || build_preset release
    for program in "${LAB_PROGRAMS[@]}"; do
        [ -x "$LAB_BIN_DIR/$program" ] || die 1 "$LAB_BIN_DIR/$program is missing; build it, or unset LAB_BIN"
    done
}
