# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Certificates of the chain, all made with openssl(1): the one place for ./lab and for opencapf-setup.
# Each function makes one certificate and its key in the files it is given and replaces what is there. They want a
# umask of 077, and `die CODE TEXT` of whoever sources this file.

# openssl writes a line of dots for every key; it is worth reading only when something fails.
pki_openssl() {
    local output
    output=$(openssl "$@" 2>&1) || {
        printf '%s\n' "$output" >&2
        die 1 "openssl $1 failed, see above"
    }
}

pki_request_config() { printf '[req]\ndistinguished_name=dn\n[dn]\n[none]\n'; }

# pki_self_signed CERTIFICATE KEY DAYS SUBJECT EXTENSION...
pki_self_signed() {
    local certificate=$1 key=$2 days=$3 subject=$4 extension
    shift 4
    local -a extensions=()
    for extension in "$@"; do extensions+=(-addext "$extension"); done
    # shellcheck disable=SC2046 # several words on purpose
    pki_openssl req -x509 $(pki_key_options "${pki_key:-rsa}") -nodes -sha256 -days "$days" -keyout "$key" -out "$certificate" \
        -subj "$subject" -config <(pki_request_config) -extensions none "${extensions[@]}"
}

# pki_dn_of_domain DOMAIN: example.test becomes /DC=test/DC=example
pki_dn_of_domain() {
    local part dn=''
    local -a parts
    IFS=. read -r -a parts <<<"$1"
    for part in "${parts[@]}"; do dn="/DC=$part$dn"; done
    printf '%s' "$dn"
}

# What openssl req makes a new key of: pki_key_options [rsa|ec].
pki_key_options() {
    if [ "${1:-rsa}" = ec ]; then echo '-newkey ec -pkeyopt ec_paramgen_curve:P-256'; else echo '-newkey rsa:2048'; fi
}

# pki_root CERTIFICATE KEY DOMAIN NAME [rsa|ec]: built as an AD CS enterprise root: domain components first, CA version
# extension.
pki_root() {
    pki_key=${5:-rsa} pki_self_signed "$1" "$2" 3650 "$(pki_dn_of_domain "$3")/CN=$4" \
        'basicConstraints=critical,CA:TRUE' 'keyUsage=digitalSignature,keyCertSign,cRLSign' \
        'subjectKeyIdentifier=hash' '1.3.6.1.4.1.311.21.1=ASN1:INTEGER:0'
}

# pki_issuing CERTIFICATE KEY ROOT ROOT_KEY DOMAIN NAME [rsa|ec]: an enterprise CA below a root.
pki_issuing() {
    # shellcheck disable=SC2046 # several words on purpose
    pki_openssl req -new $(pki_key_options "${7:-rsa}") -nodes -sha256 -keyout "$2" -out "$1.csr" \
        -subj "$(pki_dn_of_domain "$5")/CN=$6" -config <(pki_request_config)
    pki_openssl x509 -req -in "$1.csr" -CA "$3" -CAkey "$4" -sha256 -days 1825 \
        -set_serial "0x$(openssl rand -hex 16 | sed 's/^./5/')" -out "$1" -extfile <(
            printf '%s\n' 'basicConstraints=critical,CA:TRUE,pathlen:0' 'keyUsage=digitalSignature,keyCertSign,cRLSign' \
                'subjectKeyIdentifier=hash' 'authorityKeyIdentifier=keyid' '1.3.6.1.4.1.311.21.1=ASN1:INTEGER:0'
        )
    rm "$1.csr"
}

# pki_server CERTIFICATE KEY CA_CERTIFICATE CA_KEY SUBJECT HOST: a TLS server, valid for localhost as well.
pki_server() {
    local certificate=$1 key=$2 ca=$3 ca_key=$4 subject=$5 host=$6
    pki_openssl req -new -newkey rsa:2048 -nodes -sha256 -keyout "$key" -out "$certificate.csr" -subj "$subject" \
        -config <(pki_request_config)
    pki_openssl x509 -req -in "$certificate.csr" -CA "$ca" -CAkey "$ca_key" -sha256 -days 730 \
        -set_serial "0x$(openssl rand -hex 16 | sed 's/^./5/')" -out "$certificate" -extfile <(
            printf '%s\n' 'keyUsage=critical,digitalSignature,keyEncipherment' 'extendedKeyUsage=serverAuth' \
                'subjectKeyIdentifier=hash' 'authorityKeyIdentifier=keyid' \
                "subjectAltName=DNS:$host,DNS:localhost,IP:127.0.0.1"
        )
    rm "$certificate.csr"
}

# pki_iis CERTIFICATE KEY CA_CERTIFICATE CA_KEY HOST: the web server in front of the enterprise CA.
pki_iis() { pki_server "$1" "$2" "$3" "$4" "/CN=$5" "$5"; }

# pki_ces CERTIFICATE KEY CA_CERTIFICATE HOST: the EST server's certificate comes from a small CA of the appliance; its
# key is thrown away once it has signed.
pki_ces() {
    local certificate=$1 key=$2 ca=$3 host=$4
    pki_self_signed "$ca" "$ca.key" 3650 "/C=US/O=OpenCAPF/OU=lab/CN=${host%%.*}-appliance-CA" \
        'basicConstraints=critical,CA:TRUE,pathlen:0' 'keyUsage=critical,keyCertSign,cRLSign' 'subjectKeyIdentifier=hash'
    pki_server "$certificate" "$key" "$ca" "$ca.key" "/C=US/O=OpenCAPF/OU=lab/CN=$host" "$host"
    rm "$ca.key"
}

# pki_capf CERTIFICATE KEY HOST: subject order and name as CUCM makes them.
pki_capf() {
    pki_self_signed "$1" "$2" 1825 "/C=US/O=OpenCAPF/OU=lab/CN=CAPF-$(openssl rand -hex 4)/ST=nc/L=rtp" \
        'basicConstraints=critical,CA:TRUE,pathlen:0' 'keyUsage=digitalSignature,keyCertSign' \
        'subjectKeyIdentifier=hash' "subjectAltName=DNS:$3,DNS:localhost,IP:127.0.0.1"
}

# pki_manufacturing CERTIFICATE KEY NAME [rsa|ec]: the CA of a factory of phones; `phone-sim mic` signs MICs with it.
pki_manufacturing() {
    pki_key=${4:-rsa} pki_self_signed "$1" "$2" 7300 "/O=OpenCAPF/OU=lab/CN=$3" \
        'basicConstraints=critical,CA:TRUE,pathlen:0' 'keyUsage=critical,keyCertSign,cRLSign' 'subjectKeyIdentifier=hash'
}

# Letters and digits only, so that it can stand in any configuration file unquoted.
pki_password() { openssl rand -hex 16; }
