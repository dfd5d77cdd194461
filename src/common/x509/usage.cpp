// SPDX-License-Identifier: Apache-2.0
#include "opencapf/x509/usage.hpp"

#include "native.hpp"
#include "opencapf/x509/free_with.hpp"

#include <algorithm>
#include <array>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

namespace opencapf::x509 {
namespace {

constexpr int kMaxPurposes = 32;
constexpr const char *kSigns = "digitalSignature", *kDecrypts = "keyEncipherment";

std::string join(const std::vector<std::string>& parts) {
    std::string text;
    for (const auto& part : parts) text += (text.empty() ? "" : ", ") + part;
    return text;
}

bool has(const Usage& usage, const char* name) {
    return !usage.restricted ||
           std::find(usage.key_usages.begin(), usage.key_usages.end(), name) != usage.key_usages.end();
}

void read_key_usages(const Certificate& certificate, Usage& usage) {
    // RFC 5280 section 4.2.1.3, bit 0 first.
    static constexpr std::array kNames{kSigns,         "nonRepudiation", kDecrypts, "dataEncipherment",
                                       "keyAgreement", "keyCertSign",    "cRLSign", "encipherOnly",
                                       "decipherOnly"};
    const std::unique_ptr<ASN1_BIT_STRING, FreeWith<ASN1_BIT_STRING_free>> bits(
        static_cast<ASN1_BIT_STRING*>(X509_get_ext_d2i(certificate.native(), NID_key_usage, nullptr, nullptr)));
    usage.restricted = bits != nullptr;
    for (std::size_t i = 0; bits && i < kNames.size(); ++i)
        if (ASN1_BIT_STRING_get_bit(bits.get(), static_cast<int>(i)) == 1) usage.key_usages.emplace_back(kNames[i]);
}

void read_purposes(const Certificate& certificate, Usage& usage) {
    const std::unique_ptr<EXTENDED_KEY_USAGE, FreeWith<EXTENDED_KEY_USAGE_free>> purposes(
        static_cast<EXTENDED_KEY_USAGE*>(X509_get_ext_d2i(certificate.native(), NID_ext_key_usage, nullptr, nullptr)));
    for (int i = 0; purposes && i < std::min(sk_ASN1_OBJECT_num(purposes.get()), kMaxPurposes); ++i) {
        const ASN1_OBJECT* purpose = sk_ASN1_OBJECT_value(purposes.get(), i);
        const int nid = OBJ_obj2nid(purpose);
        std::array<char, 80> text{};
        OBJ_obj2txt(text.data(), static_cast<int>(text.size()), purpose, 1);
        usage.purposes.emplace_back(nid == NID_undef ? text.data() : OBJ_nid2sn(nid));
    }
}

}  // namespace

Usage usage_of(const Certificate& certificate) {
    Usage usage;
    usage.ca = certificate.is_ca();
    if (const auto key = certificate.usable_public_key()) usage.key_type = key->type();
    read_key_usages(certificate, usage);
    read_purposes(certificate, usage);
    drain_errors();
    return usage;
}

std::string phone_problem(const Usage& usage) {
    if (usage.ca) return "it is a CA certificate: whoever has the phone could issue certificates";
    if (!has(usage, kSigns)) return "digitalSignature is missing: phones cannot authenticate with it";
    if (usage.key_type == KeyType::rsa && !has(usage, kDecrypts))
        return "keyEncipherment is missing: phones do not register securely with it";
    return {};
}

std::string to_text(const Usage& usage) {
    std::string text = !usage.restricted          ? "no key usage extension: every use is allowed"
                       : usage.key_usages.empty() ? "no key usage at all"
                                                  : "key usages " + join(usage.key_usages);
    return text + (usage.purposes.empty() ? "; no extended key usage" : "; extended: " + join(usage.purposes));
}

}  // namespace opencapf::x509
