// SPDX-License-Identifier: Apache-2.0
#include "ces/server/key_generation.hpp"

#include "ces/profile_config.hpp"
#include "opencapf/est/codec.hpp"
#include "opencapf/x509/builder.hpp"
#include "opencapf/x509/free_with.hpp"
#include "opencapf/x509/request_details.hpp"

#include <algorithm>
#include <array>
#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

namespace opencapf::ces {
namespace {

using x509::drain_errors;
using x509::make_der;
using Cms = std::unique_ptr<CMS_ContentInfo, x509::FreeWith<CMS_ContentInfo_free>>;
using Object = std::unique_ptr<ASN1_OBJECT, x509::FreeWith<ASN1_OBJECT_free>>;

constexpr const char* kDecryptKeyIdOid = "1.2.840.113549.1.9.16.2.37";            // RFC 4108
constexpr const char* kAsymmetricDecryptKeyIdOid = "1.2.840.113549.1.9.16.2.54";  // RFC 7030 section 4.4.1.2
constexpr const char* kSmimeCapabilitiesOid = "1.2.840.113549.1.9.15";
constexpr const char* kKeyPackageOid = "2.16.840.1.101.2.1.2.78.5";  // id-ct-KP-aKeyPackage
constexpr const char* kSignedDataOid = "1.2.840.113549.1.7.2";
constexpr std::array<std::uint8_t, 11> kAes128Cbc{0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x02};
constexpr std::array<std::uint8_t, 11> kAes256Cbc{0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2a};

/// Bytes that are wiped when they go.
struct Wiped {
    Bytes bytes;
    Wiped() = default;
    explicit Wiped(Bytes value) : bytes(std::move(value)) {}
    Wiped(const Wiped&) = delete;
    Wiped& operator=(const Wiped&) = delete;
    ~Wiped() { OPENSSL_cleanse(bytes.data(), bytes.size()); }
};

tl::unexpected<Error> crypto(const char* what) { return fail(Errc::crypto, std::string(what) + ": " + drain_errors()); }

Bytes pkcs8_of(const x509::PrivateKey& key) {
    const std::unique_ptr<PKCS8_PRIV_KEY_INFO, x509::FreeWith<PKCS8_PRIV_KEY_INFO_free>> info(
        EVP_PKEY2PKCS8(key.native()));
    unsigned char* raw = nullptr;
    const int length = info ? i2d_PKCS8_PRIV_KEY_INFO(info.get(), &raw) : -1;
    if (length <= 0) return {};
    Bytes der(raw, raw + length);
    OPENSSL_clear_free(raw, static_cast<std::size_t>(length));
    return der;
}

x509::Handle<BIO> reader_of(const Bytes& bytes) {
    return x509::Handle<BIO>(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

template <class Type>
bool set_content_type(CMS_ContentInfo* cms, Type text) {
    const Object type(OBJ_txt2obj(text, 1));
    return type && CMS_set1_eContentType(cms, type.get()) == 1;
}

Bytes der_of(CMS_ContentInfo* cms) {
    unsigned char* raw = nullptr;
    const int length = i2d_CMS_ContentInfo(cms, &raw);
    if (length <= 0) return {};
    Bytes der(raw, raw + length);
    OPENSSL_clear_free(raw, static_cast<std::size_t>(length));
    return der;
}

/// The content of a ContentInfo: what an EnvelopedData of type id-signedData encrypts (RFC 5652 section 6.1).
Bytes inner_content(const Bytes& content_info) {
    const auto* in = content_info.data();
    long length = 0;
    int tag = 0, cls = 0;
    const auto enter = [&] {
        return (ASN1_get_object(&in, &length, &tag, &cls,
                                static_cast<long>(content_info.data() + content_info.size() - in)) &
                0x80) == 0;
    };
    if (!enter() || !enter()) return {};
    in += length;  // behind the OBJECT IDENTIFIER
    if (!enter()) return {};
    return {in, in + length};
}

Result<Bytes> enveloped(const Bytes& pkcs8, const KeyEncryption& encryption, const KeySigner& signer) {
    const Wiped package(make_der(0x30, pkcs8));  // AsymmetricKeyPackage ::= SEQUENCE OF OneAsymmetricKey
    const auto content = reader_of(package.bytes);
    constexpr unsigned kFlags = CMS_BINARY | CMS_PARTIAL;
    const Cms signed_data(CMS_sign(signer.certificate.native(), signer.key.native(), nullptr, nullptr, kFlags));
    if (!signed_data || !set_content_type(signed_data.get(), kKeyPackageOid) ||
        CMS_final(signed_data.get(), content.get(), nullptr, CMS_BINARY) != 1)
        return crypto("cannot sign the key");
    const Wiped info(der_of(signed_data.get()));
    const Wiped inner(inner_content(info.bytes));
    if (inner.bytes.empty()) return crypto("cannot encode the signed key");

    const std::unique_ptr<STACK_OF(X509), x509::FreeWith<[](STACK_OF(X509) * stack) { sk_X509_free(stack); }>> to(
        sk_X509_new_null());
    if (!to || sk_X509_push(to.get(), encryption.recipient.native()) <= 0) return crypto("no memory");
    const EVP_CIPHER* cipher = encryption.aes256 ? EVP_aes_256_cbc() : EVP_aes_128_cbc();
    const auto plain = reader_of(inner.bytes);
    const Cms envelope(CMS_encrypt(to.get(), nullptr, cipher, kFlags));
    if (!envelope || !set_content_type(envelope.get(), kSignedDataOid) ||
        CMS_final(envelope.get(), plain.get(), nullptr, CMS_BINARY) != 1)
        return crypto("cannot encrypt the key for the client's certificate");
    Bytes der = der_of(envelope.get());
    if (der.empty()) return crypto("cannot encode the encrypted key");
    return der;
}

std::string part(std::string_view type, std::string_view base64) {
    std::string text = "Content-Type: ";
    text.append(type).append("\r\nContent-Transfer-Encoding: base64\r\n\r\n").append(base64);
    return text;
}

bool contains(const Bytes& haystack, ByteView needle) {
    return std::search(haystack.begin(), haystack.end(), needle.begin(), needle.end()) != haystack.end();
}

}  // namespace

Result<std::optional<KeyEncryption>> key_encryption_of(const x509::CertificateRequest& csr,
                                                       const std::optional<x509::Certificate>& client) {
    std::optional<Bytes> wanted, capabilities;
    for (const auto& attribute : x509::request_attributes(csr)) {
        if (attribute.oid == kDecryptKeyIdOid)
            return fail(Errc::malformed, "No symmetric key of that DecryptKeyIdentifier is known here.");
        if (attribute.values.size() != 1) continue;
        if (attribute.oid == kSmimeCapabilitiesOid) capabilities = attribute.values.front();
        if (attribute.oid != kAsymmetricDecryptKeyIdOid) continue;
        wanted = x509::octets_value(attribute.values.front());
        if (!wanted) return fail(Errc::malformed, "The AsymmetricDecryptKeyIdentifier cannot be read.");
    }
    if (!wanted) return std::optional<KeyEncryption>();
    if (!capabilities)
        return fail(Errc::malformed, "A request with AsymmetricDecryptKeyIdentifier needs SMIMECapabilities.");
    if (!client || x509::key_identifier_of(*client) != *wanted)
        return fail(Errc::malformed, "The AsymmetricDecryptKeyIdentifier is not that of your TLS client certificate.");
    const bool aes256 = contains(*capabilities, kAes256Cbc);
    if (!aes256 && !contains(*capabilities, kAes128Cbc))
        return fail(Errc::malformed, "The SMIMECapabilities list neither AES-256-CBC nor AES-128-CBC.");
    return std::optional<KeyEncryption>(KeyEncryption{*client, aes256});
}

Result<GeneratedKey> generate_key(const x509::CertificateRequest& pattern, const std::string& kind) {
    try {
        const int bits = rsa_bits_of(kind);
        auto key = bits != 0 ? x509::PrivateKey::generate_rsa(bits) : x509::PrivateKey::generate_ec(kind);
        auto csr = x509::remake_request(
            pattern, key, {x509::kChallengePasswordOid, kAsymmetricDecryptKeyIdOid, kSmimeCapabilitiesOid});
        if (!csr) return fail(csr.error());
        return GeneratedKey{std::move(key), std::move(*csr)};
    } catch (const std::runtime_error& error) {
        return fail(Errc::crypto, error.what());
    }
}

Result<Secret> key_part(const x509::PrivateKey& key, const std::optional<KeyEncryption>& encryption,
                        const KeySigner& signer) {
    const Wiped pkcs8(pkcs8_of(key));
    if (pkcs8.bytes.empty()) return crypto("cannot encode the key");
    if (!encryption) {
        const Secret base64(est::encode_body(pkcs8.bytes));
        return Secret(part("application/pkcs8", base64.reveal()));
    }
    const auto der = enveloped(pkcs8.bytes, *encryption, signer);
    if (!der) return fail(der.error());
    return Secret(part("application/pkcs7-mime; smime-type=server-generated-key", est::encode_body(*der)));
}

http::Response key_response(const Secret& key_part, const std::string& certificate_base64) {
    Bytes random(16);
    // Only so that it does not stand in a part; base64 has no '-', so any would do.
    if (RAND_bytes(random.data(), static_cast<int>(random.size())) != 1) drain_errors();
    const std::string boundary = "est-" + to_hex(random);
    http::Response response;
    response.headers.add("Content-Type", "multipart/mixed; boundary=" + boundary);
    const std::string certificate = part(est::kTypeEnrolled, certificate_base64);
    response.body.reserve(key_part.reveal().size() + certificate.size() + 3 * boundary.size() + 32);
    response.body.append("--").append(boundary).append("\r\n").append(key_part.reveal());
    response.body.append("\r\n--").append(boundary).append("\r\n").append(certificate);
    response.body.append("\r\n--").append(boundary).append("--\r\n");
    response.sensitive = true;
    return response;
}

}  // namespace opencapf::ces
