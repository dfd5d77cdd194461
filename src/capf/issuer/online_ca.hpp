// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capf/issuer/issuer.hpp"
#include "capf/service.hpp"

namespace opencapf::capf {

/// The Online CA: takes the PKCS#10 from the spool through EST to the CA and brings the certificate back into the
/// spool, with the trace lines of the product on the way.
class OnlineCa final : public Issuer {
public:
    OnlineCa(Service& service, LoopState& loop) : service_(service), loop_(loop), est_(loop.est) {}

    [[nodiscard]] bool needs_request() const override { return true; }
    Task<tl::expected<Issued, IssueFailure>> issue(IssueRequest request) override;

private:
    Task<std::int64_t> issuer_valid_until(x509::Certificate lsc);

    Service& service_;
    LoopState& loop_;
    const std::shared_ptr<est::Client> est_;  // a reload of the loop does not change a session
};

/// How a libEST result ends an operation (cucm-capf.md 6; which status the product sets is inferred there).
OperationResult result_of(const est::EnrollResult& answer);

}  // namespace opencapf::capf
