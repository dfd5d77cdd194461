// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ca_sim/config.hpp"
#include "opencapf/base/bytes.hpp"
#include "opencapf/x509/certificate.hpp"
#include "opencapf/x509/request.hpp"

#include <openssl/types.h>
#include <string>
#include <vector>

namespace opencapf::ca_sim {

struct Extension {
    std::string oid;
    bool critical = false;
    Bytes value;  ///< DER inside the OCTET STRING
};

/// Extensions of a certificate for `request` by `entry` (certsrv.md 6.3), in the order AD CS tends to use. The SAN
/// comes from the request only when the template takes the subject from there. `has_subject` decides whether a SAN must
/// be critical (RFC 5280 section 4.2.1.6).
std::vector<Extension> certificate_extensions(const x509::CertificateRequest& request, const Template& entry,
                                              const x509::Certificate& ca, const CaConfig& config, bool has_subject);

/// SHA-1 over the key's BIT STRING content (RFC 5280 section 4.2.1.2, method 1).
Bytes key_identifier(const X509_PUBKEY* key);

}  // namespace opencapf::ca_sim
