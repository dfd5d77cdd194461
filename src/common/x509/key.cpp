// SPDX-License-Identifier: Apache-2.0
#include "opencapf/x509/key.hpp"

#include "native.hpp"
#include "opencapf/base/text.hpp"

#include <openssl/asn1.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

namespace opencapf::x509 {
namespace {

const EVP_MD* native_digest(Digest digest) {
    switch (digest) {
        case Digest::sha1:
            return EVP_sha1();
        case Digest::sha256:
            return EVP_sha256();
        case Digest::sha512:
            return EVP_sha512();
    }
    return EVP_sha256();
}

[[noreturn]] void crypto_failure(const char* what) {
    throw std::runtime_error(std::string(what) + ": " + drain_errors());
}

}  // namespace

Bytes hash(Digest digest, ByteView data) {
    const EVP_MD* native = native_digest(digest);
    Bytes value(static_cast<std::size_t>(EVP_MD_get_size(native)));
    if (EVP_Digest(data.data(), data.size(), value.data(), nullptr, native, nullptr) != 1)
        crypto_failure("cannot hash");
    return value;
}

Result<PublicKey> PublicKey::from_spki_der(ByteView der) {
    const auto* in = der.data();
    Handle<EVP_PKEY> key(d2i_PUBKEY(nullptr, &in, static_cast<long>(der.size())));
    if (!key) return fail(Errc::malformed, "not a SubjectPublicKeyInfo: " + drain_errors());
    if (in != der.data() + der.size()) return fail(Errc::malformed, "bytes after the SubjectPublicKeyInfo");
    PublicKey result;
    result.key_ = std::move(key);
    result.spki_.assign(der.begin(), der.end());
    return result;
}

Result<PublicKey> PublicKey::from_native(EVP_PKEY* key, Bytes spki) {
    if (key == nullptr) return fail(Errc::malformed, "no usable public key: " + drain_errors());
    PublicKey result;
    EVP_PKEY_up_ref(key);
    result.key_.reset(key);
    result.spki_ = std::move(spki);
    return result;
}

PublicKey::PublicKey(const PublicKey& other) : spki_(other.spki_) {
    if (other.key_) {
        EVP_PKEY_up_ref(other.key_.get());
        key_.reset(other.key_.get());
    }
}

PublicKey& PublicKey::operator=(const PublicKey& other) {
    if (this != &other) *this = PublicKey(other);
    return *this;
}

bool operator==(const PublicKey& a, const PublicKey& b) {
    return a.spki_ == b.spki_ || EVP_PKEY_eq(a.key_.get(), b.key_.get()) == 1;
}

Bytes PublicKey::inner_key() const {
    // SEQUENCE { AlgorithmIdentifier, BIT STRING { 0 unused bits, key } }: walked by hand, because OpenSSL 3's encoders
    // cost more than the signature they are used for.
    const auto* at = spki_.data();
    const auto* end = at + spki_.size();
    const auto enter = [&](bool skip) {
        long length = 0;
        int tag = 0, object_class = 0;
        const int form = ASN1_get_object(&at, &length, &tag, &object_class, end - at);
        if ((form & 0x80) != 0) crypto_failure("cannot read the public key");
        if (skip) at += length;
    };
    enter(false);
    enter(true);
    enter(false);
    return {at + 1, end};
}

KeyType PublicKey::type() const noexcept {
    switch (EVP_PKEY_get_base_id(key_.get())) {
        case EVP_PKEY_RSA:
            return KeyType::rsa;
        case EVP_PKEY_EC:
            return KeyType::ec;
        default:
            return KeyType::other;
    }
}

int PublicKey::bits() const noexcept { return EVP_PKEY_get_bits(key_.get()); }

std::string PublicKey::curve() const {
    char group[64] = {};
    if (type() != KeyType::ec || EVP_PKEY_get_group_name(key_.get(), group, sizeof group, nullptr) != 1) return {};
    const int nid = OBJ_txt2nid(group);
    const char* name = EC_curve_nid2nist(nid);
    return name != nullptr ? name : group;
}

bool PublicKey::verify(Digest digest, ByteView data, ByteView signature) const {
    const Handle<EVP_MD_CTX> context(EVP_MD_CTX_new());
    const bool good =
        context && EVP_DigestVerifyInit(context.get(), nullptr, native_digest(digest), nullptr, key_.get()) == 1 &&
        EVP_DigestVerify(context.get(), signature.data(), signature.size(), data.data(), data.size()) == 1;
    if (!good) drain_errors();
    return good;
}

Result<Bytes> PublicKey::recover(ByteView signature) const {
    if (type() != KeyType::rsa) return fail(Errc::crypto, "only RSA signatures carry their content");
    const Handle<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new(key_.get(), nullptr));
    Bytes block(static_cast<std::size_t>(EVP_PKEY_get_size(key_.get())));
    std::size_t length = block.size();
    if (!context || EVP_PKEY_verify_recover_init(context.get()) != 1 ||
        EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) != 1 ||
        EVP_PKEY_verify_recover(context.get(), block.data(), &length, signature.data(), signature.size()) != 1)
        return fail(Errc::crypto, "the signature does not open with the public key: " + drain_errors());
    block.resize(length);
    return block;
}

