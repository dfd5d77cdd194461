// SPDX-License-Identifier: Apache-2.0
#include "ces/server/csr_check.hpp"

#include "opencapf/est/codec.hpp"
#include "opencapf/x509/free_with.hpp"
#include "opencapf/x509/request_details.hpp"

#include <algorithm>
#include <array>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <set>

namespace opencapf::ces {
namespace {

// A request of today has some 60 elements and 9 levels.
constexpr std::size_t kMaxDepth = 24;
constexpr std::size_t kMaxElements = 4'000;
constexpr int kMaxExponentBits = 64;

constexpr const char* kBasicConstraintsOid = "2.5.29.19";
constexpr const char* kKeyUsageOid = "2.5.29.15";
/// With these a client would tell an AD CS what cesd's policy has to say: name-value pairs (read like the form's
/// CertAttrib), and the names of a template in version 1 and 2.
constexpr std::array<std::string_view, 3> kTemplateOids{"1.3.6.1.4.1.311.13.2.1", "1.3.6.1.4.1.311.20.2",
                                                        "1.3.6.1.4.1.311.21.7"};

tl::unexpected<Error> refuse(const std::string& what) {
    return fail(Errc::malformed, "The certificate request is refused: " + what + ".");
}

template <class List>
bool lists(const List& list, std::string_view text) {
    return std::find(list.begin(), list.end(), text) != list.end();
}

bool has_usable_exponent(const x509::PublicKey& key) {
    BIGNUM* raw = nullptr;
    if (EVP_PKEY_get_bn_param(key.native(), OSSL_PKEY_PARAM_RSA_E, &raw) != 1) {
        x509::drain_errors();
        return false;
    }
    const std::unique_ptr<BIGNUM, x509::FreeWith<BN_free>> exponent(raw);
    return BN_is_odd(raw) == 1 && BN_is_one(raw) == 0 && BN_num_bits(raw) <= kMaxExponentBits;
}

Result<void> check_key(const x509::PublicKey& key, const CsrRules& rules) {
    switch (key.type()) {
        case x509::KeyType::rsa:
            if (key.bits() < rules.rsa_min_bits)
                return refuse("its RSA key has " + std::to_string(key.bits()) + " bits, " +
                              std::to_string(rules.rsa_min_bits) + " are the least");
            if (key.bits() > rules.rsa_max_bits)
                return refuse("its RSA key has " + std::to_string(key.bits()) + " bits, " +
                              std::to_string(rules.rsa_max_bits) + " are the most");
            if (!has_usable_exponent(key)) return refuse("the exponent of its RSA key is of no use");
            return {};
        case x509::KeyType::ec:
            if (!lists(rules.curves, key.curve())) return refuse("the curve of its key is not taken here");
            return {};
        case x509::KeyType::other:
            break;
    }
    return refuse("keys of its type are not taken here");
}

Result<void> check_extensions(const std::vector<x509::Extension>& extensions, const CsrRules& rules,
                              std::size_t& alternative_names) {
    if (extensions.size() > rules.max_attributes) return refuse("it asks for too many extensions");
    std::set<std::string> seen;
    for (const auto& extension : extensions) {
        if (!seen.insert(extension.oid).second) return refuse("it asks for extension " + extension.oid + " twice");
        if (!rules.allow_template && lists(kTemplateOids, extension.oid))
            return refuse("it names a certificate template");
        if (!rules.allow_ca && extension.oid == kBasicConstraintsOid && x509::claims_ca(extension.value))
            return refuse("it asks for a CA certificate");
        if (!rules.allow_ca && extension.oid == kKeyUsageOid && x509::asks_to_sign_certificates(extension.value))
            return refuse("it asks for a key that signs certificates");
        if (extension.oid != x509::kSubjectAltNameOid) continue;
        const auto names =
            x509::check_alternative_names(extension.value, rules.max_alternative_names, rules.max_name_bytes);
        if (!names) return refuse(names.error().message);
        alternative_names = *names;
    }
    return {};
}

}  // namespace

Result<x509::CertificateRequest> read_csr(std::string_view body) {
    auto der = est::decode_body(body);
    if (!der) return fail(Errc::malformed, "The body is no PKCS#10 certificate request: " + der.error().message + ".");
    const auto shaped = x509::check_der(*der, kMaxDepth, kMaxElements);
    if (!shaped)
        return fail(Errc::malformed, "The body is no PKCS#10 certificate request: " + shaped.error().message + ".");
    auto csr = x509::CertificateRequest::from_der(*der);
    if (!csr) return fail(Errc::malformed, "The body is no PKCS#10 certificate request: " + csr.error().message + ".");
    return csr;
}

Result<void> check_csr_content(const x509::CertificateRequest& csr, const CsrRules& rules) {
    if (static_cast<std::size_t>(X509_REQ_get_attr_count(csr.native())) > rules.max_attributes)
        return refuse("it has too many attributes");
    std::set<std::string> seen;
    for (const auto& attribute : x509::request_attributes(csr)) {
        if (!seen.insert(attribute.oid).second) return refuse("it has attribute " + attribute.oid + " twice");
        if (!rules.allow_template && lists(kTemplateOids, attribute.oid))
            return refuse("it names a certificate template");
    }
    const auto subject =
        x509::check_name(X509_REQ_get_subject_name(csr.native()), rules.max_subject_parts, rules.max_name_bytes);
    if (!subject) return refuse(subject.error().message);
    const auto extensions = x509::requested_extensions(csr);
    if (!extensions) return refuse(extensions.error().message);
    std::size_t alternative_names = 0;
    auto good = check_extensions(*extensions, rules, alternative_names);
    if (!good) return good;
    if (*subject == 0 && rules.subject_required) return refuse("its subject is empty");
    if (*subject == 0 && alternative_names == 0) return refuse("it names nobody: no subject, no subjectAltName");
    return {};
}

Result<void> check_csr_proof(const x509::CertificateRequest& csr, const CsrRules& rules) {
    // Before the signature: an absurd key makes its verification expensive.
    auto good = check_key(csr.public_key(), rules);
    if (!good) return good;
    if (csr.is_unsigned()) {
        if (!csr.verify_no_signature_hash())
            return fail(Errc::malformed, "The hash that stands for the signature of the request does not match.");
        return {};
    }
    if (!lists(rules.digests, x509::signature_digest(csr)))
        return refuse("the algorithm of its signature is not taken here");
    if (!csr.verify_signature())
        return fail(Errc::malformed, "The signature of the certificate request does not verify.");
    return {};
}

}  // namespace opencapf::ces
