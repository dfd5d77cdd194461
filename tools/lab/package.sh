# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# `./lab package`: the Debian package, of the same programs the lab runs.

package_build() {
    local directory=$LAB_SOURCE/build/release
    packages_install build
    build_preset release
    say "making the Debian package"
    rm -f "$directory"/*.deb
    quietly "$directory/package.log" cmake --build "$directory" --target package
    LAB_DEB=$(echo "$directory"/*.deb)
}

cmd_package() {
    [ $# -eq 0 ] || die 2 "'package' takes no arguments"
    unset LAB_BIN
    package_build
    say "the package: $LAB_DEB"
    say "next: sudo apt install $LAB_DEB, then sudo opencapf-setup simulator"
}
