// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/crl.hpp"

#include "ca_sim/certificate_authority.hpp"
#include "ca_sim/certificate_extensions.hpp"
#include "ca_sim/der.hpp"
#include "opencapf/x509/builder.hpp"
#include "opencapf/x509/free_with.hpp"

#include <memory>
#include <new>
#include <openssl/x509.h>

namespace opencapf::ca_sim {
namespace {

constexpr const char* kCrlNumberOid = "2.5.29.20";
constexpr const char* kDeltaIndicatorOid = "2.5.29.27";
constexpr const char* kFreshestCrlOid = "2.5.29.46";
constexpr const char* kNextPublishOid = "1.3.6.1.4.1.311.21.4";

using Crl = std::unique_ptr<X509_CRL, x509::FreeWith<X509_CRL_free>>;
using Revoked = std::unique_ptr<X509_REVOKED, x509::FreeWith<X509_REVOKED_free>>;
using Time = std::unique_ptr<ASN1_TIME, x509::FreeWith<ASN1_TIME_free>>;
using Integer = std::unique_ptr<ASN1_INTEGER, x509::FreeWith<ASN1_INTEGER_free>>;
using Enumerated = std::unique_ptr<ASN1_ENUMERATED, x509::FreeWith<ASN1_ENUMERATED_free>>;
using ExtensionHandle = std::unique_ptr<X509_EXTENSION, x509::FreeWith<X509_EXTENSION_free>>;

Time asn1_time(WallTime time) {
    Time out(ASN1_TIME_set(nullptr, std::chrono::system_clock::to_time_t(time)));
    if (!out || ASN1_TIME_normalize(out.get()) != 1) throw std::bad_alloc();
    return out;
}

Bytes encoded_time(WallTime time) {
    const Time value = asn1_time(time);
    const auto* data = ASN1_STRING_get0_data(value.get());
    return der::element(static_cast<std::uint8_t>(ASN1_STRING_type(value.get())),
                        ByteView(data, static_cast<std::size_t>(ASN1_STRING_length(value.get()))));
}

Result<void> add_entry(X509_CRL* crl, const RevokedCertificate& entry) {
    const auto serial = from_hex(entry.serial);
    const auto when = parse_database_time(entry.when);
    if (!serial || serial->empty() || !when)
        return fail(Errc::malformed, "the database's revocation of serial '" + entry.serial + "' is damaged");
    Revoked revoked(X509_REVOKED_new());
    const Integer number(ASN1_INTEGER_new());
    const Time date = asn1_time(*when);
    bool good = revoked && number && x509::set_serial(number.get(), *serial) &&
                X509_REVOKED_set_serialNumber(revoked.get(), number.get()) == 1 &&
                X509_REVOKED_set_revocationDate(revoked.get(), date.get()) == 1;
    if (good && entry.reason != 0) {  // unspecified is said by leaving the extension out
        const Enumerated reason(ASN1_ENUMERATED_new());
        good = reason && ASN1_ENUMERATED_set(reason.get(), entry.reason) == 1 &&
               X509_REVOKED_add1_ext_i2d(revoked.get(), NID_crl_reason, reason.get(), 0, 0) == 1;
    }
    if (!good || X509_CRL_add0_revoked(crl, revoked.get()) != 1)
        return fail(Errc::crypto, "cannot add serial " + entry.serial + ": " + x509::drain_errors());
    static_cast<void>(revoked.release());  // the CRL owns it now
    return {};
}

std::vector<Extension> extensions_of(const Issuer& issuer, const CrlContent& content) {
    const Authority& authority = issuer.authority();
    const auto version =
        static_cast<std::uint32_t>(authority.key_index) << 16U | static_cast<std::uint32_t>(authority.index);
    std::vector<Extension> list{
        x509::authority_key_identifier(authority.certificate()),
        {der::kCaVersionOid, false, der::unsigned_integer(version)},
        {kCrlNumberOid, false, der::unsigned_integer(static_cast<std::uint64_t>(content.number))},
        {kNextPublishOid, false, encoded_time(content.next_publish)}};
    if (content.base_number)
        list.push_back(
            {kDeltaIndicatorOid, true, der::unsigned_integer(static_cast<std::uint64_t>(*content.base_number))});
    if (!content.freshest_urls.empty()) list.push_back(crl_distribution_points(content.freshest_urls, kFreshestCrlOid));
    return list;
}

}  // namespace

Result<Bytes> build_crl(const Issuer& issuer, const CrlContent& content) {
    const Crl crl(X509_CRL_new());
    if (!crl) throw std::bad_alloc();
    constexpr int kVersion2 = 1;
    const Time this_update = asn1_time(content.this_update);
    const Time next_update = asn1_time(content.next_update);
    const bool built =
        X509_CRL_set_version(crl.get(), kVersion2) == 1 &&
        X509_CRL_set_issuer_name(crl.get(), X509_get_subject_name(issuer.authority().certificate().native())) == 1 &&
        X509_CRL_set1_lastUpdate(crl.get(), this_update.get()) == 1 &&
        X509_CRL_set1_nextUpdate(crl.get(), next_update.get()) == 1;
    if (!built) return fail(Errc::crypto, "cannot build the CRL: " + x509::drain_errors());
    for (const RevokedCertificate& entry : content.entries) {
        if (auto added = add_entry(crl.get(), entry); !added) return fail(added.error());
    }
    for (const Extension& extension : extensions_of(issuer, content)) {
        const ExtensionHandle value(x509::make_extension(extension));
        if (!value || X509_CRL_add_ext(crl.get(), value.get(), -1) != 1)
            return fail(Errc::crypto, "cannot add CRL extension " + extension.oid + ": " + x509::drain_errors());
    }
    X509_CRL_sort(crl.get());
    if (X509_CRL_sign(crl.get(), issuer.authority().key->native(), EVP_sha256()) <= 0)
        return fail(Errc::crypto, "cannot sign the CRL: " + x509::drain_errors());
    unsigned char* encoded = nullptr;
    const int length = i2d_X509_CRL(crl.get(), &encoded);
    if (length <= 0) return fail(Errc::crypto, "cannot encode the CRL: " + x509::drain_errors());
    Bytes der(encoded, encoded + length);
    OPENSSL_free(encoded);
    return der;
}

}  // namespace opencapf::ca_sim
