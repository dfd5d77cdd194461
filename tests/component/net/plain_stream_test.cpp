// SPDX-License-Identifier: Apache-2.0
// Listener and stream without TLS; what both kinds share is tested in stream_test.cpp too.
#include "opencapf/net/listener.hpp"
#include "support/notes.hpp"
#include "support/tls_peer.hpp"

#include <array>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <thread>

namespace opencapf::net {
namespace {

using test::TcpPeer;

constexpr Duration kLong{20'000};
constexpr Duration kShort{60};

class PlainNetTest : public ::testing::Test {
protected:
    PlainNetTest() : loops_(2) { loops_.start(); }
    ~PlainNetTest() override {
        if (listener_) listener_->drain(Duration(0));
        loops_.stop();
    }
    void serve(Listener::Session session, ListenerConfig config = {}) {
        config.address = "127.0.0.1";
        ListenerEvents events;
        events.handshake_failed = [this](const Endpoint&, const Error& error) { notes_.add(error.message); };
        events.refused_too_many = [this](const Endpoint&) { notes_.add("too many"); };
        listener_ = std::make_unique<Listener>(loops_, config, std::move(session), events);
        listener_->start();
    }
    void serve_echo(Duration timeout = kLong, ListenerConfig config = {}) {
        serve([this, timeout](Loop&, std::unique_ptr<Stream> stream) { return echo(std::move(stream), timeout); },
              std::move(config));
    }
    Task<> echo(std::unique_ptr<Stream> stream, Duration timeout) {
        std::array<std::uint8_t, 4096> buffer;
        for (;;) {
            const auto count = co_await stream->read_some(buffer, timeout);
            if (!count) {
                notes_.add("read: " + std::string(to_string(count.error().code)) + " " + count.error().message);
                break;
            }
            const auto written = co_await stream->write(ByteView(buffer).first(*count), timeout);
            if (!written) notes_.add("write: " + std::string(to_string(written.error().code)));
        }
        const bool peer_closed = co_await stream->close(kShort);
        notes_.add(peer_closed ? "closed by both" : "closed by us");
    }
    [[nodiscard]] std::uint16_t port() const { return listener_->port(); }

    test::Notes notes_;
    LoopPool loops_;
    std::unique_ptr<Listener> listener_;
};

TEST_F(PlainNetTest, EchoesMoreThanASocketBufferAndEndsCleanly) {
    serve_echo();
    const TcpPeer client(port());
    const std::string large(1'000'000, 'x');
    std::thread sender([&] {
        client.send(large);
        client.finish();
    });
    EXPECT_EQ(client.read_all(), large);
    sender.join();
    EXPECT_TRUE(notes_.wait_for("read: closed closed by the peer"));
    EXPECT_TRUE(notes_.wait_for("closed by both"));
}

TEST_F(PlainNetTest, TellsAddressesAndThatThereIsNoTls) {
    serve([this](Loop&, std::unique_ptr<Stream> stream) -> Task<> {
        notes_.add("tls '" + stream->tls_version() + "' from " + stream->remote().address + " to " +
                   std::to_string(stream->local().port));
        return echo(std::move(stream), kLong);
    });
    const TcpPeer client(port());
    EXPECT_TRUE(notes_.wait_for("tls '' from 127.0.0.1 to " + std::to_string(port())));
}

TEST_F(PlainNetTest, SilenceHasATimeout) {
    serve_echo(kShort);
    const TcpPeer client(port());
    EXPECT_TRUE(client.closed_by_server());
    EXPECT_TRUE(notes_.wait_for("read: timeout"));
}

Task<> write_much(std::unique_ptr<Stream> stream, test::Notes& notes) {
    const Bytes data(8 * 1024 * 1024);  // more than any socket buffer takes
    const auto written = co_await stream->write(data, kShort);
    notes.add(written ? "written" : "write: " + std::string(to_string(written.error().code)));
}

TEST_F(PlainNetTest, AClientThatNeverReadsHasATimeout) {
    serve([this](Loop&, std::unique_ptr<Stream> stream) { return write_much(std::move(stream), notes_); });
    const TcpPeer client(port());
    EXPECT_TRUE(notes_.wait_for("write: timeout"));
}

TEST_F(PlainNetTest, AResetIsAnErrorAndNotTheEndOfTheProcess) {
    serve_echo();
    {
        const TcpPeer client(port());
        client.send("x");
        EXPECT_EQ(client.read_some(), "x");
        const linger at_once{1, 0};
        ::setsockopt(client.descriptor(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    }
    EXPECT_TRUE(notes_.wait_for("read: closed connection lost"));
}

Task<> say_and_close(std::unique_ptr<Stream> stream, test::Notes& notes) {
    static constexpr std::string_view kText = "last words";
    const auto written = co_await stream->write(as_bytes(kText), kLong);
    const bool peer_closed = co_await stream->close(kLong);
    notes.add(written && peer_closed ? "orderly" : "cut");
}

TEST_F(PlainNetTest, UnreadBytesDoNotCostTheLastAnswer) {
    serve([this](Loop&, std::unique_ptr<Stream> stream) { return say_and_close(std::move(stream), notes_); });
    const TcpPeer client(port());
    client.send("bytes the server never reads");
    EXPECT_EQ(client.read_all(), "last words");
    client.finish();
    EXPECT_TRUE(notes_.wait_for("orderly"));
}

TEST_F(PlainNetTest, ConnectionsAboveTheLimitAreClosedAndTold) {
    ListenerConfig config;
    config.max_connections = 1;
    serve_echo(kLong, config);
    const TcpPeer first(port());
    first.send("x");
    EXPECT_EQ(first.read_some(), "x");
    const TcpPeer second(port());
    EXPECT_TRUE(second.closed_by_server());
    EXPECT_TRUE(notes_.wait_for("too many"));
}

TEST_F(PlainNetTest, DrainBreaksWhatDoesNotEnd) {
    serve_echo();
    const TcpPeer client(port());
    client.send("x");
    EXPECT_EQ(client.read_some(), "x");
    EXPECT_EQ(listener_->drain(Duration(300)), 0U);
    EXPECT_TRUE(notes_.wait_for("read: closed connection stopped"));
    EXPECT_TRUE(client.closed_by_server());
}

TEST_F(PlainNetTest, ReplacingTheCertificateOfAPlainListenerChangesNothing) {
    serve_echo();
    listener_->replace_tls(test::ServerPki().context());
    const TcpPeer client(port());
    client.send("plain");
    EXPECT_EQ(client.read_some(), "plain");
}

}  // namespace
}  // namespace opencapf::net
