# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# The last part of opencapf-setup: starting the daemons under systemd, and what to do next.
# shellcheck disable=SC2154  # mode and the answers: set by opencapf-setup

services=no

services_start() {
    local unit
    local -a daemons=(ca-simd cesd capfd) units=(opencapf.target)
    if [ -n "${option_no_start:-}" ] || [ "$root" != /etc/opencapf ] || [ ! -d /run/systemd/system ]; then return 0; fi
    systemctl cat opencapf.target >/dev/null 2>&1 || return 0
    if [ "$mode" = adcs ]; then
        daemons=(cesd capfd)
        systemctl disable --quiet --now ca-simd.socket ca-simd.service
    fi
    for unit in "${daemons[@]}"; do units+=("$unit.socket" "$unit.service"); done
    systemctl enable --quiet "${units[@]}"
    # Running daemons would go on with the old certificates and accounts; a second run without news disturbs nobody.
    if store_changed; then systemctl stop opencapf.target; fi
    say 'starting opencapf.target'
    systemctl start "${units[@]}" || true
    for unit in "${daemons[@]}"; do
        systemctl --quiet is-active "$unit.service" ||
            die 1 "$unit does not run: journalctl -u $unit.service says why; then systemctl start opencapf.target"
        note "$unit runs"
    done
    services=yes
}

next_steps() {
    say 'next:'
    if [ "$services" = no ]; then
        note "start ca-simd (with the simulator), cesd and capfd with --config $root/NAME.json;"
        note 'with systemd: systemctl start opencapf.target'
    fi
    note 'let a phone ask for its certificate, and be that phone:'
    note '  capfctl device add SEP001122334455'
    note '  capfctl device arm SEP001122334455'
    note "  phone-sim run SEP001122334455 --capf 127.0.0.1:3804 --trust $root/pki/capf.pem --store ."
    note 'administrators of capfd are root and the members of the group capfd'
    if [ "$mode" = adcs ]; then
        note "real phones must trust $root/pki/capf.pem (through their CTL or ITL file)"
    fi
}
