// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ca_sim/template.hpp"
#include "opencapf/base/bytes.hpp"
#include "opencapf/x509/builder.hpp"
#include "opencapf/x509/certificate.hpp"
#include "opencapf/x509/request.hpp"

#include <openssl/types.h>
#include <optional>
#include <string>
#include <vector>

namespace opencapf::ca_sim {

using x509::Extension;

/// CRL distribution points, or with another OID the freshest CRL, with these URLs.
Extension crl_distribution_points(const std::vector<std::string>& urls, const char* oid = "2.5.29.31");

/// What goes into a certificate besides the request and the template.
struct ExtensionInput {
    const x509::Certificate* issuer = nullptr;
    std::vector<std::string> crl_urls;
    std::vector<std::string> aia_urls;
    std::vector<std::string> ocsp_urls;
    /// SubjectAltName in DER that counts instead of the request's.
    std::optional<Bytes> names;
    bool has_subject = false;  ///< decides whether a SAN must be critical (RFC 5280 section 4.2.1.6)
};

/// Extensions of a certificate for `request` by `entry` (certsrv.md 6.3), in the order AD CS tends to use. The SAN
/// comes from the request only when the template takes the subject from there.
std::vector<Extension> certificate_extensions(const x509::CertificateRequest& request, const Template& entry,
                                              const ExtensionInput& input);

}  // namespace opencapf::ca_sim
