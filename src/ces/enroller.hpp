// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ca_chain.hpp"
#include "certsrv_session.hpp"
#include "opencapf/base/current.hpp"
#include "pending_store.hpp"

namespace opencapf::ces {

/// The configuration and what was read from the files that it names.
struct Policy {
    Config config;
    Secret password;                                    ///< of cesd's own account
    x509::TrustStore directory;                         ///< the trust directory as it stands
    std::shared_ptr<const x509::TrustStore> web_trust;  ///< what of it may vouch for the CA's web server
};

/// What all loops share. Outlives every connection.
struct Shared {
    Current<Policy> policy;  ///< a reload replaces it; a request keeps the one it began with
    Current<CaChain> chain;  ///< null until the CA has told it
    PendingStore pending;
    const Metrics metrics;
    metrics::Upstream ca;
};

/// Access to the CA as `policy` says; what it costs and gives is counted in `shared`.
CaAccess access_to_ca(net::Loop& loop, Shared& shared, const std::shared_ptr<const Policy>& policy);

struct EnrolRequest {
    std::shared_ptr<const Policy> policy;
    std::string user;
    Secret password;
    std::optional<x509::CertificateRequest> csr;  ///< always set; optional because requests have no empty state
};

struct Enrolled {
    std::uint64_t request_id = 0;
    std::string pending_key;  ///< PendingStore::forget() it once the client has its certificate
    std::optional<x509::Certificate> certificate;
};

/// The registration authority: checks credentials by logging in to certsrv with them and finding the configured
/// template on offer, then has the CA sign the request. One per loop.
class Enroller {
public:
    Enroller(net::Loop& loop, Shared& shared, std::size_t max_tls_accounts);

    /// Errors: unauthorized (rejected credentials, or the template is not on offer for them), pending,
    /// conflict (the same request is in work already), rejected (denied; the message is the CA's), malformed (the CA
    /// cannot read the request), timeout, unreachable, tls, unavailable, too_large and protocol (trouble with the CA;
    /// never a verdict on the client).
    Task<Result<Enrolled>> enroll(EnrolRequest request, EventRecorder record);

private:
    using SessionPtr = std::unique_ptr<CertsrvSession>;
    Task<Result<SessionPtr>> authenticate(const EnrolRequest& request, std::shared_ptr<http::TlsSessionCache> tls,
                                          EventRecorder record);
    Task<Result<SessionPtr>> enrol_session(const EnrolRequest& request, SessionPtr authenticated,
                                           std::shared_ptr<http::TlsSessionCache> tls, EventRecorder record);
    Task<Result<Enrolled>> work(const EnrolRequest& request, std::string key, std::uint64_t known_id,
                                SessionPtr authenticated, std::shared_ptr<http::TlsSessionCache> tls,
                                EventRecorder record);
    Result<Enrolled> check(const EnrolRequest& request, const std::string& key, FetchAnswer fetched) const;
    Result<void> verdict(const PageOutcome& outcome, const std::string& key);

    net::Loop& loop_;
    Shared& shared_;
    TlsAccounts accounts_;
};

}  // namespace opencapf::ces
