// SPDX-License-Identifier: Apache-2.0
#include "support/pki.hpp"

#include <atomic>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdexcept>
#include <utility>

namespace opencapf::test {
namespace {

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
    if (extension == nullptr) throw std::runtime_error("cannot make an extension: " + x509::drain_errors());
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

}  // namespace

x509::Certificate make_certificate(const CertificateSpec& spec, const x509::PublicKey& key,
                                   const x509::PrivateKey& signer, const x509::Certificate* issuer) {
    static std::atomic<long> serial{1000};
    x509::Handle<X509> certificate(X509_new());
    X509* raw = certificate.get();
    X509* parent = issuer == nullptr ? raw : issuer->native();
    X509_set_version(raw, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(raw), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(raw), 86'400L * spec.days_from);
    X509_gmtime_adj(X509_getm_notAfter(raw), 86'400L * (spec.days_from + spec.days));
    X509_NAME_add_entry_by_txt(X509_get_subject_name(raw), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(spec.common_name.c_str()), -1, -1, 0);
    X509_set_issuer_name(raw, X509_get_subject_name(parent));
    X509_set_pubkey(raw, key.native());
    add_extension(raw, parent, NID_basic_constraints, spec.ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
    add_extension(raw, parent, NID_subject_key_identifier, "hash");
    if (issuer != nullptr) add_extension(raw, parent, NID_authority_key_identifier, "keyid");
    if (!spec.dns_name.empty()) add_extension(raw, parent, NID_subject_alt_name, "DNS:" + spec.dns_name);
    if (!spec.key_usage.empty()) add_extension(raw, parent, NID_key_usage, spec.key_usage);
    if (!spec.extended_key_usage.empty()) add_extension(raw, parent, NID_ext_key_usage, spec.extended_key_usage);
    if (X509_sign(raw, signer.native(), EVP_sha256()) <= 0)
        throw std::runtime_error("cannot sign: " + x509::drain_errors());
    return x509::Certificate::adopt(std::move(certificate));
}

Issued make_self_signed(const CertificateSpec& spec) {
    auto key = x509::PrivateKey::generate_ec("P-256");
    auto certificate = make_certificate(spec, key.public_key(), key, nullptr);
    return {std::move(key), std::move(certificate)};
}

Issued make_root(const std::string& common_name) {
    CertificateSpec spec;
    spec.common_name = common_name;
    spec.ca = true;
    return make_self_signed(spec);
}

Issued issue(const CertificateSpec& spec, const Issued& issuer) {
    auto key = x509::PrivateKey::generate_ec("P-256");
    auto certificate = make_certificate(spec, key.public_key(), issuer.key, &issuer.certificate);
    return {std::move(key), std::move(certificate)};
}

}  // namespace opencapf::test
