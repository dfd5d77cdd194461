// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ces/shared.hpp"
#include "ces/upstream/upstream.hpp"

#include <map>

namespace opencapf::ces {

/// Speaks to `ca` as its type says.
std::shared_ptr<Upstream> make_upstream(net::Loop& loop, Shared& shared, std::shared_ptr<const Ca> ca);

struct Enrolled {
    std::uint64_t request_id = 0;
    std::string pending_key;  ///< PendingStore::forget() it once the client has its certificate
    std::optional<x509::Certificate> certificate;
    std::string ca;  ///< name of the CA that issued it
};

/// Why there is no certificate.
struct Refusal : Error {
    Refusal(Error error) : Error(std::move(error)) {}  // NOLINT(google-explicit-constructor)
    /// With pending: when the CA wants to be asked again; absent: it did not say.
    std::optional<std::chrono::seconds> retry_after;
};

/// The registration authority: finds a CA that is up, has it check credentials and template, hands the request over at
/// most once, and keeps on record what became of it. One per loop.
class Enroller {
public:
    Enroller(net::Loop& loop, Shared& shared) : loop_(loop), shared_(shared) {}

    /// Errors: unauthorized (rejected credentials, or the template is not on offer for them), pending,
    /// conflict (the same request is in work already), malformed (the CA cannot use the request), forbidden (the CA
    /// refuses the template, or the account may not omit proof of possession), rejected (denied); the message of these
    /// is meant for the client. timeout, unreachable, tls, unavailable, too_large, protocol, io (trouble with the CA or
    /// here; never a verdict on the client).
    Task<tl::expected<Enrolled, Refusal>> enroll(EnrolRequest request, EventRecorder record);

    /// What this loop speaks to `ca` with; made anew when the configuration changed.
    std::shared_ptr<Upstream> upstream(const std::shared_ptr<const Ca>& ca);
    [[nodiscard]] net::Loop& loop() noexcept { return loop_; }
    /// Ends the connections that are kept. After the loop's thread has ended, before the loop goes.
    void close() { upstreams_.clear(); }

private:
    using Outcome = tl::expected<Enrolled, Refusal>;
    struct Work;
    Task<Outcome> enroll_at_some_ca(Work& work);
    Task<std::optional<Outcome>> enroll_at(Work& work, std::shared_ptr<const Ca> ca, bool last);
    Task<std::optional<Outcome>> submit(Work& work, UpstreamSession& session, bool last);
    Task<Outcome> collect(Work& work, UpstreamSession& session, std::uint64_t request_id);
    Task<Outcome> finish(Work& work, CaAnswer answer);
    bool may_go_on(const Work& work, const Error& error, bool last) const;
    [[nodiscard]] Result<void> check(const Work& work, const x509::Certificate& certificate) const;

    net::Loop& loop_;
    Shared& shared_;
    std::map<std::string, std::pair<std::shared_ptr<const Ca>, std::shared_ptr<Upstream>>> upstreams_;
};

}  // namespace opencapf::ces
