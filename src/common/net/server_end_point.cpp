// SPDX-License-Identifier: Apache-2.0
#include "server_end_point.hpp"

#include "opencapf/x509/handle.hpp"

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace opencapf::net {

Bytes certificate_end_point(const X509* certificate) {
    int hash = NID_undef;
    // Knows RSA-PSS too, whose hash stands in the parameters. X509_get_signature_info() caches in the certificate.
    X509_get_signature_info(const_cast<X509*>(certificate), &hash, nullptr, nullptr, nullptr);
    const EVP_MD* digest = nullptr;
    if (hash != NID_undef && hash != NID_md5 && hash != NID_sha1) digest = EVP_get_digestbynid(hash);
    if (digest == nullptr) digest = EVP_sha256();
    Bytes value(EVP_MAX_MD_SIZE);
    unsigned size = 0;
    if (X509_digest(certificate, digest, value.data(), &size) != 1) {
        x509::drain_errors();
        return {};
    }
    value.resize(size);
    return value;
}

Bytes server_end_point(const SSL* ssl) {
    if (SSL_is_server(ssl) != 0) {
        const X509* own = SSL_get_certificate(ssl);
        return own != nullptr ? certificate_end_point(own) : Bytes{};
    }
    const X509* peer = SSL_get0_peer_certificate(ssl);
    return peer != nullptr ? certificate_end_point(peer) : Bytes{};
}

}  // namespace opencapf::net
