// SPDX-License-Identifier: Apache-2.0
#include "opencapf/net/tls.hpp"

#include "opencapf/base/bytes.hpp"
#include "opencapf/base/text.hpp"
#include "opencapf/net/tls_key_log.hpp"
#include "opencapf/x509/certificate.hpp"
#include "opencapf/x509/key.hpp"

#include <algorithm>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdexcept>

namespace opencapf::x509 {
// Defined here and not in handle.cpp: only this library links libssl.
void Deleter::operator()(SSL_CTX* p) const noexcept { SSL_CTX_free(p); }
void Deleter::operator()(SSL* p) const noexcept { SSL_free(p); }
}  // namespace opencapf::x509

namespace opencapf::net {
namespace {

using x509::drain_errors;

constexpr const char* kModernCiphers = "ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AES256+SHA384:ECDHE+AES128+SHA256";
constexpr const char* kNever = ":!aNULL:!eNULL:!EXPORT:!DES:!3DES:!RC4:!MD5:!PSK:!SRP";
constexpr const char* kRsaKeyExchange = ":AES128-GCM-SHA256:AES256-GCM-SHA384:AES128-SHA256:AES128-SHA:AES256-SHA";

[[noreturn]] void fail_start(const std::string& what) { throw std::runtime_error(what + ": " + drain_errors()); }

int protocol_version(const std::string& name) {
    if (name == "1.0") return TLS1_VERSION;
    if (name == "1.1") return TLS1_1_VERSION;
    if (name == "1.2") return TLS1_2_VERSION;
    if (name == "1.3") return TLS1_3_VERSION;
    throw std::runtime_error("unknown TLS version " + name + "; use 1.0, 1.1, 1.2 or 1.3");
}

void apply_ciphers(SSL_CTX* context, const TlsServerConfig& config) {
    std::string ciphers = config.ciphers.empty() ? kModernCiphers : config.ciphers + kNever;
    if (config.rsa_key_exchange || config.legacy_phones) ciphers += kRsaKeyExchange;
    int minimum = protocol_version(config.minimum_version);
    const int maximum = config.maximum_version.empty() ? 0 : protocol_version(config.maximum_version);
    if (config.legacy_phones) {
        ciphers += ":ECDHE+AES+SHA1:DES-CBC3-SHA:@SECLEVEL=0";
        minimum = TLS1_VERSION;
    }
    if (SSL_CTX_set_min_proto_version(context, minimum) != 1 || SSL_CTX_set_max_proto_version(context, maximum) != 1)
        fail_start("cannot set the TLS versions");
    if (SSL_CTX_set_cipher_list(context, ciphers.c_str()) != 1 ||
        (!config.ciphersuites.empty() && SSL_CTX_set_ciphersuites(context, config.ciphersuites.c_str()) != 1))
        fail_start("cannot set the TLS ciphers");
    std::string groups = config.groups;
    if (!groups.empty() && SSL_CTX_ctrl(context, SSL_CTRL_SET_GROUPS_LIST, 0, groups.data()) != 1)
        fail_start("cannot set the TLS groups " + config.groups);
}

// A certificate proves an identity on the connection it was shown on; what vouched for it may be gone by the next one.
SSL_TICKET_RETURN use_ticket(SSL*, SSL_SESSION* session, const unsigned char*, std::size_t, SSL_TICKET_STATUS status,
                             void*) {
    if (status == SSL_TICKET_EMPTY || status == SSL_TICKET_NO_DECRYPT) return SSL_TICKET_RETURN_IGNORE_RENEW;
    if (status != SSL_TICKET_SUCCESS && status != SSL_TICKET_SUCCESS_RENEW) return SSL_TICKET_RETURN_ABORT;
    if (SSL_SESSION_get0_peer(session) != nullptr) return SSL_TICKET_RETURN_IGNORE_RENEW;
    return status == SSL_TICKET_SUCCESS ? SSL_TICKET_RETURN_USE : SSL_TICKET_RETURN_USE_RENEW;
}

int forget_identity(SSL* ssl, SSL_SESSION* session) {
    if (SSL_SESSION_get0_peer(session) != nullptr) SSL_CTX_remove_session(SSL_get_SSL_CTX(ssl), session);
    return 0;  // the reference stays OpenSSL's
}

void ask_for_certificate(SSL_CTX* context, ClientCertificates mode) {
    if (mode == ClientCertificates::none) return;
    SSL_CTX_set_verify(context,
                       SSL_VERIFY_PEER | (mode == ClientCertificates::required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0),
                       nullptr);
    const auto take_any = [](X509_STORE_CTX* store, void*) {
        X509_STORE_CTX_set_error(store, X509_V_OK);
        return 1;
    };
    SSL_CTX_set_cert_verify_callback(context, take_any, nullptr);
    SSL_CTX_set_session_ticket_cb(context, nullptr, use_ticket, nullptr);
    SSL_CTX_sess_set_new_cb(context, forget_identity);
}

int choose_http(SSL*, const unsigned char** chosen, unsigned char* length, const unsigned char* offered, unsigned size,
                void*) {
    static constexpr unsigned char kHttp[] = "\x08http/1.1\x08http/1.0";
    unsigned char* found = nullptr;
    if (SSL_select_next_proto(&found, length, kHttp, sizeof kHttp - 1, offered, size) != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *chosen = found;
    return SSL_TLSEXT_ERR_OK;
}

void use_private_key(SSL_CTX* context, const TlsServerConfig& config) {
    const Secret pem = config.private_key.all();
    const x509::Handle<BIO> bio(BIO_new_mem_buf(pem.reveal().data(), static_cast<int>(pem.reveal().size())));
    const x509::Handle<EVP_PKEY> key(bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr) : nullptr);
    if (!key) fail_start("cannot use the TLS private key " + config.private_key.origin());
    if (SSL_CTX_use_PrivateKey(context, key.get()) != 1 || SSL_CTX_check_private_key(context) != 1)
        fail_start("the private key " + config.private_key.origin() + " does not belong to " + config.certificate_file);
}

// The pinned certificates travel with the context: the verify callback finds them by this index.
int pinned_index() {
    static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr,
                                                      [](void*, void* pointer, CRYPTO_EX_DATA*, int, long, void*) {
                                                          delete static_cast<std::vector<Bytes>*>(pointer);
                                                      });
    return index;
}

// Trust by role: the leaf must be one of the known certificates, whatever its name, dates or issuer
// (capf-protocol.md 1: the phone compares with its CTL/ITL entry).
int verify_pinned(X509_STORE_CTX* store, void*) {
    const auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
    const auto* pinned =
        static_cast<const std::vector<Bytes>*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), pinned_index()));
    X509* leaf = X509_STORE_CTX_get0_cert(store);
    X509_up_ref(leaf);
    const auto certificate = x509::Certificate::adopt(x509::Handle<X509>(leaf));
    if (std::find(pinned->begin(), pinned->end(), certificate.der()) != pinned->end()) return 1;
    X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_UNTRUSTED);
    return 0;
}

