# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# The overlays opencapf-setup writes: only what differs from the shipped defaults. Nothing in them is secret. The values
# have been checked: letters, digits, dot, dash, underscore, and one backslash in the account.
# shellcheck disable=SC2154  # mode and the answers: set by opencapf-setup

overlays_head() {
    printf '// Made by opencapf-setup, which writes it again. Changes of your own go into a file beside it that sorts\n'
    printf '// after it, such as 20-local.json. Paths are relative to the directory of %s.json.\n' "$1"
}

# overlays_resolve HOST: where HOST is, as JSON. Daemons of one machine find each other without DNS.
overlays_resolve() { if [ "$resolve" = yes ]; then printf '{"%s": "127.0.0.1"}' "$1"; else printf '{}'; fi; }

overlays_write() {
    local user=${account//\\/\\\\}
    overlay_capfd | store_text 644 capfd.d/10-setup.json
    overlay_cesd | store_text 644 cesd.d/10-setup.json
    if [ "$mode" = simulator ]; then overlay_ca_simd | store_text 644 ca-simd.d/10-setup.json; fi
}

overlay_capfd() {
    local unsigned=false
    # The simulator's template takes requests of phones that cannot sign, AD CS takes none.
    [ "$mode" != simulator ] || unsigned=true
    overlays_head capfd
    cat <<TEXT
{
    "signing_phones": ["SEP"],
    "allow_unsigned_requests": $unsigned,
    "service_parameters": {
        "certificate_issuer_to_endpoint": "online",
        "online_ca_hostname": "$ca_host",
        "online_ca_port": $ca_port,
        "online_ca_template": "$template"
    },
    "est": {
        "host": "$ces_host",
        "user": "$user",
        "resolve": $(overlays_resolve "$ces_host")
    }
}
TEXT
}

overlay_cesd() {
    local trusted='[]' addresses='{}'
    if [ "$mode" = simulator ]; then
        trusted="[\"$user\"]"
        addresses=$(overlays_resolve "$ca_host")
    fi
    overlays_head cesd
    cat <<TEXT
{
    "ca": {
        "host": "$ca_host",
        "port": $ca_port,
        "template": "$template",
        "resolve": $addresses
    },
    "credentials": {"user": "$user"},
    "trusted_unsigned_accounts": $trusted
}
TEXT
}

overlay_ca_simd() {
    local name=${account#*\\} ca=${ca_host%%.*} others='' details=''
    # Overlays add accounts and templates, they take none away: the default account cannot log in, and shares the file.
    [ "$name" = ciscora ] ||
        others="{\"name\": \"ciscora\", \"enabled\": false, \"password_file\": \"$(account_file)\"},"
    [ "$template" = CiscoRA ] || details='
        "oid": "1.3.6.1.4.1.311.21.8.4210739.9144812.15157916.9012307.5381412.216.1.2",
        "schema": 2, "major_version": 100, "minor_version": 3, "validity_days": 1825,
        "key_usage": ["digitalSignature", "keyEncipherment"],
        "eku": ["serverAuth", "clientAuth", "ipsecEndSystem"],
        "subject_from_request": true, "minimum_key_bits": 2048,'
    overlays_head ca-simd
    cat <<TEXT
{
    "host_name": "$ca_host",
    "domain": {"netbios": "$netbios", "dns": "$domain", "computer": "${ca^^}"},
    "accounts": [$others{"name": "$name", "password_file": "$(account_file)"}],
    // Requests of phones that cannot sign are welcome here, from the account of the RA.
    "templates": [
      {
        "name": "$template", "display_name": "$template",$details
        "allow_unsigned_requests": true, "enroll": ["$name"]
      }
    ]
}
TEXT
}

# The daemons look for the password of account NAME under this name among their credentials.
account_file() {
    local name=${account#*\\}
    name=${name//-/_}
    printf 'private/ca-simd/accounts_%s_password' "${name,,}"
}
