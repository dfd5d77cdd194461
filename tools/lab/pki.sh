# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# The lab's certificates: the enterprise CA, IIS, CES and CAPF. setup/pki.sh knows how each is made.
#   pki/root.{pem,key}   root of the enterprise                pki/iis.{pem,key}    the CA's web server
#   pki/ca.{pem,key}     CA that ca-simd runs: the root itself, or (LAB_CA=issuing) one below it, with the root behind it
#   pki/ces.{pem,key}    EST server, signed by ces-ca.pem      pki/capf.{pem,key}   CAPF, self-signed
#   pki/capf-trust/      what cesd trusts when it talks to the CA
#   pki/manufacturing-ca.{pem,key}   factory of the lab's phones: phone-sim mic signs MICs with it
#   pki/capf-trust-phones/           whose certificates capfd takes as a phone's identity: factory, CAPF, enterprise CA

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

# Labs of older versions have everything but this, so it is looked for on its own.
pki_make_phones() {
    local pki=$LAB_DIR/pki
    if [ -d "$pki/capf-trust-phones" ]; then return 0; fi
    (
        umask 077
        [ -f "$pki/manufacturing-ca.key" ] ||
            pki_manufacturing "$pki/manufacturing-ca.pem" "$pki/manufacturing-ca.key" lab-manufacturing-CA
        rm -rf "$pki/capf-trust-phones.new"
        mkdir "$pki/capf-trust-phones.new"
        cp "$pki/manufacturing-ca.pem" "$pki/capf-trust-phones.new/manufacturing-ca.pem"
        cp "$pki/capf.pem" "$pki/capf-trust-phones.new/CAPF.pem"
        cp "$pki/root.pem" "$pki/capf-trust-phones.new/enterprise-root.pem"
        # A phone shows its LSC alone, so the CA between it and the root has to be here; with LAB_CA=root it is the root.
        case $LAB_CA in issuing*) openssl x509 -in "$pki/ca.pem" -out "$pki/capf-trust-phones.new/enterprise-issuing.pem" ;; esac
        mv "$pki/capf-trust-phones.new" "$pki/capf-trust-phones"
    )
}

pki_make() {
    pki_make_chain
    pki_make_phones
}

pki_make_chain() {
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
