// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/issuer.hpp"

#include "ca_sim/certificate_extensions.hpp"
#include "opencapf/base/text.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <openssl/asn1.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdexcept>

namespace opencapf::ca_sim {
namespace {

constexpr auto kClockSkew = std::chrono::minutes(10);

// What AD CS's SubjectTemplate lets through; other types are dropped (certsrv.md 6.4).
constexpr std::array<int, 16> kSubjectTypes{NID_pkcs9_emailAddress,
                                            NID_commonName,
                                            NID_organizationalUnitName,
                                            NID_organizationName,
                                            NID_localityName,
                                            NID_stateOrProvinceName,
                                            NID_domainComponent,
                                            NID_countryName,
                                            NID_title,
                                            NID_givenName,
                                            NID_initials,
                                            NID_surname,
                                            NID_streetAddress,
                                            NID_serialNumber,
                                            NID_pkcs9_unstructuredName,
                                            NID_pkcs9_unstructuredAddress};

template <auto Free>
struct FreeWith {
    template <class T>
    void operator()(T* object) const noexcept {
        Free(object);
    }
};
using Utf8Text = std::unique_ptr<unsigned char, FreeWith<[](unsigned char* p) { OPENSSL_free(p); }>>;
using Object = std::unique_ptr<ASN1_OBJECT, FreeWith<ASN1_OBJECT_free>>;
using OctetString = std::unique_ptr<ASN1_OCTET_STRING, FreeWith<ASN1_OCTET_STRING_free>>;
using ExtensionHandle = std::unique_ptr<X509_EXTENSION, FreeWith<X509_EXTENSION_free>>;
using Integer = std::unique_ptr<ASN1_INTEGER, FreeWith<ASN1_INTEGER_free>>;
using BigNumber = std::unique_ptr<BIGNUM, FreeWith<BN_free>>;

bool printable_string(std::string_view text) noexcept {
    return std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view(" '()+,-./:=?").find(c) != std::string_view::npos;
    });
}

int string_type(int nid, std::string_view text) noexcept {
    if (nid == NID_pkcs9_emailAddress || nid == NID_domainComponent) return V_ASN1_IA5STRING;
    return printable_string(text) ? V_ASN1_PRINTABLESTRING : V_ASN1_UTF8STRING;
}

/// X.520's upper bounds in characters, which AD CS enforces (EnforceX500NameLengths).
std::size_t upper_bound(int nid) noexcept {
    switch (nid) {
        case NID_countryName:
            return 2;
        case NID_commonName:
        case NID_organizationName:
        case NID_organizationalUnitName:
        case NID_title:
        case NID_serialNumber:
            return 64;
        case NID_localityName:
        case NID_stateOrProvinceName:
            return 128;
        default:
            return 256;
    }
}

std::size_t characters(std::string_view utf8) noexcept {
    return static_cast<std::size_t>(std::count_if(
        utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80; }));
}

bool add_entry(X509_NAME* name, int nid, std::string_view text, int set) {
    return !text.empty() && characters(text) <= upper_bound(nid) &&
           X509_NAME_add_entry_by_NID(name, nid, string_type(nid, text),
                                      reinterpret_cast<const unsigned char*>(text.data()),
                                      static_cast<int>(text.size()), -1, set) == 1;
}

x509::Handle<X509_NAME> new_name() {
    x509::Handle<X509_NAME> name(X509_NAME_new());
    if (!name) throw std::bad_alloc();
    return name;
}

Result<x509::Handle<X509_NAME>> subject_of_request(X509_REQ* request) {
    auto name = new_name();
    const X509_NAME* asked = X509_REQ_get_subject_name(request);
    int previous_set = -1;
    for (int i = 0; i < X509_NAME_entry_count(asked); ++i) {
        const X509_NAME_ENTRY* entry = X509_NAME_get_entry(asked, i);
        const int nid = OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry));
        if (std::find(kSubjectTypes.begin(), kSubjectTypes.end(), nid) == kSubjectTypes.end()) continue;
        unsigned char* raw = nullptr;
        const int length = ASN1_STRING_to_UTF8(&raw, X509_NAME_ENTRY_get_data(entry));
        const Utf8Text text(raw);
        const int set = X509_NAME_ENTRY_set(entry);
        const bool joined = previous_set == set && X509_NAME_entry_count(name.get()) > 0;
        if (length <= 0 ||
            !add_entry(name.get(), nid, {reinterpret_cast<const char*>(text.get()), static_cast<std::size_t>(length)},
                       joined ? -1 : 0)) {
            return fail(Errc::malformed, "the subject of the request cannot be encoded: " + x509::drain_errors());
        }
        previous_set = set;
    }
    return name;
}

