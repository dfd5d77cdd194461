// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/issuer.hpp"

#include "ca_sim/certificate_extensions.hpp"
#include "ca_sim/der.hpp"
#include "opencapf/base/text.hpp"
#include "opencapf/x509/builder.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <openssl/asn1.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdexcept>

namespace opencapf::ca_sim {
namespace {

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

struct OpensslFree {
    void operator()(unsigned char* text) const noexcept { OPENSSL_free(text); }
};
using Utf8Text = std::unique_ptr<unsigned char, OpensslFree>;

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

/// SubjectAltName of what is built from the account: its user principal name, as AD CS puts it there.
Bytes principal_name(const Requester& requester) {
    constexpr const char* kUpnOid = "1.3.6.1.4.1.311.20.2.3";
    const Bytes text = der::element(der::kUtf8String, as_bytes(requester.account + "@" + requester.dns_domain));
    const Bytes other = der::constructed(0xa0, {der::oid(kUpnOid), der::element(0xa0, text)});
    return der::constructed(der::kSequence, {other});
}

}  // namespace

Bytes make_serial(std::int64_t request_id, int authority_index) {
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
    const auto index = static_cast<unsigned>(authority_index);
    serial.insert(serial.end(), {static_cast<std::uint8_t>(index >> 8U), static_cast<std::uint8_t>(index)});
    append_id();
    return serial;
}

Issuer::Issuer(const CaConfig& config) : Issuer(config, load_authority(config)) {}

Issuer::Issuer(const CaConfig& config, Authority authority)
    : config_(config),
      authority_(std::move(authority)),
      display_name_(config.display_name.empty() ? authority_.certificate().common_name() : config.display_name) {}

std::vector<std::string> Issuer::urls(const std::vector<std::string>& patterns, bool delta) const {
    std::vector<std::string> list;
    for (const std::string& pattern : patterns)
        list.push_back(expand_url(pattern, config_, display_name_, authority_, delta));
    return list;
}

Issuer::Validity Issuer::validity(const Template& entry, WallTime now) const {
    Validity period;
    period.not_before = std::chrono::floor<std::chrono::seconds>(now) - kClockSkew;
    period.not_after =
        std::min(period.not_before + std::min(entry.validity, config_.maximum_validity), chain().front().not_after());
    return period;
}

Result<x509::Certificate> Issuer::issue(const x509::CertificateRequest& request, const Template& entry,
                                        std::int64_t request_id, const Requester& requester, WallTime now,
                                        std::optional<Bytes> names) const {
    const Validity period = validity(entry, now);
    if (period.not_after <= now) return fail(Errc::unavailable, "the CA certificate has expired");
    auto subject = entry.subject_from_request ? subject_of_request(request.native()) : subject_of_account(requester);
    if (!subject) return fail(subject.error());

    ExtensionInput input;
    input.issuer = &authority_.certificate();
    input.crl_urls = urls(config_.crl_urls);
    input.aia_urls = urls(config_.aia_urls);
    input.ocsp_urls = urls(config_.ocsp_urls);
    input.names = std::move(names);
    if (!input.names && !entry.subject_from_request) input.names = principal_name(requester);
    input.has_subject = X509_NAME_entry_count(subject->get()) > 0;

    x509::CertificateContent content;
    content.serial = make_serial(request_id, authority_.index);
    content.issuer = X509_get_subject_name(authority_.certificate().native());
    content.subject = subject->get();
    content.not_before = period.not_before;
    content.not_after = period.not_after;
    const x509::PublicKey key = request.public_key();
    content.public_key = key.native();
    content.extensions = certificate_extensions(request, entry, input);
    auto certificate = x509::build_certificate(content);
    if (!certificate) return fail(certificate.error());
    return x509::sign_certificate(std::move(*certificate), {}, *authority_.key);
}

}  // namespace opencapf::ca_sim
