// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ces/shared.hpp"
#include "ces/upstream/upstream.hpp"
#include "opencapf/est/client.hpp"

namespace opencapf::ces {

/// A server of RFC 7030 as CA, cesd being its client: with its own Basic account or certificate for callers that cesd
/// has checked, with the caller's Basic credentials for those that nobody has. 202 is passed on, and the same request
/// sent again is the poll (RFC 7030 section 4.2.3).
class EstUpstream final : public Upstream {
public:
    EstUpstream(net::Loop& loop, Shared& shared, std::shared_ptr<const Ca> ca)
        : loop_(loop), shared_(shared), ca_(std::move(ca)) {}

    /// Nothing is sent: whether the server takes the caller shows with the request.
    Task<Result<std::unique_ptr<UpstreamSession>>> open(UpstreamWork work) override;
    Task<Result<std::vector<x509::Certificate>>> chain(EventRecorder record) override;
    Task<Result<void>> probe() override;
    Task<Checks> try_out(std::shared_ptr<const Policy> policy) override;

private:
    [[nodiscard]] est::ClientConfig client_config() const;

    net::Loop& loop_;
    Shared& shared_;
    std::shared_ptr<const Ca> ca_;
};

/// What a server's answer means. `own_account`: the credentials were cesd's, so that their refusal is no verdict on the
/// client.
tl::expected<CaAnswer, SubmitFailure> read_est_answer(const est::EnrollResult& result, bool own_account);

}  // namespace opencapf::ces
