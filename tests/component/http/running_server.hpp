// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/http/server.hpp"
#include "support/loops.hpp"
#include "support/notes.hpp"
#include "support/tls_peer.hpp"

#include <functional>
#include <memory>
#include <string>
#include <utility>

/// An HTTP server in this process on a port of the system's choice.
namespace opencapf::http::test {

using opencapf::test::Notes;
using opencapf::test::ServerPki;
using opencapf::test::TlsPeer;

using Handler = std::function<Response(const Request&)>;

class ScriptedConnection final : public Connection {
public:
    ScriptedConnection(Handler handler, Notes& notes) : handler_(std::move(handler)), notes_(notes) {}
    Task<Response> handle(const Request& request) override { co_return handler_(request); }
    void answered(const Request& request, const Response& response, const Error* error) override {
        notes_.add("answered " + request.target + " " + std::to_string(response.status) + (error ? " lost" : ""));
    }
    void closed(bool clean) override { notes_.add(clean ? "closed clean" : "closed cut"); }
    void rejected(const Error&, Response& response) override {
        notes_.add("rejected " + std::to_string(response.status));
        response.headers.add("X-Rejected", "yes");
    }

private:
    Handler handler_;
    Notes& notes_;
};

class RunningServer {
public:
    explicit RunningServer(Handler handler, ServerLimits limits = {}) : loops_(2) {
        net::ListenerConfig config;
        config.address = "127.0.0.1";
        auto session = [this, handler = std::move(handler), limits](net::Loop&, std::unique_ptr<net::Stream> stream) {
            return serve(std::move(stream), limits, std::make_unique<ScriptedConnection>(handler, notes_),
                         [this] { return listener_->draining(); });
        };
        loops_.start();
        listener_ = std::make_unique<net::Listener>(loops_, config, tls_, std::move(session), net::ListenerEvents{});
        listener_->start();
    }
    ~RunningServer() {
        listener_->drain(net::Duration(0));
        loops_.stop();
    }
    RunningServer(const RunningServer&) = delete;
    RunningServer& operator=(const RunningServer&) = delete;

    [[nodiscard]] std::uint16_t port() const { return listener_->port(); }
    [[nodiscard]] net::Loop& loop() { return loops_[1]; }
    [[nodiscard]] const ServerPki& pki() const { return pki_; }
    [[nodiscard]] SSL_CTX* tls() const { return tls_.native(); }
    [[nodiscard]] Notes& notes() { return notes_; }
    /// Connections that had to be cut.
    std::size_t drain(net::Duration grace) { return listener_->drain(grace); }

private:
    ServerPki pki_;
    net::TlsServerContext tls_ = pki_.context();
    Notes notes_;
    net::LoopPool loops_;
    std::unique_ptr<net::Listener> listener_;
};

}  // namespace opencapf::http::test
