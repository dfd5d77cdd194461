# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# The lab's certificates, all made with openssl(1): the enterprise root, IIS, CES and CAPF.
#   pki/root.{pem,key}   enterprise CA that ca-simd runs       pki/iis.{pem,key}    its web server
#   pki/ces.{pem,key}    EST server, signed by ces-ca.pem      pki/capf.{pem,key}   CAPF, self-signed
#   pki/capf-trust/      what cesd trusts when it talks to the CA

pki_make() {
    local pki=$LAB_DIR/pki secrets=$LAB_DIR/secrets names="$LAB_DOMAIN $LAB_NETBIOS"
    if [ -f "$pki/names" ] && [ "$(cat "$pki/names")" = "$names" ]; then return 0; fi
    [ ! -f "$pki/names" ] ||
        die 1 "the certificates in $pki are for other names; take another LAB_DIR or delete $LAB_DIR"
    say "making the lab's certificates in $pki"
    (
        umask 077
        rm -rf "$pki"
        mkdir -p "$pki/capf-trust" "$secrets"
        pki_root "$pki"
        pki_server "$pki" iis root "/CN=$LAB_CA_HOST" "$LAB_CA_HOST"
        pki_appliance "$pki"
        pki_capf "$pki"
        cp "$pki/root.pem" "$pki/capf-trust/lab-dc-CA.pem"
        cp "$pki/capf.pem" "$pki/capf-trust/CAPF.pem"
        # Letters and digits only, so that it can stand in any configuration file unquoted.
        [ -f "$secrets/ca-password" ] || openssl rand -hex 16 >"$secrets/ca-password"
        printf '%s\n' "$names" >"$pki/names"
    )
}

# openssl writes a line of dots for every key; it is worth reading only when something fails.
pki_openssl() { quietly "$LAB_DIR/pki/openssl.log" openssl "$@"; }

pki_dn_of_domain() {
    local part dn=''
    local -a parts
    IFS=. read -r -a parts <<<"$LAB_DOMAIN"
    for part in "${parts[@]}"; do dn="/DC=$part$dn"; done
    printf '%s' "$dn"
}

# Named and built as an AD CS enterprise root: domain components first, CA version extension.
pki_root() {
    local pki=$1
    pki_openssl req -x509 -newkey rsa:2048 -nodes -sha256 -days 3650 -keyout "$pki/root.key" -out "$pki/root.pem" \
        -subj "$(pki_dn_of_domain)/CN=lab-dc-CA" -config <(pki_request_config) -extensions none \
        -addext 'basicConstraints=critical,CA:TRUE' -addext 'keyUsage=digitalSignature,keyCertSign,cRLSign' \
        -addext 'subjectKeyIdentifier=hash' -addext '1.3.6.1.4.1.311.21.1=ASN1:INTEGER:0'
}

pki_request_config() { printf '[req]\ndistinguished_name=dn\n[dn]\n[none]\n'; }

# pki_server DIR NAME ISSUER SUBJECT HOST: a TLS server certificate that is also valid for localhost.
pki_server() {
    local pki=$1 name=$2 issuer=$3 subject=$4 host=$5
    pki_openssl req -new -newkey rsa:2048 -nodes -sha256 -keyout "$pki/$name.key" -out "$pki/$name.csr" -subj "$subject" \
        -config <(pki_request_config)
    pki_openssl x509 -req -in "$pki/$name.csr" -CA "$pki/$issuer.pem" -CAkey "$pki/$issuer.key" -sha256 -days 730 \
        -set_serial "0x$(openssl rand -hex 16 | sed 's/^./5/')" -out "$pki/$name.pem" -extfile <(
            printf '%s\n' 'keyUsage=critical,digitalSignature,keyEncipherment' 'extendedKeyUsage=serverAuth' \
                'subjectKeyIdentifier=hash' 'authorityKeyIdentifier=keyid' \
                "subjectAltName=DNS:$host,DNS:localhost,IP:127.0.0.1"
        )
    rm "$pki/$name.csr"
}

# The CES certificate comes from a small CA of the appliance; its key is thrown away once it has signed.
pki_appliance() {
    local pki=$1
    pki_openssl req -x509 -newkey rsa:2048 -nodes -sha256 -days 3650 -keyout "$pki/ces-ca.key" -out "$pki/ces-ca.pem" \
        -subj "/C=US/O=OpenCAPF/OU=lab/CN=lab-cucm-appliance-CA" -config <(pki_request_config) -extensions none \
        -addext 'basicConstraints=critical,CA:TRUE,pathlen:0' -addext 'keyUsage=critical,keyCertSign,cRLSign' \
        -addext 'subjectKeyIdentifier=hash'
    pki_server "$pki" ces ces-ca "/C=US/O=OpenCAPF/OU=lab/CN=$LAB_CUCM_HOST" "$LAB_CUCM_HOST"
    rm "$pki/ces-ca.key"
}

# Subject order and name as CUCM makes them.
pki_capf() {
    local pki=$1
    pki_openssl req -x509 -newkey rsa:2048 -nodes -sha256 -days 1825 -keyout "$pki/capf.key" -out "$pki/capf.pem" \
        -subj "/C=US/O=OpenCAPF/OU=lab/CN=CAPF-$(openssl rand -hex 4)/ST=nc/L=rtp" -config <(pki_request_config) \
        -extensions none -addext 'basicConstraints=critical,CA:TRUE,pathlen:0' \
        -addext 'keyUsage=digitalSignature,keyCertSign' -addext 'subjectKeyIdentifier=hash' \
        -addext "subjectAltName=DNS:$LAB_CUCM_HOST,DNS:localhost,IP:127.0.0.1"
}
