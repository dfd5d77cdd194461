// SPDX-License-Identifier: Apache-2.0
#include "tls_watch.hpp"

#include "opencapf/x509/certificate.hpp"

#include <memory>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace opencapf::http {
namespace {

TlsWatch& watch_of(const SSL* ssl) { return *static_cast<TlsWatch*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl))); }

bool is_named(X509* certificate, const std::string& host) {
    return X509_check_ip_asc(certificate, host.c_str(), 0) == 1 ||
           X509_check_host(certificate, host.data(), host.size(), 0, nullptr) == 1;
}

bool has_cmc_ra(X509* certificate) {
    const std::unique_ptr<EXTENDED_KEY_USAGE, void (*)(EXTENDED_KEY_USAGE*)> purposes(
        static_cast<EXTENDED_KEY_USAGE*>(X509_get_ext_d2i(certificate, NID_ext_key_usage, nullptr, nullptr)),
        EXTENDED_KEY_USAGE_free);
    for (int i = 0; purposes && i < sk_ASN1_OBJECT_num(purposes.get()); ++i) {
        if (OBJ_obj2nid(sk_ASN1_OBJECT_value(purposes.get(), i)) == NID_cmcRA) return true;
    }
    return false;
}

int check_leaf(int good, X509_STORE_CTX* verification) {
    if (good == 0 || X509_STORE_CTX_get_error_depth(verification) != 0) return good;
    const auto* ssl =
        static_cast<const SSL*>(X509_STORE_CTX_get_ex_data(verification, SSL_get_ex_data_X509_STORE_CTX_idx()));
    const std::string& host = watch_of(ssl).host;
    X509* leaf = X509_STORE_CTX_get_current_cert(verification);
    if (is_named(leaf, host) || has_cmc_ra(leaf)) return 1;
    X509_STORE_CTX_set_error(verification, X509_V_ERR_HOSTNAME_MISMATCH);
    return 0;
}

/// As OpenSSL does without us; of a failure libcurl tells the number only, and that does not name the missing CA.
int verify(X509_STORE_CTX* verification, void* data) {
    auto& watch = *static_cast<TlsWatch*>(data);
    const int good = X509_verify_cert(verification);
    X509* stopped_at = good > 0 ? nullptr : X509_STORE_CTX_get_current_cert(verification);
    if (stopped_at != nullptr && X509_up_ref(stopped_at) == 1) {
        const auto refused = x509::Certificate::adopt(x509::Handle<X509>(stopped_at));
        watch.refused = refused.subject_oneline() + ", issued by " + refused.issuer_oneline();
    }
    return good;
}

}  // namespace

void watch_connection(SSL_CTX* context, TlsWatch& watch) {
    SSL_CTX_set_app_data(context, &watch);
    SSL_CTX_set_cert_verify_callback(context, verify, &watch);
    SSL_CTX_set_info_callback(context, [](const SSL* ssl, int where, int alert) {
        if (where == SSL_CB_READ_ALERT && (alert & 0xff) == SSL_AD_CLOSE_NOTIFY) watch_of(ssl).close_notified = true;
    });
}

void accept_name_or_role(SSL_CTX* context) { SSL_CTX_set_verify(context, SSL_VERIFY_PEER, check_leaf); }

}  // namespace opencapf::http
