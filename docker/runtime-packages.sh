#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# runtime-packages.sh PROGRAM...: the Debian packages that own the libraries these programs are linked to, one a line.
set -euo pipefail

declare -A packages=()
libraries=$(ldd "$@" | awk '$2 == "=>" && $3 ~ "^/" { print $3 }' | sort -u)
for library in $libraries; do
    # With merged /usr the loader says /lib where the package may say /usr/lib.
    real=$(realpath "$library")
    owner=$(dpkg-query -S "$real" 2>/dev/null || dpkg-query -S "${real#/usr}")
    packages[${owner%%:*}]=1
done
printf '%s\n' "${!packages[@]}" | sort
