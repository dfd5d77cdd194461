// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ces/auth/client_identity.hpp"
#include "ces/auth/proof_of_possession.hpp"
#include "ces/server/est_service.hpp"
#include "ces/server/route.hpp"
#include "ces/upstream/enroller.hpp"
#include "opencapf/http/server.hpp"

namespace opencapf::ces {

/// One EST client's connection (RFC 7030; est.md sections 0 and 2). Lives on one loop.
class EstConnection final : public http::Connection {
public:
    /// `stream` is the connection, which is only asked about itself here; it outlives this object.
    EstConnection(EstService& service, Enroller& enroller, std::shared_ptr<const EstListenerConfig> listener,
                  ConnectionInfo info, const net::Stream& stream);

    Task<http::Response> handle(const http::Request& request) override;
    void answered(const http::Request& request, const http::Response& response, const Error* error) override;
    void rejected(const Error& error, http::Response& response) override;
    void closed(bool clean) override;

private:
    using Admitted = tl::expected<Caller, http::Response>;
    using Refused = tl::unexpected<http::Response>;
    /// What a verdict on a client's certificate rests on; kept, so that an address is not used again.
    struct IdentityBasis {
        std::shared_ptr<const Profile> profile;
        std::shared_ptr<const CaChain> chain;
        std::shared_ptr<const x509::RevocationLists> lists;
        friend bool operator==(const IdentityBasis&, const IdentityBasis&) = default;
    };

    Task<http::Response> answer(const http::Request& request);
    http::Response cacerts();
    http::Response csrattrs();
    // est_authentication.cpp
    /// The client's certificate and what it is worth; null without one.
    const ClientIdentity* identity();
    [[nodiscard]] std::optional<x509::TrustStore> own_chains() const;
    Task<Admitted> authenticate(const http::Request& request);
    Task<Admitted> check_password(const http::Request& request);
    Admitted permitted(Caller caller);
    /// Is the request tied to this connection as far as the policy wants it? The refusal, or nothing.
    std::optional<http::Response> check_linkage(const x509::CertificateRequest& csr);
    // est_enrolment.cpp: simpleenroll, simplereenroll and serverkeygen
    Task<http::Response> enroll(const http::Request& request);
    Task<http::Response> ask_ca(Caller caller, x509::CertificateRequest csr);
    void audit(const http::Response& response) const;
    /// What can be said about the request before the CA hears of it.
    Result<x509::CertificateRequest> admit(const http::Request& request) const;
    Task<Result<x509::CertificateRequest>> make_key(const x509::CertificateRequest& pattern,
                                                    std::optional<GeneratedKey>& target);
    Task<http::Response> enrolled(const EnrolRequest& request, Enrolled enrolled,
                                  const std::optional<GeneratedKey>& generated,
                                  std::optional<KeyEncryption> encryption);

    /// `retry_after` with pending: what the CA said; absent: as configured.
    http::Response failure(const Error& error, std::optional<std::chrono::seconds> retry_after = std::nullopt);
    http::Response failure(unsigned status, est::EstError number, std::string text);
    /// The same with a line for the operator.
    http::Response refuse(unsigned status, est::EstError number, std::string text);
    http::Response challenge(std::string body) const;
    [[nodiscard]] est::Wrap wrap() const;
    void count(Operation operation, unsigned status) const;
    void record(Event event);
    void record_access(const http::Request& request, const http::Response& response);
    /// The connection and the request in the daemon's own log.
    [[nodiscard]] std::string who() const;

    EstService& service_;
    Shared& shared_;
    LogBook& logs_;
    std::shared_ptr<const Policy> policy_;  ///< of the request being served
    Enroller& enroller_;
    std::shared_ptr<const EstListenerConfig> listener_;
    ConnectionInfo info_;
    const net::Stream& stream_;
    std::vector<x509::Certificate> peer_chain_;
    bool chain_read_ = false;
    std::optional<ClientIdentity> identity_;
    IdentityBasis identity_basis_;
    std::chrono::steady_clock::time_point identity_until_;
    // Of the request being served, until its answer went out:
    Route route_;
    std::shared_ptr<const Profile> profile_;
    std::vector<TimedEvent> events_;
    std::string delivered_key_;  // pending entry to forget once the certificate went out
    std::string correlation_;    // id of the request
    std::string account_;        // who asks, once known
    std::string subject_;        // of the certificate asked for, once known
    bool proof_linked_ = false;
    metrics::Stopwatch watch_;
    std::chrono::steady_clock::time_point received_;
    bool key_made_here_ = false;  // for this request: it is gone when the answer is
    bool client_gone_ = false;
};

}  // namespace opencapf::ces
