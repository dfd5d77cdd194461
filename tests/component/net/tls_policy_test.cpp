// SPDX-License-Identifier: Apache-2.0
#include "opencapf/net/listener.hpp"
#include "support/tls_peer.hpp"

#include <future>
#include <gmock/gmock.h>
#include <openssl/ssl.h>

namespace opencapf::net {
namespace {

using test::ServerPki;
using test::TlsPeer;

/// A server that tells what it knows of the connection, a line for each.
class Teller {
public:
    explicit Teller(const TlsServerConfig& config) : loops_(1) {
        Listener::Session session = [](Loop&, std::unique_ptr<Stream> stream) { return tell(std::move(stream)); };
        ListenerConfig listen;
        listen.address = "127.0.0.1";
        listener_ =
            std::make_unique<Listener>(loops_, listen, TlsServerContext(config), std::move(session), ListenerEvents{});
        loops_.start();
        listener_->start();
    }
    ~Teller() {
        listener_->drain(Duration(2'000));
        loops_.stop();
    }
    [[nodiscard]] std::uint16_t port() const { return listener_->port(); }
    void replace(const TlsServerConfig& config) { listener_->replace_tls(TlsServerContext(config)); }

private:
    static Task<> tell(std::unique_ptr<Stream> stream) {
        std::string text;
        for (const auto& certificate : stream->peer_chain()) text += certificate.common_name() + ";";
        text += "\n" + to_hex(stream->tls_unique()) + "\n" + to_hex(stream->tls_exporter()) + "\n";
        const auto sent = co_await stream->write(as_bytes(text), Duration(5'000));
        (void)sent;
        co_await stream->close(Duration(5'000));
    }
    LoopPool loops_;
    std::unique_ptr<Listener> listener_;
};

class TlsPolicy : public testing::Test {
protected:
    static TlsPeer::Options up_to(int version) {
        TlsPeer::Options options;
        options.maximum_version = version;
        return options;
    }
    TlsServerConfig asking() {
        TlsServerConfig config = pki_.config();
        config.client_certificates = ClientCertificates::optional;
        return config;
    }
    ServerPki pki_;
    test::Issued root_ = test::make_root("Client root");
    test::Issued client_ = test::issue(test::CertificateSpec{"client"}, root_);
};

TEST_F(TlsPolicy, S40_OldVersionsAndWeakSuitesAreRefused) {
    Teller server(pki_.config());
    for (const int version : {TLS1_VERSION, TLS1_1_VERSION}) {
        auto options = up_to(version);
        options.handshake = false;
        EXPECT_FALSE(TlsPeer(server.port(), options).connected());
    }
    EXPECT_EQ(TlsPeer(server.port(), up_to(TLS1_2_VERSION)).version(), "TLSv1.2");
    EXPECT_EQ(TlsPeer(server.port()).version(), "TLSv1.3");
}

TEST_F(TlsPolicy, VersionsGroupsAndCiphersAreConfiguration) {
    auto config = pki_.config();
    config.maximum_version = "1.2";
    config.ciphers = "ECDHE+AESGCM:aNULL";
    config.groups = "P-384";
    Teller server(config);
    EXPECT_EQ(TlsPeer(server.port()).version(), "TLSv1.2");
    config.groups = "no such curve";
    EXPECT_THROW(TlsServerContext{config}, std::runtime_error);
    config.groups.clear();
    config.ciphers = "nothing:!ALL";
    EXPECT_THROW(TlsServerContext{config}, std::runtime_error);
}

TEST_F(TlsPolicy, S43_CertificatesAreAskedForAndSeen) {
    Teller server(asking());
    EXPECT_THAT(TlsPeer(server.port()).read_all(), testing::StartsWith("\n"));
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        auto options = up_to(version);
        options.identity = &client_;
        options.issuer = &root_.certificate;
        EXPECT_THAT(TlsPeer(server.port(), options).read_all(), testing::StartsWith("client;Client root;\n"));
    }
    auto config = pki_.config();
    config.client_certificates = ClientCertificates::required;
    Teller strict(config);
    auto options = up_to(TLS1_2_VERSION);
    options.handshake = false;
    EXPECT_FALSE(TlsPeer(strict.port(), options).connected());
    options.identity = &client_;
    EXPECT_TRUE(TlsPeer(strict.port(), options).connected());
}

TEST_F(TlsPolicy, S50_AnonymousSessionsAreResumedAndIdentitiesNever) {
    Teller server(asking());
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        for (const bool tickets : {true, false}) {
            auto options = up_to(version);
            options.tickets = tickets;
            TlsPeer first(server.port(), options);
            EXPECT_NE(first.read_all(), "");
            const auto session = first.session();
            auto again = options;
            again.resume = session.get();
            if (version == TLS1_2_VERSION || tickets) {
                EXPECT_TRUE(TlsPeer(server.port(), again).resumed()) << version << tickets;
            }
            options.identity = &client_;
            TlsPeer known(server.port(), options);
            EXPECT_THAT(known.read_all(), testing::StartsWith("client;"));
            const auto identity = known.session();
            again.resume = identity.get();
            TlsPeer stranger(server.port(), again);  // holds the session, but not the key
            EXPECT_FALSE(stranger.resumed()) << version << tickets;
            EXPECT_THAT(stranger.read_all(), testing::StartsWith("\n"));
        }
    }
}

TEST_F(TlsPolicy, S50_ANewContextResumesNothingOld) {
    Teller server(pki_.config());
    auto options = up_to(TLS1_2_VERSION);
    TlsPeer first(server.port(), options);
    const auto session = first.session();
    server.replace(pki_.config());
    options.resume = session.get();
    EXPECT_FALSE(TlsPeer(server.port(), options).resumed());
}

TEST_F(TlsPolicy, S67_TlsUniqueIsTheSameOnBothSidesAlsoWhenResumed) {
    Teller server(pki_.config());
    auto options = up_to(TLS1_2_VERSION);
    TlsPeer first(server.port(), options);
    EXPECT_EQ(first.read_all(), "\n" + to_hex(first.tls_unique()) + "\n\n");
    const auto session = first.session();
    options.resume = session.get();
    TlsPeer second(server.port(), options);
    ASSERT_TRUE(second.resumed());
    EXPECT_EQ(second.read_all(), "\n" + to_hex(second.tls_unique()) + "\n\n");
    EXPECT_NE(second.tls_unique(), first.tls_unique());
}

TEST_F(TlsPolicy, S67_NoBindingWithoutExtendedMasterSecret) {
    Teller server(pki_.config());
    auto options = up_to(TLS1_2_VERSION);
    options.extended_master_secret = false;
    EXPECT_EQ(TlsPeer(server.port(), options).read_all(), "\n\n\n");
}

TEST_F(TlsPolicy, S65_TheExporterBindsTls13) {
    Teller server(pki_.config());
    TlsPeer peer(server.port());
    ASSERT_EQ(peer.version(), "TLSv1.3");
    EXPECT_EQ(peer.read_all(), "\n\n" + to_hex(peer.tls_exporter()) + "\n");
}

TEST_F(TlsPolicy, S10_AlpnAgreesOnHttp1AndNothingElse) {
    auto config = pki_.config();
    config.http_alpn = true;
    Teller server(config);
    TlsPeer::Options options;
    options.alpn = "\x02h2\x08http/1.1";
    EXPECT_EQ(TlsPeer(server.port(), options).alpn(), "http/1.1");
    EXPECT_EQ(TlsPeer(server.port()).alpn(), "");
    options.alpn = "\x02h2";
    options.handshake = false;
    EXPECT_FALSE(TlsPeer(server.port(), options).connected());
}

}  // namespace
}  // namespace opencapf::net
