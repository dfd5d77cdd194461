// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/base/result.hpp"
#include "opencapf/base/secret.hpp"
#include "opencapf/x509/handle.hpp"

#include <memory>
#include <string>
#include <vector>

namespace opencapf::x509 {
class Certificate;
class PrivateKey;
}  // namespace opencapf::x509

namespace opencapf::net {

/// What a listener does about client certificates. It takes any: who may do what with which is the caller's business,
/// per request and with today's trust (Stream::peer_chain()).
enum class ClientCertificates {
    none,
    optional,  ///< asks for one
    required,  ///< no handshake without one
};

/// TLS policy of one listener or one outgoing connection; turned into an SSL_CTX in one place.
struct TlsServerConfig {
    std::string certificate_file;  ///< PEM, leaf first, then the chain to send
    SecretSource private_key;      ///< PEM, not readable by others
    /// Phones of the 7900 generation: TLS 1.0, SHA-1, security level 0, RSA key exchange (capf-protocol.md 1.1).
    /// Logged loudly at start; off by default.
    bool legacy_phones = false;
    /// Offer RSA key exchange (TLS_RSA_WITH_AES_128_CBC_SHA) next to the modern suites, for mid-generation phones.
    bool rsa_key_exchange = false;
    /// Sessions with a client certificate are never resumed: an identity is shown, and checked, on every connection.
    bool session_resumption = true;
    ClientCertificates client_certificates = ClientCertificates::none;
    std::string minimum_version = "1.2";  ///< "1.2" or "1.3"; `legacy_phones` goes below
    std::string maximum_version;          ///< likewise; empty = newest
    std::string ciphers;                  ///< OpenSSL's list for TLS 1.2; empty = modern ones
    std::string ciphersuites;             ///< OpenSSL's list for TLS 1.3; empty = its default
    std::string groups;                   ///< curves for the key exchange, "P-256:P-384"; empty = OpenSSL's default
    bool http_alpn = false;               ///< agree on http/1.1, and refuse clients that want something else only
};

/// Shared, immutable SSL_CTX. Throws std::runtime_error (naming the file) when a certificate or key is unusable.
class TlsServerContext {
public:
    explicit TlsServerContext(const TlsServerConfig& config);
    /// The policy of `config` with a certificate and key of the caller's instead of its files. `chain` is sent as it
    /// is, leaf first. Throws std::runtime_error when the key does not belong to the leaf.
    TlsServerContext(const TlsServerConfig& config, const std::vector<x509::Certificate>& chain,
                     const x509::PrivateKey& key);
    [[nodiscard]] SSL_CTX* native() const noexcept { return context_.get(); }

private:
    std::shared_ptr<SSL_CTX> context_;
};

struct TlsClientConfig {
    /// The server's leaf must be byte-equal to one of these certificates (how phones trust CAPF: role, not name), or
    /// chain to one of them when `pin_leaf` is false.
    std::vector<std::string> trust_pem;
    bool pin_leaf = true;
    std::string minimum_version = "1.2";  ///< "1.0", "1.1", "1.2" or "1.3"
    std::string maximum_version;          ///< empty = newest
};

class TlsClientContext {
public:
    explicit TlsClientContext(const TlsClientConfig& config);
    [[nodiscard]] SSL_CTX* native() const noexcept { return context_.get(); }

private:
    std::shared_ptr<SSL_CTX> context_;
};

}  // namespace opencapf::net
