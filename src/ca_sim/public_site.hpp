// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ca_sim/certificate_authority.hpp"
#include "ca_sim/crl_publisher.hpp"
#include "ca_sim/responses.hpp"
#include "opencapf/http/message.hpp"

namespace opencapf::ca_sim {

/// What everybody may fetch, with and without TLS: CA certificates and CRLs under /CertEnroll (certsrv.md 6.1), and
/// OCSP under /ocsp (RFC 6960 appendix A). Thread-safe.
class PublicSite {
public:
    /// All references must outlive it.
    PublicSite(CertificateAuthority& ca, const CrlPublisher& crls, const ServerHeaders& headers);

    /// `request` must stay valid until the task ends.
    Task<http::Response> serve(const http::Request& request) const;

private:
    [[nodiscard]] http::Response file(const std::string& name) const;
    Task<http::Response> ocsp(const http::Request& request) const;

    CertificateAuthority& ca_;
    const CrlPublisher& crls_;
    const ServerHeaders& headers_;
};

}  // namespace opencapf::ca_sim
