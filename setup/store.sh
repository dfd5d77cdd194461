# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What opencapf-setup puts into the configuration directory: it keeps what is there, and whatever it writes appears
# complete or not at all. Everything is made in a staging directory of the same file system and moved to its place.
# shellcheck disable=SC2154  # root, stage, force: set by opencapf-setup

# Whether anything was written. A file, because parts of it happen in subshells.
store_changed() { [ -f "$stage/changed" ]; }

store_open() {
    umask 077
    local directory
    mkdir -p "$root" || die 1 "cannot make $root; run this as root, or give another directory with --root"
    [ -w "$root" ] || die 1 "cannot write to $root; run this as root, or give another directory with --root"
    exec 9<"$root"
    flock -n 9 || die 1 "another opencapf-setup works in $root; wait for it"
    for directory in '' /pki /pki/capf-trust /capfd.d /cesd.d /ca-simd.d; do
        mkdir -p "$root$directory"
        chmod 755 "$root$directory"
    done
    mkdir -p "$root"/private/{capfd,cesd,ca-simd}
    chmod 700 "$root"/private "$root"/private/*
    stage=$(mktemp -d "$root/.setup.XXXXXX")
    trap 'rm -rf "$stage"' EXIT
}

# store_put MODE FILE TARGET: moves FILE to root/TARGET, unless the same stands there already.
store_put() {
    local mode=$1 file=$2 target=$root/$3
    if [ -f "$target" ] && cmp -s "$file" "$target"; then
        rm "$file"
        return 0
    fi
    chmod "$mode" "$file"
    mv -f "$file" "$target"
    : >"$stage/changed"
    note "$target"
}

# store_text MODE TARGET: the same for the text on standard input.
store_text() {
    cat >"$stage/text"
    store_put "$1" "$stage/text" "$2"
}

# store_pair CERTIFICATE KEY: whether both are there. A certificate without its key, or with another one, is for the
# operator to decide: phones may trust it.
store_pair() {
    local certificate=$root/$1 key=$root/$2
    if [ "$force" = yes ] || [ ! -f "$certificate" ]; then return 1; fi
    [ -f "$key" ] || die 1 "$certificate is there, but its key $key is not; put the key back, or let --force make both again"
    [ "$(openssl x509 -in "$certificate" -noout -pubkey 2>&1)" = "$(openssl pkey -in "$key" -pubout 2>/dev/null)" ] ||
        die 1 "$certificate and $key do not belong together; put the right one back, or let --force make both again"
}

# store_made CERTIFICATE KEY: moves stage/certificate and stage/key there, the key first: a lone key is made again.
store_made() {
    store_put 600 "$stage/key" "$2"
    store_put 644 "$stage/certificate" "$1"
}

# store_host CERTIFICATE HOST: a certificate that was kept must be for the host.
store_host() {
    openssl x509 -in "$root/$1" -noout -checkhost "$2" | grep -q 'does match' ||
        die 1 "$root/$1 is not for $2; use the same names as before, or let --force make the certificates again"
}

store_capf() {
    store_pair pki/capf.pem private/capfd/tls_private_key && return 0
    pki_capf "$stage/certificate" "$stage/key" "$ces_host"
    store_made pki/capf.pem private/capfd/tls_private_key
}

store_ces() {
    if store_pair pki/ces.pem private/cesd/tls_private_key && [ -f "$root/pki/ces-ca.pem" ]; then
        store_host pki/ces.pem "$ces_host"
        return 0
    fi
    pki_ces "$stage/certificate" "$stage/key" "$stage/ca" "$ces_host"
    store_put 644 "$stage/ca" pki/ces-ca.pem
    store_made pki/ces.pem private/cesd/tls_private_key
}

# The enterprise CA of the simulator and its web server.
store_simulator() {
    if ! store_pair pki/ca.pem private/ca-simd/ca_private_key; then
        pki_root "$stage/certificate" "$stage/key" "$domain" "${ca_host%%.*}-CA"
        store_made pki/ca.pem private/ca-simd/ca_private_key
    fi
    if store_pair pki/iis.pem private/ca-simd/tls_private_key; then
        store_host pki/iis.pem "$ca_host"
        if openssl verify -CAfile "$root/pki/ca.pem" "$root/pki/iis.pem" >/dev/null 2>&1; then return 0; fi
    fi
    pki_iis "$stage/certificate" "$stage/key" "$root/pki/ca.pem" "$root/private/ca-simd/ca_private_key" "$ca_host"
    store_made pki/iis.pem private/ca-simd/tls_private_key
}

# store_trust FILE: what may vouch for the CA's web server, and nothing else: the CAPF certificate, as in the product,
# and the certificates of FILE, each in a file of its own.
store_trust() {
    local file number=0 old
    awk -v prefix="$stage/trust-" '/-----BEGIN CERTIFICATE-----/ { number++; inside = 1 }
        inside { print > (prefix number) } /-----END CERTIFICATE-----/ { inside = 0 }' "$1"
    for file in "$stage"/trust-*; do
        number=$((number + 1))
        store_put 644 "$file" "pki/capf-trust/enterprise-ca-$number.pem"
    done
    for old in "$root"/pki/capf-trust/enterprise-ca-*.pem; do
        file=${old##*-}
        if [ "${file%.pem}" -gt "$number" ]; then rm "$old"; fi
    done
    cp "$root/pki/capf.pem" "$stage/certificate"
    store_put 644 "$stage/certificate" pki/capf-trust/CAPF.pem
}

# store_passwords FILE: the account's password, for both who log in with it. Only its first line counts.
store_passwords() {
    head -n 1 "$1" | store_text 600 private/capfd/est_password
    head -n 1 "$1" | store_text 600 private/cesd/credentials_password
}
