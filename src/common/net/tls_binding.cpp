// SPDX-License-Identifier: Apache-2.0
#include "tls_binding.hpp"

#include <algorithm>
#include <openssl/ssl.h>
#include <string_view>

namespace opencapf::net {

std::vector<x509::Certificate> peer_chain(const SSL* ssl) {
    std::vector<x509::Certificate> chain;
    X509* leaf = SSL_get1_peer_certificate(ssl);
    if (leaf == nullptr) return chain;
    chain.push_back(x509::Certificate::adopt(x509::Handle<X509>(leaf)));
    // A client's list has its own certificate in front, a server's sight of it has not.
    const STACK_OF(X509)* sent = SSL_get_peer_cert_chain(ssl);
    for (int i = SSL_is_server(ssl) != 0 ? 0 : 1; sent != nullptr && i < sk_X509_num(sent); ++i) {
        X509* next = sk_X509_value(sent, i);
        X509_up_ref(next);
        chain.push_back(x509::Certificate::adopt(x509::Handle<X509>(next)));
    }
    return chain;
}

Bytes tls_unique(SSL* ssl) {
    // Without the extended master secret an attacker in the middle can give two connections the same Finished (RFC 7627
    // section 1, RFC 9266 section 1).
    if (SSL_version(ssl) != TLS1_2_VERSION || SSL_ctrl(ssl, SSL_CTRL_GET_EXTMS_SUPPORT, 0, nullptr) != 1) return {};
    // The first Finished of the handshake: the client's own in a full one, the server's in a resumed one.
    const bool server = SSL_is_server(ssl) != 0, resumed = SSL_session_reused(ssl) != 0;
    Bytes value(64);
    const std::size_t size = server == resumed ? SSL_get_finished(ssl, value.data(), value.size())
                                               : SSL_get_peer_finished(ssl, value.data(), value.size());
    value.resize(std::min(size, value.size()));
    return value;
}

Bytes tls_exporter(SSL* ssl) {
    static constexpr std::string_view kLabel =
        "EXPORTER-Channel-Binding";  // RFC 9266 section 4.2; the context is empty
    if (SSL_version(ssl) != TLS1_3_VERSION) return {};
    Bytes value(32);
    if (SSL_export_keying_material(ssl, value.data(), value.size(), kLabel.data(), kLabel.size(), nullptr, 0, 1) == 1)
        return value;
    x509::drain_errors();
    return {};
}

}  // namespace opencapf::net
