// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ces/server/est_service.hpp"
#include "ces/server/route.hpp"
#include "ces/upstream/enroller.hpp"
#include "opencapf/http/server.hpp"

namespace opencapf::ces {

/// One EST client's connection (RFC 7030; est.md sections 0 and 2). Lives on one loop.
class EstConnection final : public http::Connection {
public:
    /// `stream` is the connection, which is only asked about itself here; it outlives this object.
    EstConnection(EstService& service, Enroller& enroller, ConnectionInfo info, const net::Stream& stream);

    Task<http::Response> handle(const http::Request& request) override;
    void answered(const http::Request& request, const http::Response& response, const Error* error) override;
    void rejected(const Error& error, http::Response& response) override;
    void closed(bool clean) override;

private:
    using Refused = tl::unexpected<http::Response>;

    Task<http::Response> answer(const http::Request& request);
    http::Response cacerts();
    http::Response csrattrs();
    // est_enrolment.cpp: simpleenroll, simplereenroll and serverkeygen
    Task<http::Response> enroll(const http::Request& request);
    tl::expected<Caller, http::Response> authenticate(const http::Request& request);
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
    http::Response challenge(std::string body) const;
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
    ConnectionInfo info_;
    const net::Stream& stream_;
    // Of the request being served, until its answer went out:
    Route route_;
    std::shared_ptr<const Profile> profile_;
    std::vector<TimedEvent> events_;
    std::string delivered_key_;  // pending entry to forget once the certificate went out
    std::string correlation_;    // id of the request
    std::string account_;        // who asks, once known
    metrics::Stopwatch watch_;
    bool client_gone_ = false;
};

}  // namespace opencapf::ces
