// SPDX-License-Identifier: Apache-2.0
#include "ces/auth/renewal.hpp"

#include "opencapf/base/text.hpp"
#include "opencapf/x509/request_details.hpp"

#include <algorithm>
#include <openssl/x509.h>

namespace opencapf::ces {
namespace {

constexpr const char* kChangeSubjectNameOid = "1.3.6.1.5.5.7.7.36";

Bytes requested_alternative_names(const x509::CertificateRequest& csr) {
    const auto extensions = x509::requested_extensions(csr);
    if (!extensions) return {};  // refused before
    for (const auto& extension : *extensions)
        if (extension.oid == x509::kSubjectAltNameOid) return extension.value;
    return {};
}

}  // namespace

Result<void> check_renewal(const x509::CertificateRequest& csr, const ClientIdentity* client,
                           const std::string& account, const ReenrollConfig& config) {
    const auto& authorities = config.registration_authorities;
    const bool by_name = std::any_of(authorities.begin(), authorities.end(),
                                     [&account](const std::string& each) { return iequals(each, account); });
    const bool own = client == nullptr || client->trusted_by == TrustedBy::explicit_set;
    if ((by_name && own) || (client != nullptr && client->registration_authority)) return {};
    if (client == nullptr)
        return fail(Errc::forbidden, "A certificate is renewed for whoever shows it as TLS client certificate.");
    if (client->trusted_by != TrustedBy::explicit_set)
        return fail(Errc::forbidden, "The TLS client certificate is not one of this CA: it cannot be renewed here.");
    // Names compare as RFC 5280 section 7.1 says: AD CS writes them in other string types than the client did.
    if (X509_NAME_cmp(X509_REQ_get_subject_name(csr.native()), X509_get_subject_name(client->certificate.native())) !=
        0)
        return fail(Errc::forbidden, "The subject of the request is not that of the certificate to be renewed.");
    if (requested_alternative_names(csr) != x509::subject_alt_name_der(client->certificate))
        return fail(Errc::forbidden, "The subjectAltName of the request is not that of the certificate to be renewed.");
    const auto old_key = client->certificate.usable_public_key();
    if (!config.allow_same_key && old_key && *old_key == csr.public_key())
        return fail(Errc::forbidden, "A renewal needs a new key here.");
    return {};
}

Result<void> check_name_change(const x509::CertificateRequest& csr, const ReenrollConfig& config) {
    if (config.allow_name_change) return {};
    for (const auto& attribute : x509::request_attributes(csr))
        if (attribute.oid == kChangeSubjectNameOid)
            return fail(Errc::forbidden, "Requests with ChangeSubjectName are refused here.");
    return {};
}

}  // namespace opencapf::ces
