// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ces/certsrv/certsrv_session.hpp"
#include "ces/policy.hpp"
#include "opencapf/base/check.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace opencapf::ces {

/// Who asks for a certificate, as far as cesd's own server knows when it hands the request over.
struct Caller {
    std::string name;      ///< account or certificate subject: for logs, and to tell requests of two clients apart
    bool verified = true;  ///< false: nobody checked yet; the log-in to the CA with `login` has to
    /// The caller's own account at the CA. Absent: cesd's account is used, and the caller must be verified.
    std::optional<CaLogin> login;
};

struct EnrolRequest {
    std::shared_ptr<const Policy> policy;
    std::shared_ptr<const Profile> profile;
    Caller caller;
    std::optional<x509::CertificateRequest> csr;  ///< set unless `make_csr` is; requests have no empty state
    /// Instead of `csr`: makes it once the caller is verified, so that a stranger cannot have keys made.
    std::function<Task<Result<x509::CertificateRequest>>()> make_csr;
    bool renewal = false;       ///< simplereenroll
    bool proof_linked = false;  ///< proof of possession was tied to the TLS session (RFC 7030 3.5)
    std::string correlation;    ///< id of the request in our logs
    /// When the request was there: from then on its client waits.
    std::chrono::steady_clock::time_point received = std::chrono::steady_clock::now();
};

/// One enrolment on its way to one CA.
struct UpstreamWork {
    const EnrolRequest* request = nullptr;  ///< outlives the work; its `csr` is set before submit()
    EventRecorder record;
    std::chrono::steady_clock::time_point deadline;  ///< nobody waits for the certificate any longer
};

/// What a CA says that takes a request.
struct CaAnswer {
    bool pending = false;                          ///< taken under submission
    std::uint64_t request_id = 0;                  ///< 0: the CA gives none
    std::optional<x509::Certificate> certificate;  ///< absent although not pending: collect() it
    std::optional<std::chrono::seconds> retry_after;
    std::string message;  ///< with pending, for the client
};

/// A CA that let the caller in. One enrolment at a time.
class UpstreamSession {
public:
    UpstreamSession() = default;
    virtual ~UpstreamSession() = default;
    UpstreamSession(const UpstreamSession&) = delete;
    UpstreamSession& operator=(const UpstreamSession&) = delete;

    /// Did open() check the caller? False: only submit() can, and nothing may be handed out before.
    [[nodiscard]] virtual bool caller_checked() const { return true; }
    /// Hands the request over, at most once. A refusal is rejected or malformed, with the CA's reason as message.
    virtual Task<tl::expected<CaAnswer, SubmitFailure>> submit() = 0;
    /// Asks for a request that the CA took earlier.
    virtual Task<Result<CaAnswer>> collect(std::uint64_t request_id) = 0;
};

/// One CA as one loop sees it. Tests and benchmarks put their own in place of it (UpstreamMaker).
class Upstream {
public:
    Upstream() = default;
    virtual ~Upstream() = default;
    Upstream(const Upstream&) = delete;
    Upstream& operator=(const Upstream&) = delete;

    /// Checks the caller, as far as nobody else has, and that the CA offers the template to the account used. Nothing
    /// of the request reaches the CA. Errors: unauthorized; timeout, unreachable, tls, unavailable, too_large,
    /// protocol.
    virtual Task<Result<std::unique_ptr<UpstreamSession>>> open(UpstreamWork work) = 0;
    /// The CA's own certificates in any order. `starting` decides in which log the events are told.
    virtual Task<Result<std::vector<x509::Certificate>>> chain(EventRecorder record) = 0;
    /// Is it there? Without credentials, so that no account is locked. Errors: as open().
    virtual Task<Result<void>> probe() = 0;
    /// Tries for the operator what an enrolment needs, short of enrolling: our account, the templates that `policy`
    /// asks for, the CA's certificates. For a server that is known to be the right one.
    virtual Task<Checks> try_out(std::shared_ptr<const Policy> policy) = 0;
};

}  // namespace opencapf::ces
