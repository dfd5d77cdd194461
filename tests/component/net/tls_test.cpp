// SPDX-License-Identifier: Apache-2.0
#include "net_case.hpp"

#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace opencapf::net {
namespace {

TEST_F(NetTest, ReplacedCertificateServesLaterConnections) {
    listen();
    TlsPeer before(port());
    const test::ServerPki other("renewed.example.test");
    listener_->replace_tls(other.context());
    TlsPeer after(port());
    EXPECT_EQ(before.peer_common_name(), "server.example.test");
    EXPECT_EQ(after.peer_common_name(), "renewed.example.test");
    before.send("x");
    EXPECT_EQ(before.read_some(), "x");
}

TEST_F(NetTest, PinnedLeafIsTrustedByItsBytesOnly) {
    listen();
    auto good = connect_with(client_config(), "another.name");
    ASSERT_TRUE(good) << good.error().message;
    drop(std::move(*good));
    TlsClientConfig wrong;
    wrong.trust_pem = {pki_.root().pem()};  // the issuer is not the leaf
    const auto refused = connect_with(wrong);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::tls);
    EXPECT_TRUE(notes_.wait_for("handshake: tls"));
    EXPECT_FALSE(connect_with(TlsClientConfig{}));
}

TEST_F(NetTest, ChainIsVerifiedWhenTheLeafIsNotPinned) {
    listen();
    TlsClientConfig config;
    config.pin_leaf = false;
    config.trust_pem = {pki_.root().pem()};
    auto good = connect_with(config);
    ASSERT_TRUE(good) << good.error().message;
    drop(std::move(*good));
    config.trust_pem = {test::make_root("Test root").certificate.pem()};
    EXPECT_FALSE(connect_with(config));
}

TEST_F(NetTest, ConnectTellsUnreachableFromTimeout) {
    listen();
    const auto closed_port = port();
    listener_->drain(Duration(0));
    const TlsClientContext context(client_config());
    const auto try_connect = [&](std::string host, std::uint16_t to, Duration timeout) {
        return run_on<Result<std::unique_ptr<Stream>>>(
                   loops_[1], [&] { return connect(loops_[1], host, to, context, "", timeout); })
            .error()
            .code;
    };
    EXPECT_EQ(try_connect("127.0.0.1", closed_port, kLong), Errc::unreachable);
    EXPECT_EQ(try_connect("name.invalid", 1, kLong), Errc::unreachable);
    serve({}, [](Loop& loop, std::unique_ptr<Stream>) { return loop.sleep(Duration(0)); });
    // A listening socket that nobody accepts from: TCP connects, TLS never answers.
    const int mute = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_storage address{};
    socklen_t length = sizeof address;
    ASSERT_EQ(::listen(mute, 1), 0);
    ASSERT_EQ(::getsockname(mute, reinterpret_cast<sockaddr*>(&address), &length), 0);
    const auto* in = reinterpret_cast<const sockaddr_in*>(&address);
    EXPECT_EQ(try_connect("127.0.0.1", ntohs(in->sin_port), kShort), Errc::timeout);
    ::close(mute);
}

TEST_F(NetTest, OldVersionsAreRefusedUnlessPhonesNeedThem) {
    listen();
    TlsPeer::Options old;
    old.maximum_version = TLS1_1_VERSION;
    old.handshake = false;
    EXPECT_FALSE(TlsPeer(port(), old).connected());
    EXPECT_TRUE(notes_.wait_for("handshake: tls"));
    tls_.legacy_phones = true;
    listener_->replace_tls(TlsServerContext(tls_));
    EXPECT_EQ(TlsPeer(port(), old).version(), "TLSv1.1");
    old.maximum_version = TLS1_VERSION;
    EXPECT_EQ(TlsPeer(port(), old).version(), "TLSv1");
    EXPECT_EQ(TlsPeer(port()).version(), "TLSv1.3");
}

TEST_F(NetTest, ServerContextNamesTheFileItCannotUse) {
    auto config = pki_.config();
    config.private_key = "/nonexistent.key";
    try {
        const TlsServerContext context(config);
        FAIL() << "no error";
    } catch (const std::runtime_error& error) {
        EXPECT_THAT(error.what(), HasSubstr("/nonexistent.key"));
    }
    const test::ServerPki other;
    config.private_key = other.config().private_key;
    EXPECT_THROW(TlsServerContext{config}, std::runtime_error);
    ::chmod(config.private_key.file.c_str(), 0644);
    try {
        const TlsServerContext context(config);
        FAIL() << "a key that everybody may read was accepted";
    } catch (const std::runtime_error& error) {
        EXPECT_THAT(error.what(), HasSubstr("chmod o-rwx " + config.private_key.file));
    }
    config.certificate_file = config.private_key.file;
    EXPECT_THROW(TlsServerContext{config}, std::runtime_error);
}

}  // namespace
}  // namespace opencapf::net
