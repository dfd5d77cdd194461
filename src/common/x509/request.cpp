// SPDX-License-Identifier: Apache-2.0
#include "opencapf/x509/request.hpp"

#include "native.hpp"

#include <algorithm>
#include <openssl/evp.h>
#include <openssl/objects.h>

namespace opencapf::x509 {
namespace {

// RFC 5272 appendix C.1: id-alg-noSignature = id-pkix id-alg(6) 2, parameters NULL.
const Bytes kNoSignatureAlgorithm = {0x30, 0x0c, 0x06, 0x08, 0x2b, 0x06, 0x01,
                                     0x05, 0x05, 0x07, 0x06, 0x02, 0x05, 0x00};
const Bytes kSha256WithRsa = {0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b, 0x05, 0x00};
const Bytes kEcdsaWithSha256 = {0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02};
const Bytes kSha256DigestInfo = {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                                 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20};

void append(Bytes& out, ByteView bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }

Bytes assemble(ByteView request_info, const Bytes& algorithm, ByteView signature) {
    Bytes bits{0x00};  // no unused bits
    append(bits, signature);
    Bytes content(request_info.begin(), request_info.end());
    append(content, algorithm);
    append(content, make_der(0x03, bits));
    return make_der(0x30, content);
}

}  // namespace

struct CertificateRequest::State {
    Handle<X509_REQ> native;
    Bytes der;
};

Result<CertificateRequest> CertificateRequest::from_der(ByteView der) {
    const auto* in = der.data();
    Handle<X509_REQ> native(d2i_X509_REQ(nullptr, &in, static_cast<long>(der.size())));
    if (!native) return fail(Errc::malformed, "not a PKCS#10: " + drain_errors());
    if (in != der.data() + der.size()) return fail(Errc::malformed, "bytes after the PKCS#10");
    if (X509_REQ_get0_pubkey(native.get()) == nullptr)
        return fail(Errc::malformed, "the PKCS#10 has no usable public key: " + drain_errors());
    auto state = std::make_shared<State>();
    state->native = std::move(native);
    state->der.assign(der.begin(), der.end());
    return CertificateRequest(std::move(state));
}

Result<CertificateRequest> CertificateRequest::from_text(std::string_view text) {
    PemBlock block;
    if (next_pem_block(text, 0, block)) {
        if (block.label != "CERTIFICATE REQUEST" && block.label != "NEW CERTIFICATE REQUEST")
            return fail(Errc::malformed, "a PEM block that is no certificate request");
        return from_der(block.der);
    }
    auto der = from_base64(text);
    if (!der || der->empty()) return fail(Errc::malformed, "neither PEM nor base64");
    return from_der(*der);
}

const Bytes& CertificateRequest::der() const noexcept { return state_->der; }
std::string CertificateRequest::pem() const { return make_pem("CERTIFICATE REQUEST", state_->der, "\n"); }
std::string CertificateRequest::subject_rfc2253() const { return rfc2253(X509_REQ_get_subject_name(native())); }
std::string CertificateRequest::common_name() const { return last_common_name(X509_REQ_get_subject_name(native())); }
X509_REQ* CertificateRequest::native() const noexcept { return state_->native.get(); }

PublicKey CertificateRequest::public_key() const {
    auto key = PublicKey::from_native(X509_REQ_get0_pubkey(native()),
                                      encode_der(X509_REQ_get_X509_PUBKEY(native()), i2d_X509_PUBKEY));
    if (!key) throw std::runtime_error(key.error().message);  // from_der checked it
    return std::move(*key);
}

bool CertificateRequest::is_unsigned() const {
    const X509_ALGOR* algorithm = nullptr;
    X509_REQ_get0_signature(native(), nullptr, &algorithm);
    const ASN1_OBJECT* oid = nullptr;
    X509_ALGOR_get0(&oid, nullptr, nullptr, algorithm);
    constexpr std::size_t kOidAt = 4, kOidLength = 8;  // inside kNoSignatureAlgorithm
    return OBJ_length(oid) == kOidLength &&
           std::equal(OBJ_get0_data(oid), OBJ_get0_data(oid) + kOidLength, kNoSignatureAlgorithm.begin() + kOidAt);
}

bool CertificateRequest::verify_signature() const {
    if (is_unsigned()) return false;
    const bool good = X509_REQ_verify(native(), X509_REQ_get0_pubkey(native())) == 1;
    if (!good) drain_errors();
    return good;
}

bool CertificateRequest::verify_no_signature_hash() const {
    if (!is_unsigned()) return false;
    unsigned char* raw = nullptr;
    const int length = i2d_re_X509_REQ_tbs(native(), &raw);
    if (length <= 0) {
        drain_errors();
        return false;
    }
    const Bytes info(raw, raw + length);
    OPENSSL_free(raw);
    const ASN1_BIT_STRING* value = nullptr;
    X509_REQ_get0_signature(native(), &value, nullptr);
    const ByteView sent(ASN1_STRING_get0_data(value), static_cast<std::size_t>(ASN1_STRING_length(value)));
    // RFC 5272 says "the hash" and leaves the algorithm to RFC 2797's SHA-1; a SHA-256 hash is taken as well.
    return equal_constant_time(sent, hash(Digest::sha1, info)) || equal_constant_time(sent, hash(Digest::sha256, info));
}

Result<Bytes> make_request_info(const std::vector<NameEntry>& subject, ByteView spki_der) {
    const Handle<X509_NAME> name(X509_NAME_new());
    for (const auto& entry : subject) {
        if (X509_NAME_add_entry_by_txt(name.get(), entry.type.c_str(), MBSTRING_UTF8,
                                       reinterpret_cast<const unsigned char*>(entry.value.data()),
                                       static_cast<int>(entry.value.size()), -1, 0) != 1)
            return fail(Errc::malformed, "subject part " + entry.type + " is not acceptable: " + drain_errors());
    }
    Bytes content{0x02, 0x01, 0x00};
    append(content, encode_der(name.get(), i2d_X509_NAME));
    append(content, spki_der);
    append(content, Bytes{0xa0, 0x00});
    return make_der(0x30, content);
}

Bytes make_digest_info_sha256(ByteView request_info) {
    Bytes info = kSha256DigestInfo;
    append(info, hash(Digest::sha256, request_info));
    return info;
}

Bytes assemble_request(ByteView request_info, KeyType key_type, ByteView signature) {
    return assemble(request_info, key_type == KeyType::ec ? kEcdsaWithSha256 : kSha256WithRsa, signature);
}

Bytes assemble_unsigned_request(ByteView request_info) {
    return assemble(request_info, kNoSignatureAlgorithm, hash(Digest::sha1, request_info));
}

CertificateRequest make_request(const std::vector<NameEntry>& subject, const PrivateKey& key) {
    const auto info = make_request_info(subject, key.public_key().spki_der());
    if (!info) throw std::runtime_error(info.error().message);
    const auto signature = key.sign(Digest::sha256, *info);
    if (!signature) throw std::runtime_error(signature.error().message);
    auto request = CertificateRequest::from_der(assemble_request(*info, key.public_key().type(), *signature));
    if (!request) throw std::runtime_error(request.error().message);
    return std::move(*request);
}

}  // namespace opencapf::x509
