// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capf/issuer/issuer.hpp"
#include "capf/service.hpp"

namespace opencapf::capf {

/// "Cisco Certificate Authority Proxy Function" as the issuer: the CAPF certificate's key signs, on the work pool.
class CapfIssuer final : public Issuer {
public:
    /// `parts` has a signer.
    CapfIssuer(Service& service, std::shared_ptr<const IssuerParts> parts)
        : Issuer(service), parts_(std::move(parts)) {}

    [[nodiscard]] bool needs_request() const override { return false; }
    Task<tl::expected<Issued, IssueFailure>> issue(IssueRequest request) override;

private:
    const std::shared_ptr<const IssuerParts> parts_;
};

}  // namespace opencapf::capf
