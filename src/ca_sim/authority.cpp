// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/authority.hpp"

#include "ca_sim/certificate_extensions.hpp"
#include "ca_sim/der.hpp"
#include "opencapf/base/text.hpp"
#include "opencapf/x509/builder.hpp"

#include <algorithm>
#include <array>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdexcept>

namespace opencapf::ca_sim {
namespace {

constexpr const char* kPreviousHashOid = "1.3.6.1.4.1.311.21.2";
constexpr const char* kKeyIdentifierOid = "2.5.29.14";
constexpr const char* kAuthorityKeyOid = "2.5.29.35";

Bytes sha1(ByteView data) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    if (EVP_Digest(data.data(), data.size(), digest.data(), &length, EVP_sha1(), nullptr) != 1)
        throw std::runtime_error("SHA-1 failed: " + x509::drain_errors());
    return Bytes(digest.begin(), digest.begin() + length);
}

/// Extensions that a renewal takes over as they are.
std::vector<Extension> inherited(const x509::Certificate& old) {
    static constexpr std::array<std::string_view, 4> kReplaced{der::kCaVersionOid, kPreviousHashOid, kKeyIdentifierOid,
                                                               kAuthorityKeyOid};
    std::vector<Extension> list;
    for (int i = 0; i < X509_get_ext_count(old.native()); ++i) {
        X509_EXTENSION* extension = X509_get_ext(old.native(), i);
        const std::string oid = der::oid_text(X509_EXTENSION_get_object(extension));
        if (std::find(kReplaced.begin(), kReplaced.end(), oid) != kReplaced.end()) continue;
        const ASN1_OCTET_STRING* value = X509_EXTENSION_get_data(extension);
        const auto* data = ASN1_STRING_get0_data(value);
        list.push_back(
            {oid, X509_EXTENSION_get_critical(extension) == 1, Bytes(data, data + ASN1_STRING_length(value))});
    }
    return list;
}

std::string index_suffix(int index) { return index == 0 ? std::string() : "(" + std::to_string(index) + ")"; }

bool is_hex(char c) noexcept { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

}  // namespace

Result<Authority> make_authority(const std::string& chain_pem, std::shared_ptr<const x509::PrivateKey> key,
                                 const std::string& where, const std::string& key_where) {
    auto chain = x509::Certificate::all_from_pem(chain_pem);
    if (!chain) return fail(Errc::malformed, where + ": " + chain.error().message);
    if (!chain->front().is_ca())
        return fail(Errc::rejected, where + ": the first certificate is no CA certificate (CA:TRUE)");
    if (!(chain->front().public_key() == key->public_key()))
        return fail(Errc::rejected, key_where + ": the key does not belong to the certificate in " + where);
    Authority authority;
    authority.chain = std::move(*chain);
    authority.key = std::move(key);
    return authority;
}

Authority load_authority(const CaConfig& config) {
    auto key = std::make_shared<const x509::PrivateKey>(x509::PrivateKey::load(config.private_key));
    auto authority = make_authority(read_file(config.certificate_file), std::move(key), config.certificate_file,
                                    config.private_key.origin());
    if (!authority) throw std::runtime_error(authority.error().message);
    return std::move(*authority);
}

Result<Authority> renew(const Authority& old, std::shared_ptr<const x509::PrivateKey> key,
                        const x509::PrivateKey* parent_key, int index, int key_index, WallTime now) {
    const x509::Certificate& before = old.certificate();
    const bool self_signed = before.self_issued();
    if (!self_signed && (old.chain.size() < 2 || parent_key == nullptr))
        return fail(Errc::rejected,
                    "this CA's certificate comes from another one: set ca.parent_private_key and put the parent's "
                    "certificate behind the CA's own");
    if (!self_signed && !(old.chain[1].public_key() == parent_key->public_key()))
        return fail(Errc::rejected, "ca.parent_private_key is not the key of the parent's certificate");
    const x509::PrivateKey& signer = self_signed ? *key : *parent_key;

    x509::CertificateContent content;
    content.serial = random_bytes(16);
    content.serial.front() = static_cast<std::uint8_t>(1 + content.serial.front() % 0x7f);
    content.issuer = X509_get_issuer_name(before.native());
    content.subject = X509_get_subject_name(before.native());
    content.not_before = std::chrono::floor<std::chrono::seconds>(now) - kClockSkew;
    content.not_after = content.not_before + (before.not_after() - before.not_before());
    if (!self_signed) content.not_after = std::min(content.not_after, old.chain[1].not_after());
    content.public_key = key->native();
    content.extensions = inherited(before);
    auto unsigned_certificate = x509::build_certificate(content);
    if (!unsigned_certificate) return fail(unsigned_certificate.error());
    X509* const raw = unsigned_certificate->get();
    std::vector<Extension> own{
        {kKeyIdentifierOid, false, der::element(der::kOctetString, x509::key_identifier(X509_get_X509_PUBKEY(raw)))},
        {der::kCaVersionOid, false,
         der::unsigned_integer(static_cast<std::uint32_t>(key_index) << 16U | static_cast<std::uint32_t>(index))},
        {kPreviousHashOid, false, der::element(der::kOctetString, sha1(before.der()))}};
    if (!self_signed) own.push_back(x509::authority_key_identifier(old.chain[1]));
    auto certificate = x509::sign_certificate(std::move(*unsigned_certificate), own, signer);
    if (!certificate) return fail(certificate.error());

    Authority renewed;
    renewed.chain = old.chain;
    renewed.chain.front() = std::move(*certificate);
    renewed.key = std::move(key);
    renewed.index = index;
    renewed.key_index = key_index;
    return renewed;
}

std::string expand_url(const std::string& url, const CaConfig& config, const std::string& ca_name,
                       const Authority& authority, bool delta) {
    std::string out;
    for (std::size_t i = 0; i < url.size(); ++i) {
        const bool token = url[i] == '%' && i + 1 < url.size() && (i + 2 >= url.size() || !is_hex(url[i + 2]));
        const char which = token ? url[i + 1] : '\0';
        const std::size_t length = out.size();
        if (which == '1') out += percent_encode(config.host_name);
        if (which == '2') out += percent_encode(config.host_name.substr(0, config.host_name.find('.')));
        if (which == '3') out += percent_encode(ca_name);
        if (which == '4') out += index_suffix(authority.index);
        if (which == '8') out += index_suffix(authority.key_index);
        if (which == '9' && delta) out += '+';
        if (which != '\0' && std::string_view("123489").find(which) != std::string_view::npos) {
            ++i;
            continue;
        }
        if (out.size() == length) out += url[i];
    }
    return out;
}

}  // namespace opencapf::ca_sim
