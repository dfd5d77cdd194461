# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# The lab's certificates: the enterprise CA, IIS, CES and CAPF. setup/pki.sh knows how each is made.
#   pki/root.{pem,key}   root of the enterprise                pki/iis.{pem,key}    the CA's web server
#   pki/ca.{pem,key}     CA that ca-simd runs: the root itself, or (LAB_CA=issuing) one below it, with the root behind it
#   pki/ces.{pem,key}    EST server, signed by ces-ca.pem      pki/capf.{pem,key}   CAPF, self-signed
#   pki/capf-trust/      what cesd trusts when it talks to the CA

# shellcheck source=setup/pki.sh
source "$LAB_SOURCE/setup/pki.sh"

pki_make_ca() {
    local pki=$1 kind=rsa
    case $LAB_CA in *-ec) kind=ec ;; esac
    case $LAB_CA in
        root*)
            pki_root "$pki/root.pem" "$pki/root.key" "$LAB_DOMAIN" lab-dc-CA "$kind"
            cp "$pki/root.pem" "$pki/ca.pem"
            cp "$pki/root.key" "$pki/ca.key"
            ;;
        issuing*)
            pki_root "$pki/root.pem" "$pki/root.key" "$LAB_DOMAIN" lab-root-CA "$kind"
            pki_issuing "$pki/ca.pem" "$pki/ca.key" "$pki/root.pem" "$pki/root.key" "$LAB_DOMAIN" lab-dc-CA "$kind"
            cat "$pki/root.pem" >>"$pki/ca.pem"
            ;;
    esac
}

pki_make() {
    local pki=$LAB_DIR/pki secrets=$LAB_DIR/secrets names="$LAB_DOMAIN $LAB_NETBIOS $LAB_CA"
    if [ -f "$pki/names" ] && [ "$(cat "$pki/names")" = "$names" ]; then return 0; fi
    [ ! -f "$pki/names" ] ||
        die 1 "the certificates in $pki are for other names; take another LAB_DIR or delete $LAB_DIR"
    say "making the lab's certificates in $pki"
    (
        umask 077
        rm -rf "$pki"
        mkdir -p "$pki/capf-trust" "$secrets"
        pki_make_ca "$pki"
        pki_iis "$pki/iis.pem" "$pki/iis.key" "$pki/ca.pem" "$pki/ca.key" "$LAB_CA_HOST"
        case $LAB_CA in issuing*) cat "$pki/ca.pem" >>"$pki/iis.pem" ;; esac
        pki_ces "$pki/ces.pem" "$pki/ces.key" "$pki/ces-ca.pem" "$LAB_CUCM_HOST"
        pki_capf "$pki/capf.pem" "$pki/capf.key" "$LAB_CUCM_HOST"
        cp "$pki/root.pem" "$pki/capf-trust/lab-dc-CA.pem"
        cp "$pki/capf.pem" "$pki/capf-trust/CAPF.pem"
        [ -f "$secrets/ca-password" ] || pki_password >"$secrets/ca-password"
        printf '%s\n' "$names" >"$pki/names"
    )
}
