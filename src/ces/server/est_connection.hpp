// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ces/log/log_book.hpp"
#include "ces/upstream/enroller.hpp"
#include "opencapf/http/server.hpp"

namespace opencapf::ces {

/// One EST client's connection (RFC 7030; est.md sections 0 and 2). Lives on one loop.
class EstConnection final : public http::Connection {
public:
    /// `descriptor` is the connection's socket, only ever asked whether the client is still there.
    EstConnection(Shared& shared, Enroller& enroller, LogBook& logs, ConnectionInfo info, int descriptor);

    Task<http::Response> handle(const http::Request& request) override;
    void answered(const http::Request& request, const http::Response& response, const Error* error) override;
    void rejected(const Error& error, http::Response& response) override;
    void closed(bool clean) override;

private:
    enum class Operation { none, cacerts, enroll, reenroll, csrattrs, unsupported };
    static Operation operation_of(std::string_view path);

    Task<http::Response> answer(const http::Request& request);
    http::Response cacerts();
    Task<http::Response> enroll(const http::Request& request, Operation operation);
    /// What can be said about the request before the CA hears of it.
    Result<EnrolRequest> admit(const http::Request& request, const est::BasicCredentials& credentials) const;
    http::Response issued(const EnrolRequest& request, Enrolled enrolled, WallTime since);
    void count(std::string_view path, unsigned status) const;
    http::Response failure(const Error& error);
    http::Response failure(unsigned status, est::EstError number, std::string text);
    http::Response challenge(std::string body) const;
    void record(Event event);
    void record_access(const http::Request& request, const http::Response& response);
    /// The connection and the request in the daemon's own log.
    [[nodiscard]] std::string who() const;

    Shared& shared_;
    std::shared_ptr<const Policy> policy_;  ///< of the request being served
    Enroller& enroller_;
    LogBook& logs_;
    ConnectionInfo info_;
    int descriptor_;
    std::vector<TimedEvent> events_;  // of the request being served, until its answer went out
    std::string delivered_key_;       // pending entry to forget once the certificate went out
    std::string correlation_;         // id of the request being served
    std::string account_;             // who asks, once known
    metrics::Stopwatch watch_;
    bool client_gone_ = false;
};

}  // namespace opencapf::ces
