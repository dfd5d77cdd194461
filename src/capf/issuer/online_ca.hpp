// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capf/issuer/issuer.hpp"
#include "capf/service.hpp"

namespace opencapf::capf {

/// The Online CA: takes the PKCS#10 from the spool through EST to the CA and brings the certificate back into the
/// spool, with the trace lines of the product on the way. Of type Microsoft CA the EST server is cesd; of type EST it
/// is the CA itself, which may also renew (simplereenroll) and let a request wait (202, RFC 7030 section 4.2.3).
class OnlineCa final : public Issuer {
public:
    OnlineCa(Service& service, LoopState& loop)
        : Issuer(service), loop_(loop), est_(loop.est), direct_(loop.parts->online_ca_type == OnlineCaType::est) {}

    [[nodiscard]] bool needs_request() const override { return true; }
    Task<tl::expected<Issued, IssueFailure>> issue(IssueRequest request) override;
    Task<Issued> complete(Issued issued, event::Phone phone, int descriptor) override;
    Task<Collected> collect(event::Phone phone, Device device, int descriptor) override;

private:
    Task<est::EnrollResult> ask(IssueRequest request);
    Task<est::EnrollResult> post(IssueRequest request, bool renewal);
    Task<tl::expected<Issued, IssueFailure>> refused(IssueRequest request, est::EnrollResult answer);
    Task<bool> is_renewal(IssueRequest request);
    Task<std::optional<x509::Certificate>> issuer_of(x509::Certificate lsc, std::string correlation);

    LoopState& loop_;
    const std::shared_ptr<est::Client> est_;  // a reload of the loop does not change a session
    const bool direct_;
};

/// How a libEST result ends an operation (cucm-capf.md 6; which status the product sets is inferred there).
OperationResult result_of(const est::EnrollResult& answer);

}  // namespace opencapf::capf
