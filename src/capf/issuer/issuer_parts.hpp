// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capf/config.hpp"
#include "capf/issuer/lsc_signer.hpp"
#include "opencapf/est/client.hpp"

#include <optional>

namespace opencapf::capf {

/// What the issuer of one configuration works with, read from its files at start and at reload. Immutable.
struct IssuerParts {
    CertificateIssuer issuer = CertificateIssuer::capf;
    OnlineCaType online_ca_type = OnlineCaType::microsoft;
    std::chrono::seconds validity{0};      ///< of LSCs that CAPF signs
    std::optional<LscSigner> signer;       ///< with CertificateIssuer::capf
    std::optional<est::ClientConfig> est;  ///< with CertificateIssuer::online
    std::size_t trust_length = 0;          ///< bytes of the EST server's trust file
};

/// Throws std::exception naming the file that is unusable.
IssuerParts load_issuer_parts(const Config& config);

}  // namespace opencapf::capf
