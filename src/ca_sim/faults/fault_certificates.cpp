// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/faults/fault_certificates.hpp"

#include <algorithm>
#include <memory>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace opencapf::ca_sim {
namespace {

constexpr auto kDay = std::chrono::hours(24);
constexpr auto kMonth = 30 * kDay;
constexpr const char* kOtherHost = "another-host.invalid";  // RFC 2606: no client looks for it

struct FreeExtension {
    void operator()(X509_EXTENSION* extension) const noexcept { X509_EXTENSION_free(extension); }
};
using ExtensionHandle = std::unique_ptr<X509_EXTENSION, FreeExtension>;
struct FreeNumber {
    void operator()(BIGNUM* number) const noexcept { BN_free(number); }
};
using Number = std::unique_ptr<BIGNUM, FreeNumber>;

struct Wanted {
    std::string common_name;
    std::string dns_name;  ///< empty: none
    WallTime not_before, not_after;
    bool authority = false;  ///< an intermediate CA
};

bool set_time(ASN1_TIME* field, WallTime time) {
    return ASN1_TIME_set(field, std::chrono::system_clock::to_time_t(time)) != nullptr &&
           ASN1_TIME_normalize(field) == 1;
}

bool set_serial(X509* certificate, ByteView bytes) {
    const Number number(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
    return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool set_name(X509* certificate, const std::string& common_name) {
    return X509_NAME_add_entry_by_NID(X509_get_subject_name(certificate), NID_commonName, MBSTRING_UTF8,
                                      reinterpret_cast<const unsigned char*>(common_name.data()),
                                      static_cast<int>(common_name.size()), -1, 0) == 1;
}

bool add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const ExtensionHandle extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
    return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

Bytes random_serial() {
    Bytes serial = random_bytes(16);
    serial.front() = static_cast<std::uint8_t>(0x40U | (serial.front() & 0x3fU));
    return serial;
}

/// `issuer` is nullptr for a certificate that signs itself.
Result<x509::Certificate> make(const Wanted& wanted, const x509::PublicKey& key, const x509::Certificate* issuer,
                               const x509::PrivateKey& signer) {
    x509::Handle<X509> certificate(X509_new());
    X509* const raw = certificate.get();
    if (raw == nullptr) throw std::bad_alloc();
    X509* const parent = issuer == nullptr ? raw : issuer->native();
    const bool leaf = !wanted.authority;
    const bool good =
        X509_set_version(raw, X509_VERSION_3) == 1 && set_serial(raw, random_serial()) &&
        set_time(X509_getm_notBefore(raw), wanted.not_before) && set_time(X509_getm_notAfter(raw), wanted.not_after) &&
        set_name(raw, wanted.common_name) && X509_set_issuer_name(raw, X509_get_subject_name(parent)) == 1 &&
        X509_set_pubkey(raw, key.native()) == 1 &&
        add_extension(raw, parent, NID_basic_constraints, leaf ? "critical,CA:FALSE" : "critical,CA:TRUE") &&
        add_extension(raw, parent, NID_key_usage,
                      leaf ? "critical,digitalSignature,keyEncipherment" : "critical,keyCertSign,cRLSign") &&
        add_extension(raw, parent, NID_subject_key_identifier, "hash") &&
        (issuer == nullptr || add_extension(raw, parent, NID_authority_key_identifier, "keyid")) &&
        (!leaf || add_extension(raw, parent, NID_ext_key_usage, "serverAuth")) &&
        (wanted.dns_name.empty() || add_extension(raw, parent, NID_subject_alt_name, "DNS:" + wanted.dns_name)) &&
        X509_sign(raw, signer.native(), EVP_sha256()) > 0;
    if (!good) return fail(Errc::crypto, "cannot make the certificate of a fault: " + x509::drain_errors());
    return x509::Certificate::adopt(std::move(certificate));
}

/// What a client needs besides a certificate of the CA: its intermediates, no root.
void append_intermediates(std::vector<x509::Certificate>& chain, const std::vector<x509::Certificate>& authority) {
    std::copy_if(authority.begin(), authority.end(), std::back_inserter(chain),
                 [](const x509::Certificate& one) { return !one.self_issued(); });
}

/// 20 bytes at most: the original's with one of its random bytes changed.
Bytes other_serial(const x509::Certificate& original) {
    const ASN1_INTEGER* serial = X509_get0_serialNumber(original.native());
    const auto* bytes = ASN1_STRING_get0_data(serial);
    Bytes other(bytes, bytes + ASN1_STRING_length(serial));
    if (!other.empty()) other[other.size() / 2] ^= 0x5aU;
    return other;
}

}  // namespace

Result<FaultCertificate> make_tls_fault(FaultKind kind, const std::vector<x509::Certificate>& authority,
                                        const x509::PrivateKey& ca_key, const std::string& host, WallTime now) {
    Wanted wanted{host, host, now - kDay, now + kMonth};
    if (kind == FaultKind::tls_wrong_name) {
        // No SAN: clients then name the common name, as in the text of the tech note (certsrv.md 7.2).
        wanted.common_name = kOtherHost;
        wanted.dns_name.clear();
    }
    if (kind == FaultKind::tls_not_yet_valid) {
        wanted.not_before = now + kMonth;
        wanted.not_after = now + 2 * kMonth;
    }
    if (kind == FaultKind::tls_expired) {
        wanted.not_before = now - 2 * kMonth;
        wanted.not_after = now - kMonth;
    }
    FaultCertificate made{{}, x509::PrivateKey::generate_ec("P-256")};
    const x509::PublicKey& key = made.key.public_key();
    auto leaf = Result<x509::Certificate>(fail(Errc::internal, "not made"));
    if (kind == FaultKind::tls_self_signed) {
        leaf = make(wanted, key, nullptr, made.key);
    } else if (kind == FaultKind::tls_incomplete_chain) {
        const auto middle_key = x509::PrivateKey::generate_ec("P-256");
        const Wanted middle_wanted{authority.front().common_name() + " intermediate", "", wanted.not_before,
                                   wanted.not_after, true};
        const auto middle = make(middle_wanted, middle_key.public_key(), &authority.front(), ca_key);
        if (!middle) return fail(middle.error());
        leaf = make(wanted, key, &*middle, middle_key);
    } else {
        leaf = make(wanted, key, &authority.front(), ca_key);
    }
    if (!leaf) return fail(leaf.error());
    made.chain.push_back(std::move(*leaf));
    if (kind != FaultKind::tls_self_signed && kind != FaultKind::tls_incomplete_chain)
        append_intermediates(made.chain, authority);
    return made;
}

Result<x509::Certificate> with_another_key(const x509::Certificate& original, const x509::PublicKey& key,
                                           const x509::Certificate& ca, const x509::PrivateKey& ca_key) {
    x509::Handle<X509> certificate(X509_dup(original.native()));
    X509* const raw = certificate.get();
    if (raw == nullptr) throw std::bad_alloc();
    const int identifier = X509_get_ext_by_NID(raw, NID_subject_key_identifier, -1);
    if (identifier >= 0) X509_EXTENSION_free(X509_delete_ext(raw, identifier));
    const bool good = X509_set_pubkey(raw, key.native()) == 1 && set_serial(raw, other_serial(original)) &&
                      add_extension(raw, ca.native(), NID_subject_key_identifier, "hash") &&
                      X509_sign(raw, ca_key.native(), EVP_sha256()) > 0;
    if (!good) return fail(Errc::crypto, "cannot make the certificate of a fault: " + x509::drain_errors());
    return x509::Certificate::adopt(std::move(certificate));
}

}  // namespace opencapf::ca_sim
