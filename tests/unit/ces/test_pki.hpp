// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/x509/certificate.hpp"
#include "opencapf/x509/key.hpp"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdexcept>
#include <string>
#include <utility>

/// Throw-away certificates (P-256, quick to make) for the tests of cesd.
namespace opencapf::ces::test {

struct CertificateSpec {
    std::string common_name;
    std::string dns_name = {};  ///< subjectAltName, when not empty
    bool ca = false;
    int days_from = -1;  ///< notBefore, in days from now
};

struct Issued {
    x509::PrivateKey key;
    x509::Certificate certificate;
};

inline x509::Certificate make_certificate(const CertificateSpec& spec, const x509::PublicKey& key,
                                          const x509::PrivateKey& signer, const x509::Certificate* issuer) {
    static long serial = 1000;
    x509::Handle<X509> certificate(X509_new());
    X509* raw = certificate.get();
    X509_set_version(raw, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(raw), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(raw), 86'400L * spec.days_from);
    X509_gmtime_adj(X509_getm_notAfter(raw), 86'400L * (spec.days_from + 365));
    X509_NAME_add_entry_by_txt(X509_get_subject_name(raw), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(spec.common_name.c_str()), -1, -1, 0);
    X509_set_issuer_name(raw, issuer == nullptr ? X509_get_subject_name(raw) : X509_get_subject_name(issuer->native()));
    X509_set_pubkey(raw, key.native());
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer == nullptr ? raw : issuer->native(), raw, nullptr, nullptr, 0);
    const auto add = [&](int nid, const std::string& value) {
        X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
        if (extension == nullptr) throw std::runtime_error("cannot make an extension");
        X509_add_ext(raw, extension, -1);
        X509_EXTENSION_free(extension);
    };
    add(NID_basic_constraints, spec.ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
    add(NID_subject_key_identifier, "hash");
    if (issuer != nullptr) add(NID_authority_key_identifier, "keyid");
    if (!spec.dns_name.empty()) add(NID_subject_alt_name, "DNS:" + spec.dns_name);
    if (X509_sign(raw, signer.native(), EVP_sha256()) <= 0) throw std::runtime_error("cannot sign");
    return x509::Certificate::adopt(std::move(certificate));
}

inline Issued make_self_signed(const CertificateSpec& spec) {
    auto key = x509::PrivateKey::generate_ec("P-256");
    auto certificate = make_certificate(spec, key.public_key(), key, nullptr);
    return {std::move(key), std::move(certificate)};
}

inline Issued make_root(const std::string& common_name) {
    CertificateSpec spec;
    spec.common_name = common_name;
    spec.ca = true;
    return make_self_signed(spec);
}

inline Issued issue(const CertificateSpec& spec, const Issued& issuer) {
    auto key = x509::PrivateKey::generate_ec("P-256");
    auto certificate = make_certificate(spec, key.public_key(), issuer.key, &issuer.certificate);
    return {std::move(key), std::move(certificate)};
}

}  // namespace opencapf::ces::test
