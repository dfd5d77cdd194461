// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ces/certsrv/certsrv_session.hpp"
#include "ces/shared.hpp"

namespace opencapf::ces {

/// Access to the CA as `policy` says; what it costs and gives is counted in `shared`.
CaAccess access_to_ca(net::Loop& loop, Shared& shared, const std::shared_ptr<const Policy>& policy);

/// An account at the CA.
struct CaLogin {
    std::string user;
    Secret password;
};

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
    CaAccess access_for(const EnrolRequest& request);
    Task<Result<SessionPtr>> authenticate(const EnrolRequest& request, const CaLogin& login,
                                          std::shared_ptr<http::TlsSessionCache> tls, EventRecorder record);
    Task<Result<SessionPtr>> enrol_session(const EnrolRequest& request, const CaLogin& login, SessionPtr authenticated,
                                           std::shared_ptr<http::TlsSessionCache> tls, EventRecorder record);
    Task<Result<Enrolled>> work(const EnrolRequest& request, const CaLogin& login, std::string key,
                                std::uint64_t known_id, SessionPtr authenticated,
                                std::shared_ptr<http::TlsSessionCache> tls, EventRecorder record);
    Result<Enrolled> check(const EnrolRequest& request, const std::string& key, FetchAnswer fetched) const;
    Result<void> verdict(const PageOutcome& outcome, const std::string& key);

    net::Loop& loop_;
    Shared& shared_;
    TlsAccounts accounts_;
};

}  // namespace opencapf::ces