void apply_policy(SSL_CTX* context, const TlsServerConfig& config) {
    apply_tls_key_log(context);
    apply_ciphers(context, config);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    ask_for_certificate(context, config.client_certificates);
    if (config.http_alpn) SSL_CTX_set_alpn_select_cb(context, choose_http, nullptr);
    if (config.session_resumption) {
        static constexpr unsigned char kId[] = "opencapf";
        SSL_CTX_set_session_id_context(context, kId, sizeof kId - 1);
        SSL_CTX_set_num_tickets(context, 1);
    } else {
        SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
        SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
        SSL_CTX_set_num_tickets(context, 0);
    }
}

// SSL_CTX_add1_chain_cert is a macro with an old-style cast.
bool add_to_chain(SSL_CTX* context, X509* certificate) {
    return SSL_CTX_ctrl(context, SSL_CTRL_CHAIN_CERT, 1, certificate) == 1;
}

std::shared_ptr<SSL_CTX> new_server_context() {
    auto context = std::shared_ptr<SSL_CTX>(SSL_CTX_new(TLS_server_method()), x509::Deleter{});
    if (!context) fail_start("cannot create a TLS context");
    return context;
}

}  // namespace

TlsServerContext::TlsServerContext(const TlsServerConfig& config) : context_(new_server_context()) {
    SSL_CTX* context = context_.get();
    apply_policy(context, config);
    if (SSL_CTX_use_certificate_chain_file(context, config.certificate_file.c_str()) != 1)
        fail_start("cannot use the TLS certificate " + config.certificate_file);
    use_private_key(context, config);
}

TlsServerContext::TlsServerContext(const TlsServerConfig& config, const std::vector<x509::Certificate>& chain,
                                   const x509::PrivateKey& key)
    : context_(new_server_context()) {
    SSL_CTX* context = context_.get();
    apply_policy(context, config);
    bool good = !chain.empty() && SSL_CTX_use_certificate(context, chain.front().native()) == 1 &&
                SSL_CTX_use_PrivateKey(context, key.native()) == 1 && SSL_CTX_check_private_key(context) == 1;
    for (std::size_t i = 1; good && i < chain.size(); ++i) good = add_to_chain(context, chain[i].native());
    if (!good) fail_start("cannot use a TLS certificate that was made here");
}

TlsClientContext::TlsClientContext(const TlsClientConfig& config) {
    context_ = std::shared_ptr<SSL_CTX>(SSL_CTX_new(TLS_client_method()), x509::Deleter{});
    SSL_CTX* context = context_.get();
    if (context == nullptr) fail_start("cannot create a TLS context");
    apply_tls_key_log(context);
    const int minimum = protocol_version(config.minimum_version);
    SSL_CTX_set_min_proto_version(context, minimum);
    if (!config.maximum_version.empty())
        SSL_CTX_set_max_proto_version(context, protocol_version(config.maximum_version));
    if (minimum < TLS1_2_VERSION) SSL_CTX_set_cipher_list(context, "ALL:@SECLEVEL=0");
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    auto pinned = std::make_unique<std::vector<Bytes>>();
    for (const auto& text : config.trust_pem) {
        const auto certificates = x509::Certificate::all_from_pem(text);
        if (!certificates) throw std::runtime_error("trusted certificate: " + certificates.error().message);
        for (const auto& certificate : *certificates) {
            pinned->push_back(certificate.der());
            X509_STORE_add_cert(SSL_CTX_get_cert_store(context), certificate.native());
        }
    }
    if (!config.pin_leaf) return;
    SSL_CTX_set_ex_data(context, pinned_index(), pinned.release());
    SSL_CTX_set_cert_verify_callback(context, verify_pinned, nullptr);
}

}  // namespace opencapf::net
