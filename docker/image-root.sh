#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# image-root.sh ROOT: turns an installed tree into what the image has: no documentation, no systemd, and a configuration
# whose changing parts are in /config, where docker-compose.yml mounts volumes.
set -euo pipefail
cd "$(dirname "$0")"
root=${1:?}
etc=$root/etc/opencapf
daemons=(capfd cesd ca-simd)

rm -rf "${root:?}"/{lib,etc/logrotate.d,usr/lib,usr/share/{doc,man,bash-completion,lintian}}
install -D -m 755 -t "$root/usr/lib/opencapf" phones scenario

# What opencapf-setup writes below --root /config is where the daemons look for it.
rm -rf "$etc"/{pki,private}
ln -s /config/pki /config/private "$etc"
for daemon in "${daemons[@]}"; do
    rm -rf "${etc:?}/$daemon.d"
    ln -s "/config/$daemon.d" "$etc/$daemon.d"
    install -D -m 644 container.json "$root/config/$daemon.d/05-container.json"
done

# A scenario is the configuration of the lab with one overlay more.
cp -a scenarios "$etc"
for scenario in "$etc"/scenarios/*; do
    ln -s /config/pki /config/private "$scenario"
    for overlay in "$scenario"/*.json; do
        [ -f "$overlay" ] || continue
        daemon=$(basename "$overlay" .json)
        install -D -m 644 "$overlay" "$scenario/$daemon.d/50-scenario.json"
        ln -s "/config/$daemon.d/05-container.json" "/config/$daemon.d/10-setup.json" "$scenario/$daemon.d"
        ln -sf "../../$daemon.json" "$overlay"
    done
done
