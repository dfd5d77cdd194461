# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Installs the Debian packages of tools/packages.txt that are missing.

packages_missing() {
    local wanted=" $* " name set
    local -a names=()
    while read -r name set; do
        case $name in '' | '#'*) continue ;; esac
        case $wanted in *" $set "*) names+=("$name") ;; esac
    done <"$LAB_SOURCE/tools/packages.txt"
    local installed
    # dpkg-query leaves unknown names out and says so on stderr: exactly what is wanted here.
    installed=$(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' "${names[@]}" 2>/dev/null || true)
    for name in "${names[@]}"; do
        grep -qx "ii  $name" <<<"$installed" || printf '%s\n' "$name"
    done
}

packages_install() {
    [ -z "${LAB_BIN:-}" ] || return 0
    command -v dpkg-query >/dev/null || die 1 "this is not Debian: install what tools/packages.txt names, then set LAB_BIN"
    local -a missing root=()
    mapfile -t missing < <(packages_missing "$@")
    [ ${#missing[@]} -gt 0 ] || return 0
    say "installing ${#missing[@]} Debian packages: ${missing[*]}"
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null ||
            die 1 "sudo is not there; as root run: apt-get install --no-install-recommends ${missing[*]}"
        root=(sudo)
    fi
    "${root[@]}" apt-get update -qq || die 1 "apt-get update failed; is the network there?"
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" \
        >/dev/null || die 1 "apt-get could not install: ${missing[*]} (Debian 12 is expected, see tools/packages.txt)"
}
