// SPDX-License-Identifier: Apache-2.0
#include "opencapf/net/listener.hpp"
#include "opencapf/x509/certificate.hpp"
#include "opencapf/x509/key.hpp"
#include "support/tls_peer.hpp"

#include <atomic>
#include <gtest/gtest.h>
#include <thread>

namespace opencapf::net {
namespace {

using test::ServerPki;
using test::TcpPeer;
using test::TlsPeer;

Task<> hello(std::unique_ptr<Stream> stream) {
    (void)co_await stream->write(as_bytes("hello"), Duration(5'000));
    (void)co_await stream->close(Duration(5'000));
}

class Opened {
public:
    explicit Opened(std::function<Opening(const Endpoint&)> opener) : loops_(1) {
        ListenerConfig config;
        config.address = "127.0.0.1";
        loops_.start();
        listener_ = std::make_unique<Listener>(
            loops_, config, pki_.context(),
            [](Loop&, std::unique_ptr<Stream> stream) { return hello(std::move(stream)); }, ListenerEvents{});
        listener_->set_opener(std::move(opener));
        listener_->start();
    }
    ~Opened() {
        listener_->drain(Duration(0));
        loops_.stop();
    }
    Listener& listener() { return *listener_; }
    ServerPki& pki() { return pki_; }

private:
    ServerPki pki_;
    LoopPool loops_;
    std::unique_ptr<Listener> listener_;
};

TEST(Opening, ChoosesTheCertificateOfEachConnection) {
    const auto other = test::make_self_signed({.common_name = "other"});
    const TlsServerContext context(TlsServerConfig{}, {other.certificate}, other.key);
    std::atomic<int> count{0};
    Opened server([&](const Endpoint&) {
        Opening opening;
        if (count++ == 1) opening.tls = context;
        return opening;
    });
    for (const std::string& expected :
         {server.pki().leaf().common_name(), std::string("other"), server.pki().leaf().common_name()}) {
        TlsPeer client(server.listener().port());
        EXPECT_EQ(client.peer_common_name(), expected);
        EXPECT_EQ(client.read_all(), "hello");
    }
}

TEST(Opening, AKeyOfAnotherCertificateIsRefused) {
    const auto one = test::make_self_signed({.common_name = "one"});
    const auto two = test::make_self_signed({.common_name = "two"});
    EXPECT_THROW(TlsServerContext(TlsServerConfig{}, {one.certificate}, two.key), std::runtime_error);
    EXPECT_THROW(TlsServerContext(TlsServerConfig{}, {}, two.key), std::runtime_error);
}

TEST(Opening, ClosesOrResetsInsteadOfAHandshake) {
    for (const auto end : {Opening::End::close, Opening::End::reset}) {
        Opened server([end](const Endpoint&) {
            Opening opening;
            opening.end = end;
            return opening;
        });
        const TcpPeer client(server.listener().port());
        EXPECT_TRUE(client.closed_by_server());
    }
}

TEST(Opening, WaitsBeforeTheHandshake) {
    static constexpr Duration kMoment{250};
    Opened server([](const Endpoint&) {
        Opening opening;
        opening.delay = kMoment;
        return opening;
    });
    const auto began = std::chrono::steady_clock::now();
    TlsPeer client(server.listener().port());
    EXPECT_GE(std::chrono::steady_clock::now() - began, kMoment);
    EXPECT_EQ(client.read_all(), "hello");
}

TEST(Opening, ADrainEndsTheWait) {
    Opened server([](const Endpoint&) {
        Opening opening;
        opening.delay = std::chrono::minutes(10);
        return opening;
    });
    const TcpPeer client(server.listener().port());
    while (server.listener().sessions() == 0) std::this_thread::yield();
    client.finish();
    EXPECT_EQ(server.listener().drain(std::chrono::seconds(60)), 0U);
}

}  // namespace
}  // namespace opencapf::net
