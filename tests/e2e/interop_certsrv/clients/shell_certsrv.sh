#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The recipe that goes round for certsrv and curl. See README.md.
set -eu

fetch() { # PATH [curl's arguments]
    path=$1
    shift
    printf 'user = "%s:%s"\n' "$(printf %s "$CLIENT_USER" | sed 's/\\/\\\\/g')" "$CLIENT_PASSWORD" |
        curl --config - --silent --show-error --fail --noproxy '*' --cacert "$CLIENT_CA" "--$CLIENT_AUTH" \
            ${CLIENT_AGENT:+--user-agent "$CLIENT_AGENT"} "$@" "$CLIENT_BASE/certsrv/$path"
}

csr=$(tr -d '\r\n' <"$CLIENT_CSR" | sed 's/+/%2B/g; s/ /+/g')
for template in $CLIENT_TEMPLATES; do
    page=$(fetch certfnsh.asp --data-raw \
        "Mode=newreq&CertRequest=$csr&CertAttrib=CertificateTemplate:$template%0D%0A&FriendlyType=Saved-Request+Certificate&TargetStoreFlags=0&SaveCert=yes" |
        tr -d '\r')
    link=$(printf '%s\n' "$page" | grep -A 1 'function handleGetCert() {' | tail -n 1 | cut -d '"' -f 2)
    if [ -z "$link" ]; then # the plain page
        link=$(printf '%s\n' "$page" | sed -n 's/.*"\(certnew.cer?ReqID=[0-9]*&\)amp;Enc=b64".*/\1/p')
    fi
    if [ -n "$link" ]; then
        id=$(printf '%s\n' "$link" | sed 's/.*ReqID=\([0-9]*\).*/\1/')
        fetch "${link}Enc=b64" >"$CLIENT_OUT/cert.pem"
        fetch "certnew.p7b?ReqID=$id&Enc=b64" >"$CLIENT_OUT/chain.p7b"
        renewals=$(fetch certcarc.asp | grep -o 'nRenewals=[0-9]*' | cut -d = -f 2)
        fetch "certnew.p7b?ReqID=CACert&Renewal=$renewals&Enc=b64" >"$CLIENT_OUT/ca.p7b"
        echo "issued $id"
    elif printf '%s\n' "$page" | grep -q 'Certificate Pending'; then
        echo "pending $(printf '%s\n' "$page" | sed -n 's/.*Your Request Id is \([0-9]*\)\..*/\1/p')"
    else
        echo "denied $(printf '%s\n' "$page" | grep -o '0x[0-9a-f]\{8\}' | head -n 1)"
    fi
done