PrivateKey::PrivateKey(Handle<EVP_PKEY> key) : key_(std::move(key)) {
    auto public_key = PublicKey::from_native(key_.get(), encode_der(key_.get(), i2d_PUBKEY));
    if (!public_key) throw std::runtime_error(public_key.error().message);
    public_ = std::move(*public_key);
}

PrivateKey::PrivateKey(const PrivateKey& other) : public_(other.public_) {
    if (other.key_) {
        EVP_PKEY_up_ref(other.key_.get());
        key_.reset(other.key_.get());
    }
}

PrivateKey& PrivateKey::operator=(const PrivateKey& other) {
    if (this != &other) *this = PrivateKey(other);
    return *this;
}

PrivateKey PrivateKey::generate_rsa(int bits) {
    Handle<EVP_PKEY> key(EVP_RSA_gen(static_cast<unsigned>(bits)));
    if (!key) crypto_failure("cannot generate an RSA key");
    return PrivateKey(std::move(key));
}

PrivateKey PrivateKey::generate_ec(const std::string& curve) {
    Handle<EVP_PKEY> key(EVP_EC_gen(curve.c_str()));
    if (!key) crypto_failure("cannot generate an EC key");
    return PrivateKey(std::move(key));
}

Result<PrivateKey> PrivateKey::from_pem(std::string_view pem) {
    const Handle<BIO> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    // No password callback: an encrypted key must fail here and not ask on a terminal.
    const auto no_password = [](char*, int, int, void*) { return 0; };
    Handle<EVP_PKEY> key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr));
    if (!key) return fail(Errc::malformed, "not an unencrypted PEM private key: " + drain_errors());
    return PrivateKey(std::move(key));
}

PrivateKey PrivateKey::load(const SecretSource& source) {
    auto key = from_pem(source.all().reveal());
    if (!key) throw std::runtime_error(source.origin() + ": " + key.error().message);
    return std::move(*key);
}

std::string PrivateKey::to_pem() const {
    const auto bio = memory_bio();
    if (PEM_write_bio_PKCS8PrivateKey(bio.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1)
        crypto_failure("cannot encode the private key");
    return bio_text(bio.get());
}

Result<Bytes> PrivateKey::sign(Digest digest, ByteView data) const {
    const Handle<EVP_MD_CTX> context(EVP_MD_CTX_new());
    std::size_t length = 0;
    if (!context || EVP_DigestSignInit(context.get(), nullptr, native_digest(digest), nullptr, key_.get()) != 1 ||
        EVP_DigestSign(context.get(), nullptr, &length, data.data(), data.size()) != 1)
        return fail(Errc::crypto, "cannot sign: " + drain_errors());
    Bytes signature(length);
    if (EVP_DigestSign(context.get(), signature.data(), &length, data.data(), data.size()) != 1)
        return fail(Errc::crypto, "cannot sign: " + drain_errors());
    signature.resize(length);
    return signature;
}

Result<Bytes> PrivateKey::encrypt_type1(ByteView block) const {
    // RSA_sign without a digest is PKCS#1 v1.5 "private encrypt": the block as it is behind type-1 padding.
    const Handle<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new(key_.get(), nullptr));
    Bytes signature(static_cast<std::size_t>(EVP_PKEY_get_size(key_.get())));
    std::size_t length = signature.size();
    if (!context || EVP_PKEY_sign_init(context.get()) != 1 ||
        EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) != 1 ||
        EVP_PKEY_sign(context.get(), signature.data(), &length, block.data(), block.size()) != 1)
        return fail(Errc::crypto, "cannot sign the block: " + drain_errors());
    signature.resize(length);
    return signature;
}

}  // namespace opencapf::x509
