// SPDX-License-Identifier: Apache-2.0
#include "opencapf/x509/builder.hpp"

#include "native.hpp"
#include "opencapf/x509/free_with.hpp"

#include <array>
#include <chrono>
#include <memory>
#include <new>
#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace opencapf::x509 {
namespace {

using Object = std::unique_ptr<ASN1_OBJECT, FreeWith<ASN1_OBJECT_free>>;
using OctetString = std::unique_ptr<ASN1_OCTET_STRING, FreeWith<ASN1_OCTET_STRING_free>>;
using ExtensionHandle = std::unique_ptr<X509_EXTENSION, FreeWith<X509_EXTENSION_free>>;
using BigNumber = std::unique_ptr<BIGNUM, FreeWith<BN_free>>;

bool set_time(ASN1_TIME* field, WallTime time) {
    return ASN1_TIME_set(field, std::chrono::system_clock::to_time_t(time)) != nullptr &&
           ASN1_TIME_normalize(field) == 1;
}

Result<void> add_extensions(X509* certificate, const std::vector<Extension>& extensions) {
    for (const Extension& extension : extensions) {
        const ExtensionHandle built(make_extension(extension));
        if (!built || X509_add_ext(certificate, built.get(), -1) != 1)
            return fail(Errc::crypto, "cannot add extension " + extension.oid + ": " + drain_errors());
    }
    return {};
}

}  // namespace

bool set_serial(ASN1_INTEGER* target, ByteView serial) {
    const BigNumber number(BN_bin2bn(serial.data(), static_cast<int>(serial.size()), nullptr));
    return number && BN_to_ASN1_INTEGER(number.get(), target) != nullptr;
}

X509_EXTENSION* make_extension(const Extension& extension) {
    const Object oid(OBJ_txt2obj(extension.oid.c_str(), 1));
    const OctetString value(ASN1_OCTET_STRING_new());
    if (!oid || !value ||
        ASN1_OCTET_STRING_set(value.get(), extension.value.data(), static_cast<int>(extension.value.size())) != 1) {
        return nullptr;
    }
    return X509_EXTENSION_create_by_OBJ(nullptr, oid.get(), extension.critical ? 1 : 0, value.get());
}

Result<Handle<X509>> build_certificate(const CertificateContent& content) {
    Handle<X509> certificate(X509_new());
    X509* const raw = certificate.get();
    if (raw == nullptr) throw std::bad_alloc();
    const bool built =
        X509_set_version(raw, X509_VERSION_3) == 1 && set_serial(X509_get_serialNumber(raw), content.serial) &&
        X509_set_issuer_name(raw, content.issuer) == 1 && X509_set_subject_name(raw, content.subject) == 1 &&
        set_time(X509_getm_notBefore(raw), content.not_before) &&
        set_time(X509_getm_notAfter(raw), content.not_after) && X509_set_pubkey(raw, content.public_key) == 1;
    if (!built) return fail(Errc::crypto, "cannot build the certificate: " + drain_errors());
    if (auto added = add_extensions(raw, content.extensions); !added) return fail(added.error());
    return certificate;
}

Result<Certificate> sign_certificate(Handle<X509> certificate, const std::vector<Extension>& extensions,
                                     const PrivateKey& key) {
    if (auto added = add_extensions(certificate.get(), extensions); !added) return fail(added.error());
    if (X509_sign(certificate.get(), key.native(), EVP_sha256()) <= 0)
        return fail(Errc::crypto, "cannot sign: " + drain_errors());
    return Certificate::adopt(std::move(certificate));
}

Bytes key_identifier(const X509_PUBKEY* key) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    const unsigned char* content = nullptr;
    int content_length = 0;
    const bool done =
        key != nullptr && X509_PUBKEY_get0_param(nullptr, &content, &content_length, nullptr, key) == 1 &&
        EVP_Digest(content, static_cast<std::size_t>(content_length), digest.data(), &length, EVP_sha1(), nullptr) == 1;
    if (!done) throw std::runtime_error("cannot hash a public key: " + drain_errors());
    return Bytes(digest.begin(), digest.begin() + length);
}

Extension subject_key_identifier(const X509_PUBKEY* key) {
    return {"2.5.29.14", false, make_der(V_ASN1_OCTET_STRING, key_identifier(key))};
}

Extension authority_key_identifier(const Certificate& issuer) {
    const ASN1_OCTET_STRING* own = X509_get0_subject_key_id(issuer.native());
    Bytes identifier = own != nullptr
                           ? Bytes(ASN1_STRING_get0_data(own), ASN1_STRING_get0_data(own) + ASN1_STRING_length(own))
                           : key_identifier(X509_get_X509_PUBKEY(issuer.native()));
    constexpr std::uint8_t kSequence = V_ASN1_CONSTRUCTED | V_ASN1_SEQUENCE, kKeyIdentifier = 0x80;
    return {"2.5.29.35", false, make_der(kSequence, make_der(kKeyIdentifier, identifier))};
}

}  // namespace opencapf::x509
