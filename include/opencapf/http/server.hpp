// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/http/message.hpp"
#include "opencapf/net/listener.hpp"

namespace opencapf::http {

struct ServerLimits {
    std::size_t max_head_bytes = 16 * 1024;  ///< above: 431
    std::size_t max_body_bytes = 64 * 1024;  ///< above: 413
    std::size_t max_requests_per_connection = 1000;
    net::Duration idle_timeout{60'000};  ///< between requests: closed without an answer
    net::Duration head_timeout{10'000};  ///< from the first byte of a request
    net::Duration body_timeout{10'000};  ///< half a body: 408
    net::Duration write_timeout{10'000};
};

/// One per connection, so that authentication can belong to the connection (NTLM). Lives on the connection's loop.
class Connection {
public:
    virtual ~Connection() = default;
    /// Answers one request. `request` stays valid until the task ends. Must not throw.
    virtual Task<Response> handle(const Request& request) = 0;
    /// Just before answered(): the octets of the request and of the answer, heads and bodies. Default: nothing.
    virtual void counted(std::size_t received, std::size_t sent) { (void)received, (void)sent; }
    /// After the answer went out, or could not be written (`error` set): for access logs. Default: nothing.
    virtual void answered(const Request& request, const Response& response, const Error* error) {
        (void)request, (void)response, (void)error;
    }
    /// The connection is over; `clean` when the peer's or our close_notify was seen. Default: nothing.
    virtual void closed(bool clean) { (void)clean; }
    /// The peer sent something that is no acceptable HTTP request; the server answers `response` (400, 408, 413, 431,
    /// 505) in plain text and closes. Change it here, or log it. Default: nothing.
    virtual void rejected(const Error& error, Response& response) { (void)error, (void)response; }
};

/// HTTP/1.0 and 1.1 on a TLS stream: keep-alive, Expect: 100-continue, chunked and Content-Length bodies, pipelining in
/// order, bounds on everything. Head and body of an answer leave in one write. Use as body of a net::Listener session:
///   Session s = [&](Loop& loop, std::unique_ptr<Stream> stream) { return http::serve(std::move(stream), limits,
///   make(loop)); }
/// (returning the task, not awaiting it, keeps clear of the g++ 12 lambda defect).
/// When `draining` (may be empty; called on the loop) says true, a connection that has been idle for a second ends. Not
/// sooner, and no answer says "Connection: close": an NTLM log-in of several requests is let finish on its connection.
Task<> serve(std::unique_ptr<net::Stream> stream, ServerLimits limits, std::unique_ptr<Connection> connection,
             std::function<bool()> draining = {});

}  // namespace opencapf::http
