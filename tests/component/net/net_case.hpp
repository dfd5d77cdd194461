// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/net/listener.hpp"
#include "support/loops.hpp"
#include "support/notes.hpp"
#include "support/tls_peer.hpp"

#include <array>
#include <gmock/gmock.h>
#include <memory>
#include <string>

namespace opencapf::net {

using test::Notes;
using test::run_on;
using test::TcpPeer;
using test::TlsPeer;
using ::testing::HasSubstr;

inline constexpr Duration kLong{20'000};
inline constexpr Duration kShort{60};

inline Task<> echo(std::unique_ptr<Stream> stream, Duration timeout, Notes& notes) {
    std::array<std::uint8_t, 64 * 1024> buffer;
    for (;;) {
        const auto count = co_await stream->read_some(buffer, timeout);
        if (!count) {
            notes.add("read: " + std::string(to_string(count.error().code)) + " " + count.error().message);
            break;
        }
        const auto written = co_await stream->write(ByteView(buffer).first(*count), timeout);
        if (!written) {
            notes.add("write: " + std::string(to_string(written.error().code)));
            break;
        }
    }
    const bool peer_closed = co_await stream->close(kShort);
    notes.add(peer_closed ? "closed by both" : "closed by us");
}

/// A TLS listener that echoes, on two loops.
class NetTest : public ::testing::Test {
protected:
    NetTest() : loops_(2) { loops_.start(); }
    ~NetTest() override {
        if (listener_) listener_->drain(Duration(0));
        loops_.stop();
    }
    void listen(ListenerConfig config = {}, Duration read_timeout = kLong) {
        serve(config, [this, read_timeout](Loop&, std::unique_ptr<Stream> stream) {
            return echo(std::move(stream), read_timeout, notes_);
        });
    }
    void serve(ListenerConfig config, Listener::Session session) {
        config.address = "127.0.0.1";
        ListenerEvents events;
        events.handshake_failed = [this](const Endpoint&, const Error& error) {
            notes_.add("handshake: " + std::string(to_string(error.code)) + " " + error.message);
        };
        events.refused_too_many = [this](const Endpoint&) { notes_.add("too many"); };
        events.session_failed = [this](const Endpoint&, const std::string& what) { notes_.add("defect: " + what); };
        listener_ = std::make_unique<Listener>(loops_, config, net::TlsServerContext(tls_), std::move(session), events);
        listener_->start();
    }
    [[nodiscard]] std::uint16_t port() const { return listener_->port(); }
    TlsClientConfig client_config() {
        TlsClientConfig config;
        config.trust_pem = {pki_.leaf().pem()};
        return config;
    }
    Result<std::unique_ptr<Stream>> connect_with(const TlsClientConfig& config, std::string name = {}) {
        const TlsClientContext context(config);
        return run_on<Result<std::unique_ptr<Stream>>>(
            loops_[1], [&] { return connect(loops_[1], "127.0.0.1", port(), context, name, kLong); });
    }
    /// Streams belong to their loop, to their end.
    void drop(std::unique_ptr<Stream> stream) {
        test::run_plain(loops_[1], [&] { stream.reset(); });
    }

    test::ServerPki pki_;
    TlsServerConfig tls_ = pki_.config();
    Notes notes_;
    LoopPool loops_;
    std::unique_ptr<Listener> listener_;
};

inline Task<std::string> talk(Stream& stream, std::string text) {
    const auto written = co_await stream.write(as_bytes(text), kLong);
    if (!written) co_return written.error().message;
    std::string answer;
    std::array<std::uint8_t, 4096> buffer;
    while (answer.size() < text.size()) {
        const auto count = co_await stream.read_some(buffer, kLong);
        if (!count) co_return count.error().message;
        answer += as_text(ByteView(buffer).first(*count));
    }
    co_return answer;
}

}  // namespace opencapf::net
