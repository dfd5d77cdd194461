// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/certificate_extensions.hpp"

#include "ca_sim/der.hpp"

#include <algorithm>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <optional>

namespace opencapf::ca_sim {
namespace {

constexpr const char* kCaIssuersOid = "1.3.6.1.5.5.7.48.2";
constexpr const char* kOcspOid = "1.3.6.1.5.5.7.48.1";

Bytes concatenate(const std::vector<Bytes>& parts) {
    Bytes out;
    for (const Bytes& part : parts) out.insert(out.end(), part.begin(), part.end());
    return out;
}

Extension key_usage(const Template& entry) {
    unsigned bits = 0;  // bit 0 of RFC 5280 is the highest bit of the first octet
    int last = 0;
    for (const std::string& name : entry.key_usage) {
        const int bit = key_usage_bit(name).value_or(0);
        bits |= 0x80U >> static_cast<unsigned>(bit);
        last = std::max(last, bit);
    }
    const Bytes content{static_cast<std::uint8_t>(7 - last), static_cast<std::uint8_t>(bits)};
    return {"2.5.29.15", true, der::element(der::kBitString, content)};
}

Extension template_information(const Template& entry) {
    return {der::kTemplateOid, false,
            der::constructed(der::kSequence, {der::oid(entry.oid), der::unsigned_integer(entry.major_version),
                                              der::unsigned_integer(entry.minor_version)})};
}

Extension extended_key_usage(const Template& entry) {
    std::vector<Bytes> oids;
    for (const std::string& oid : entry.eku) oids.push_back(der::oid(oid));
    return {"2.5.29.37", false, der::element(der::kSequence, concatenate(oids))};
}

Extension application_policies(const Template& entry) {
    std::vector<Bytes> policies;
    for (const std::string& oid : entry.eku) policies.push_back(der::constructed(der::kSequence, {der::oid(oid)}));
    return {der::kApplicationPoliciesOid, false, der::element(der::kSequence, concatenate(policies))};
}

Extension authority_information(const ExtensionInput& input) {
    std::vector<Bytes> descriptions;
    const auto add = [&](const char* method, const std::vector<std::string>& urls) {
        for (const std::string& url : urls)
            descriptions.push_back(der::constructed(der::kSequence, {der::oid(method), der::uri(url)}));
    };
    add(kCaIssuersOid, input.aia_urls);
    add(kOcspOid, input.ocsp_urls);
    return {"1.3.6.1.5.5.7.1.1", false, der::element(der::kSequence, concatenate(descriptions))};
}

Extension basic_constraints() {
    const Bytes yes{0xff};
    return {"2.5.29.19", true, der::constructed(der::kSequence, {der::element(0x01, yes)})};
}

/// The SAN of the request, decoded and encoded again, so that only what OpenSSL understands goes into a certificate.
std::optional<Bytes> requested_names(const x509::CertificateRequest& request) {
    STACK_OF(X509_EXTENSION)* extensions = X509_REQ_get_extensions(request.native());
    if (extensions == nullptr) return std::nullopt;
    auto* names = static_cast<GENERAL_NAMES*>(X509V3_get_d2i(extensions, NID_subject_alt_name, nullptr, nullptr));
    sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
    if (names == nullptr) return std::nullopt;
    unsigned char* encoded = nullptr;
    const int length = sk_GENERAL_NAME_num(names) > 0 ? i2d_GENERAL_NAMES(names, &encoded) : 0;
    GENERAL_NAMES_free(names);
    if (length <= 0) return std::nullopt;
    Bytes out(encoded, encoded + length);
    OPENSSL_free(encoded);
    return out;
}

}  // namespace

Extension crl_distribution_points(const std::vector<std::string>& urls, const char* oid) {
    std::vector<Bytes> names;
    for (const std::string& url : urls) names.push_back(der::uri(url));
    const Bytes full_name = der::element(0xa0, concatenate(names));
    const Bytes point = der::constructed(der::kSequence, {der::element(0xa0, full_name)});
    return {oid, false, der::constructed(der::kSequence, {point})};
}

std::vector<Extension> certificate_extensions(const x509::CertificateRequest& request, const Template& entry,
                                              const ExtensionInput& input) {
    std::vector<Extension> list;
    const bool versioned = entry.schema >= 2;
    if (versioned) {
        list.push_back(template_information(entry));
    } else {
        list.push_back({der::kTemplateNameOid, false, der::bmp_string(entry.name)});
    }
    if (entry.certificate_authority) list.push_back(basic_constraints());
    if (!entry.eku.empty()) list.push_back(extended_key_usage(entry));
    if (!entry.key_usage.empty()) list.push_back(key_usage(entry));
    if (versioned && !entry.eku.empty()) list.push_back(application_policies(entry));
    list.push_back(x509::subject_key_identifier(X509_REQ_get_X509_PUBKEY(request.native())));
    std::optional<Bytes> names = input.names;
    if (!names && entry.subject_from_request) names = requested_names(request);
    if (names) list.push_back({"2.5.29.17", !input.has_subject, std::move(*names)});
    list.push_back(x509::authority_key_identifier(*input.issuer));
    if (!input.crl_urls.empty()) list.push_back(crl_distribution_points(input.crl_urls));
    if (!input.aia_urls.empty() || !input.ocsp_urls.empty()) list.push_back(authority_information(input));
    return list;
}

}  // namespace opencapf::ca_sim