Result<x509::Handle<X509_NAME>> subject_of_account(const Requester& requester) {
    auto name = new_name();
    std::vector<std::string> labels = split(requester.dns_domain, '.');
    std::reverse(labels.begin(), labels.end());
    bool good = true;
    for (const std::string& label : labels) good = good && add_entry(name.get(), NID_domainComponent, label, 0);
    good = good && add_entry(name.get(), NID_commonName, "Users", 0) &&
           add_entry(name.get(), NID_commonName, requester.account, 0);
    if (!good) return fail(Errc::malformed, "the account's name cannot be encoded: " + x509::drain_errors());
    return name;
}

bool set_serial(X509* certificate, ByteView serial) {
    const BigNumber number(BN_bin2bn(serial.data(), static_cast<int>(serial.size()), nullptr));
    return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool set_time(ASN1_TIME* field, WallTime time) {
    return ASN1_TIME_set(field, std::chrono::system_clock::to_time_t(time)) != nullptr &&
           ASN1_TIME_normalize(field) == 1;
}

bool add_extension(X509* certificate, const Extension& extension) {
    const Object oid(OBJ_txt2obj(extension.oid.c_str(), 1));
    const OctetString value(ASN1_OCTET_STRING_new());
    if (!oid || !value ||
        ASN1_OCTET_STRING_set(value.get(), extension.value.data(), static_cast<int>(extension.value.size())) != 1) {
        return false;
    }
    const ExtensionHandle built(
        X509_EXTENSION_create_by_OBJ(nullptr, oid.get(), extension.critical ? 1 : 0, value.get()));
    return built && X509_add_ext(certificate, built.get(), -1) == 1;
}

}  // namespace

Bytes make_serial(std::int64_t request_id) {
    const Bytes random = random_bytes(9);
    const auto id = static_cast<std::uint32_t>(request_id);
    Bytes serial{static_cast<std::uint8_t>(1 + random[0] % 0x7f)};
    const auto append_id = [&] {
        for (unsigned shift = 32; shift > 0;) {
            shift -= 8;
            serial.push_back(static_cast<std::uint8_t>((id >> shift) & 0xffU));
        }
    };
    append_id();
    serial.insert(serial.end(), random.begin() + 1, random.end());
    serial.insert(serial.end(), {0, 0});
    append_id();
    return serial;
}

Issuer::Issuer(const CaConfig& config) : config_(config), key_(x509::PrivateKey::load(config.private_key)) {
    auto chain = x509::Certificate::all_from_pem(read_file(config.certificate_file));
    if (!chain) throw std::runtime_error(config.certificate_file + ": " + chain.error().message);
    chain_ = std::move(*chain);
    if (!chain_.front().is_ca()) {
        throw std::runtime_error(config.certificate_file + ": the first certificate is no CA certificate (CA:TRUE)");
    }
    if (!(chain_.front().public_key() == key_.public_key())) {
        throw std::runtime_error(config.private_key.origin() + ": the key does not belong to the certificate in " +
                                 config.certificate_file);
    }
    display_name_ = config.display_name.empty() ? chain_.front().common_name() : config.display_name;
}

Issuer::Validity Issuer::validity(const Template& entry, WallTime now) const {
    Validity period;
    period.not_before = std::chrono::floor<std::chrono::seconds>(now) - kClockSkew;
    period.not_after =
        std::min(period.not_before + std::min(entry.validity, config_.maximum_validity), chain_.front().not_after());
    return period;
}

Result<x509::Certificate> Issuer::issue(const x509::CertificateRequest& request, const Template& entry,
                                        std::int64_t request_id, const Requester& requester, WallTime now) const {
    const Validity period = validity(entry, now);
    if (period.not_after <= now) return fail(Errc::unavailable, "the CA certificate has expired");
    auto subject = entry.subject_from_request ? subject_of_request(request.native()) : subject_of_account(requester);
    if (!subject) return fail(subject.error());

    x509::Handle<X509> certificate(X509_new());
    X509* const raw = certificate.get();
    if (raw == nullptr) throw std::bad_alloc();
    const bool built =
        X509_set_version(raw, X509_VERSION_3) == 1 && set_serial(raw, make_serial(request_id)) &&
        X509_set_issuer_name(raw, X509_get_subject_name(chain_.front().native())) == 1 &&
        X509_set_subject_name(raw, subject->get()) == 1 && set_time(X509_getm_notBefore(raw), period.not_before) &&
        set_time(X509_getm_notAfter(raw), period.not_after) && X509_set_pubkey(raw, request.public_key().native()) == 1;
    if (!built) return fail(Errc::crypto, "cannot build the certificate: " + x509::drain_errors());
    const bool has_subject = X509_NAME_entry_count(subject->get()) > 0;
    for (const Extension& extension : certificate_extensions(request, entry, chain_.front(), config_, has_subject)) {
        if (!add_extension(raw, extension)) {
            return fail(Errc::crypto, "cannot add extension " + extension.oid + ": " + x509::drain_errors());
        }
    }
    if (X509_sign(raw, key_.native(), EVP_sha256()) <= 0) {
        return fail(Errc::crypto, "cannot sign: " + x509::drain_errors());
    }
    return x509::Certificate::adopt(std::move(certificate));
}

}  // namespace opencapf::ca_sim
