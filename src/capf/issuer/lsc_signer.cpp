// SPDX-License-Identifier: Apache-2.0
#include "capf/issuer/lsc_signer.hpp"

#include "opencapf/x509/builder.hpp"

#include <algorithm>
#include <array>
#include <openssl/asn1.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/x509.h>
#include <stdexcept>

namespace opencapf::capf {
namespace {

constexpr std::uint8_t kSequence = V_ASN1_CONSTRUCTED | V_ASN1_SEQUENCE;
constexpr std::uint8_t kUniformResourceIdentifier = 0x86;  // [6] of GeneralName
constexpr std::size_t kSerialBytes = 16;

// The parts of the issuer's name that an LSC takes over, in the issuer's order.
constexpr std::array kInherited{NID_organizationName, NID_organizationalUnitName, NID_localityName,
                                NID_stateOrProvinceName, NID_countryName};

x509::Handle<X509_NAME> subject_name(const std::string& common_name, const X509_NAME* issuer) {
    x509::Handle<X509_NAME> name(X509_NAME_new());
    if (!name) throw std::bad_alloc();
    const auto* text = reinterpret_cast<const unsigned char*>(common_name.data());
    bool good = X509_NAME_add_entry_by_NID(name.get(), NID_commonName, MBSTRING_UTF8, text,
                                           static_cast<int>(common_name.size()), -1, 0) == 1;
    for (int i = 0; good && i < X509_NAME_entry_count(issuer); ++i) {
        const X509_NAME_ENTRY* entry = X509_NAME_get_entry(issuer, i);
        const int kind = OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry));
        if (std::find(kInherited.begin(), kInherited.end(), kind) != kInherited.end())
            good = X509_NAME_add_entry(name.get(), entry, -1, 0) == 1;
    }
    if (!good) return nullptr;
    return name;
}

x509::Extension key_usage() {
    const Bytes bits{5, 0xa0};  // digitalSignature and keyEncipherment: phones need both, with EC keys as well
    return {"2.5.29.15", true, x509::make_der(V_ASN1_BIT_STRING, bits)};
}

x509::Extension extended_key_usage() {
    Bytes oids;
    constexpr std::array<std::uint8_t, 3> kPurposes{1, 2, 5};  // serverAuth, clientAuth, ipsecEndSystem of id-kp
    for (const std::uint8_t purpose : kPurposes) {
        const Bytes oid{0x2b, 6, 1, 5, 5, 7, 3, purpose};
        const Bytes element = x509::make_der(V_ASN1_OBJECT, oid);
        oids.insert(oids.end(), element.begin(), element.end());
    }
    return {"2.5.29.37", false, x509::make_der(kSequence, oids)};
}

std::vector<x509::Extension> extensions(const LscContent& content, const x509::Certificate& issuer,
                                        const X509_PUBKEY* key) {
    const Bytes name = x509::make_der(kUniformResourceIdentifier, as_bytes(content.device));
    return {{"2.5.29.19", true, x509::make_der(kSequence, {})},  // CA:FALSE is the default, and so left out in DER
            key_usage(),
            extended_key_usage(),
            {"2.5.29.17", false, x509::make_der(kSequence, name)},
            x509::subject_key_identifier(key),
            x509::authority_key_identifier(issuer)};
}

}  // namespace

LscSigner::LscSigner(x509::Certificate certificate, x509::PrivateKey key)
    : certificate_(std::move(certificate)), key_(std::move(key)) {
    if (!(certificate_.public_key() == key_.public_key())) throw std::runtime_error("the private key is another one's");
    const auto usage = certificate_.key_usage();
    if (!certificate_.is_ca() || (usage.present && !usage.key_cert_sign))
        throw std::runtime_error(
            "may not sign certificates: it needs CA:TRUE and keyCertSign; make one that may, or choose another "
            "service_parameters/certificate_issuer_to_endpoint");
}

LscSigner LscSigner::load(const net::TlsServerConfig& tls) {
    auto certificate = x509::Certificate::load(tls.certificate_file);
    auto key = x509::PrivateKey::load(tls.private_key);
    try {
        return {std::move(certificate), std::move(key)};
    } catch (const std::runtime_error& error) {
        throw std::runtime_error("the CAPF certificate " + tls.certificate_file + ": " + error.what());
    }
}

Result<x509::Certificate> LscSigner::sign(const LscContent& content, const x509::PublicKey& key, WallTime now) const {
    const WallTime from = std::chrono::floor<std::chrono::seconds>(now);
    const WallTime until = std::min<WallTime>(from + content.validity, certificate_.not_after());
    if (until <= from) return fail(Errc::unavailable, "the CAPF certificate has expired");
    const auto* issuer = X509_get_subject_name(certificate_.native());
    const auto subject = subject_name(content.common_name, issuer);
    if (!subject) return fail(Errc::crypto, "cannot make the subject of the LSC: " + x509::drain_errors());

    x509::CertificateContent parts;
    parts.serial = random_bytes(kSerialBytes);
    parts.issuer = issuer;
    parts.subject = subject.get();
    parts.not_before = from;
    parts.not_after = until;
    parts.public_key = key.native();
    auto certificate = x509::build_certificate(parts);
    if (!certificate) return fail(certificate.error());
    const auto more = extensions(content, certificate_, X509_get_X509_PUBKEY(certificate->get()));
    return x509::sign_certificate(std::move(*certificate), more, key_);
}

}  // namespace opencapf::capf
