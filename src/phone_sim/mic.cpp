// SPDX-License-Identifier: Apache-2.0
#include "phone_sim/mic.hpp"

#include "phone_sim/parallel.hpp"

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdexcept>

namespace opencapf::phone_sim {

namespace {

constexpr long kDay = 86'400;
constexpr std::string_view kOrganisation = "OpenCAPF lab";

void require(bool good, const char* what) {
    if (!good)
        throw std::runtime_error(std::string("cannot make a certificate: ") + what + ": " + x509::drain_errors());
}

void add_extension(X509* certificate, X509* issuer, int nid, const char* value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value);
    require(extension != nullptr, value);
    const bool added = X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    require(added, value);
}

void add_name(X509_NAME* name, const char* type, std::string_view value) {
    const auto* text = reinterpret_cast<const unsigned char*>(value.data());
    require(X509_NAME_add_entry_by_txt(name, type, MBSTRING_UTF8, text, static_cast<int>(value.size()), -1, 0) == 1,
            type);
}

void set_random_serial(X509* certificate) {
    Bytes serial = random_bytes(16);
    serial.front() = static_cast<std::uint8_t>((serial.front() & 0x3fU) | 0x40U);  // positive, and always as long
    BIGNUM* number = BN_bin2bn(serial.data(), static_cast<int>(serial.size()), nullptr);
    const bool set = number != nullptr && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != nullptr;
    BN_free(number);
    require(set, "serial number");
}

/// `issuer` nullptr = self-signed.
x509::Certificate make(const std::string& common_name, int days, const x509::PublicKey& key,
                       const x509::PrivateKey& signer, const x509::Certificate* issuer) {
    x509::Handle<X509> certificate(X509_new());
    require(certificate != nullptr, "memory");
    X509* raw = certificate.get();
    X509* parent = issuer == nullptr ? raw : issuer->native();
    X509_set_version(raw, X509_VERSION_3);
    set_random_serial(raw);
    X509_gmtime_adj(X509_getm_notBefore(raw), -kDay);
    X509_gmtime_adj(X509_getm_notAfter(raw), kDay * days);
    add_name(X509_get_subject_name(raw), "O", kOrganisation);
    add_name(X509_get_subject_name(raw), "CN", common_name);
    require(X509_set_issuer_name(raw, X509_get_subject_name(parent)) == 1, "issuer");
    require(X509_set_pubkey(raw, key.native()) == 1, "public key");
    add_extension(raw, parent, NID_basic_constraints, "critical,CA:FALSE");
    add_extension(raw, parent, NID_key_usage, "critical,digitalSignature,keyEncipherment");
    add_extension(raw, parent, NID_ext_key_usage, "serverAuth,clientAuth");
    add_extension(raw, parent, NID_subject_key_identifier, "hash");
    if (issuer != nullptr) add_extension(raw, parent, NID_authority_key_identifier, "keyid");
    require(X509_sign(raw, signer.native(), EVP_sha256()) > 0, "signature");
    return x509::Certificate::adopt(std::move(certificate));
}

}  // namespace

x509::Certificate make_mic(const Factory& factory, const std::string& name, const x509::PublicKey& key) {
    return make(factory.model + "-" + name, factory.days, key, factory.key, &factory.certificate);
}

std::size_t make_mics(const Factory& factory, const std::vector<std::string>& names, const std::string& store,
                      const capf_protocol::KeySpec& kind, const std::shared_ptr<KeyPool>& pool) {
    std::atomic<std::size_t> made{0};
    const auto work = [&](std::size_t i) {
        const PhoneStore phone(store, names[i]);
        if (phone.mic_credential()) return;
        std::optional<x509::PrivateKey> key;
        if (pool) key = pool->take(kind);
        if (!key) key = generate_key(kind);
        phone.save_mic(*key, make_mic(factory, names[i], key->public_key()));
        ++made;
    };
    on_all_cores(names.size(), work);
    return made;
}

Credential make_impostor(const std::string& name) {
    auto key = x509::PrivateKey::generate_ec("P-256");
    auto certificate = make(name, 1, key.public_key(), key, nullptr);
    return {std::move(key), std::move(certificate)};
}

}  // namespace opencapf::phone_sim
