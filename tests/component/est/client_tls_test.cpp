// SPDX-License-Identifier: Apache-2.0
#include "opencapf/base/text.hpp"
#include "opencapf/est/client.hpp"
#include "support/loops.hpp"
#include "support/raw_tls_server.hpp"
#include "support/temp_dir.hpp"

#include <cstdlib>
#include <gmock/gmock.h>
#include <mutex>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace opencapf::est {
namespace {

using namespace std::chrono_literals;
using test::RawConnection;
using test::RawTlsServer;

/// The EST client against a server whose certificate and way of ending connections the test chooses.
class EstClientTls : public testing::Test {
protected:
    EstClientTls() : loops_(1) { loops_.start(); }
    ~EstClientTls() override {
        if (server_) server_->stop();
        loops_.stop();
    }

    void start(const test::CertificateSpec& certificate, RawTlsServer::Options options = {}) {
        identity_ = test::issue(certificate, root_);
        server_ = std::make_unique<RawTlsServer>(*identity_, options, [this](RawConnection& c) { serve(c); });
    }
    void start_as_localhost(RawTlsServer::Options options = {}) {
        start({.common_name = "localhost", .dns_name = "localhost"}, options);
    }

    void serve(RawConnection& connection) {
        const std::string request = connection.read_request();
        const std::lock_guard lock(mutex_);
        if (!request.empty()) requests_.push_back(request);
        resumed_.push_back(connection.resumed());
        with_certificate_.push_back(connection.has_client_certificate());
        if (script_) script_(connection);
    }

    std::vector<std::string> requests() {
        const std::lock_guard lock(mutex_);
        return requests_;
    }

    ClientConfig config() {
        ClientConfig config;
        config.host = "localhost";
        config.port = server_->port();
        config.trust = trusting(root_);
        config.user = "LAB\\ciscora";
        config.password = Secret("secret");
        config.preemptive_auth = true;
        return config;
    }
    static std::shared_ptr<const x509::TrustStore> trusting(const test::Issued& root) {
        return std::make_shared<const x509::TrustStore>(std::vector<x509::Certificate>{root.certificate});
    }
    EnrollResult enroll(Client& client) {
        return test::run_on<EnrollResult>(loops_[0], [&] { return client.enroll(csr_); });
    }
    EnrollResult enroll(ClientConfig config) {
        Client client(loops_[0], std::move(config));
        return enroll(client);
    }
    [[nodiscard]] static std::string head(std::size_t length) {
        return "HTTP/1.1 200 OK\r\nContent-Type: application/pkcs7-mime; smime-type=certs-only\r\nContent-Length: " +
               std::to_string(length) + "\r\n\r\n";
    }
    void answer_well() {
        script_ = [answer = head(body_.size()) + body_](RawConnection& connection) {
            connection.write(answer);
            connection.close_notify();
        };
    }

    test::Issued root_ = test::make_root("Lab Root CA");
    std::optional<test::Issued> identity_;
    x509::PrivateKey key_ = x509::PrivateKey::generate_ec("P-256");
    x509::CertificateRequest csr_ = x509::make_request({{"CN", "SEP1"}}, key_);
    const std::string body_ = encode_body(x509::make_certs_only(
        {test::make_certificate({.common_name = "SEP1"}, key_.public_key(), root_.key, &root_.certificate)}));
    std::function<void(RawConnection&)> script_;
    std::mutex mutex_;
    std::vector<std::string> requests_;
    std::vector<bool> resumed_;
    std::vector<bool> with_certificate_;
    std::unique_ptr<RawTlsServer> server_;
    net::LoopPool loops_;
};

TEST_F(EstClientTls, C02_TrustsNothingButItsExplicitAnchors) {
    start_as_localhost();
    answer_well();
    // What OpenSSL and libcurl take for the system's store, were they asked.
    const test::TempDir dir;
    write_file_atomically(dir.file("system.pem"), root_.certificate.pem(), 0600);
    for (const char* name : {"SSL_CERT_FILE", "CURL_CA_BUNDLE"}) ::setenv(name, dir.file("system.pem").c_str(), 1);
    auto other = config();
    other.trust = trusting(test::make_root("Another root"));
    EXPECT_EQ(enroll(other).error, EstError::ssl_connect);
    other.trust = nullptr;
    EXPECT_EQ(enroll(other).error, EstError::ssl_connect);
    EXPECT_TRUE(requests().empty());
    EXPECT_TRUE(enroll(config()).ok());
    for (const char* name : {"SSL_CERT_FILE", "CURL_CA_BUNDLE"}) ::unsetenv(name);
}

TEST_F(EstClientTls, C07_WithoutAnchorsThereIsNoBootstrap) {
    start_as_localhost();
    auto settings = config();
    settings.trust = nullptr;
    Client client(loops_[0], settings);
    const auto result = test::run_on<CaCertsResult>(loops_[0], [&] { return client.cacerts(); });
    EXPECT_EQ(result.error, EstError::ssl_connect);
    EXPECT_TRUE(requests().empty());
}

TEST_F(EstClientTls, C03_AnotherNameIsRefused) {
    start({.common_name = "ra", .dns_name = "ra.example.test", .extended_key_usage = "serverAuth"});
    answer_well();
    auto settings = config();
    EXPECT_EQ(enroll(settings).error, EstError::fqdn_mismatch);
    settings.accept_cmc_ra = true;
    EXPECT_EQ(enroll(settings).error, EstError::fqdn_mismatch);
    settings.host = "127.0.0.1";
    EXPECT_EQ(enroll(settings).error, EstError::fqdn_mismatch);
    EXPECT_TRUE(requests().empty());
    settings.host = "ra.example.test";
    settings.resolve = {{"ra.example.test", "127.0.0.1"}};
    EXPECT_TRUE(enroll(settings).ok());
}

TEST_F(EstClientTls, C03_AnAuthorizedRaMayReplaceTheName) {
    start({.common_name = "ra", .dns_name = "ra.example.test", .extended_key_usage = "serverAuth,cmcRA"});
    answer_well();
    auto settings = config();
    EXPECT_EQ(enroll(settings).error, EstError::fqdn_mismatch);  // unless it is told that it may
    settings.accept_cmc_ra = true;
    settings.trust = trusting(test::make_root("Another root"));
    EXPECT_EQ(enroll(settings).error, EstError::ssl_connect);
    EXPECT_TRUE(requests().empty());
    settings.trust = trusting(root_);
    const auto result = enroll(settings);
    EXPECT_TRUE(result.ok()) << result.detail;
}

TEST_F(EstClientTls, C04_AnUnauthorizedServerSeesNoCredentials) {
    start({.common_name = "localhost", .dns_name = "localhost"});
    auto settings = config();  // would send them with the first request
    settings.trust = trusting(test::make_root("Another root"));
    EXPECT_EQ(enroll(settings).error, EstError::ssl_connect);
    settings = config();
    settings.host = "127.0.0.1";
    EXPECT_EQ(enroll(settings).error, EstError::fqdn_mismatch);
    EXPECT_TRUE(requests().empty());
}

TEST_F(EstClientTls, C13_ReenrolsUnderItsClientCertificate) {
    start_as_localhost({.ask_for_certificate = true});
    answer_well();
    auto own = test::issue({.common_name = "capf"}, root_);
    auto settings = config();
    settings.user.clear();
    settings.identity =
        std::make_shared<const http::ClientIdentity>(http::ClientIdentity{{own.certificate}, std::move(own.key)});
    Client client(loops_[0], settings);
    const auto result = test::run_on<EnrollResult>(loops_[0], [&] { return client.reenroll(csr_); });
    EXPECT_TRUE(result.ok()) << result.detail;
    ASSERT_EQ(requests().size(), 1U);
    EXPECT_EQ(requests()[0].rfind("POST /.well-known/est/simplereenroll ", 0), 0U);
    EXPECT_THAT(with_certificate_, testing::ElementsAre(true));
}

TEST_F(EstClientTls, C22_AServerThatTricklesIsGivenUp) {
    start_as_localhost();
    script_ = [this](RawConnection& connection) {
        for (const char byte : head(body_.size()) + body_) {
            if (!connection.write(std::string(1, byte)) || !connection.pause(20ms)) return;
        }
    };
    auto settings = config();
    settings.read_timeout = net::Duration(300);
    EXPECT_EQ(enroll(settings).error, EstError::ssl_read);
}

TEST_F(EstClientTls, C22_AllRequestsOfACallShareATimeOut) {
    start_as_localhost();
    script_ = [](RawConnection& connection) {
        if (!connection.pause(200ms)) return;
        connection.write(
            "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"e\"\r\nContent-Length: 0\r\n\r\n");
    };
    auto settings = config();
    settings.preemptive_auth = false;
    settings.total_timeout = net::Duration(300);
    EXPECT_EQ(enroll(settings).error, EstError::ssl_read);
    server_->stop();
    EXPECT_EQ(requests().size(), 2U);
}

TEST_F(EstClientTls, C22_AServerThatShakesNoHandsIsGivenUp) {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ASSERT_EQ(::listen(listener, 4), 0);
    sockaddr_in address{};
    socklen_t size = sizeof address;
    ASSERT_EQ(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), 0);
    start_as_localhost();
    auto settings = config();
    settings.port = ntohs(address.sin_port);
    settings.connect_timeout = net::Duration(300);
    const auto error = enroll(settings).error;
    EXPECT_TRUE(error == EstError::ssl_connect || error == EstError::ip_connect) << est_error_name(error);
    ::close(listener);
}

TEST_F(EstClientTls, C24_SessionsAreResumedForOneAccountOnly) {
    start_as_localhost({.maximum_version = TLS1_2_VERSION});
    answer_well();
    Client first(loops_[0], config());
    for (int i = 0; i < 2; ++i) {
        const auto result = enroll(first);
        ASSERT_TRUE(result.ok()) << result.detail;
    }
    auto settings = config();
    settings.user = "LAB\\another";
    Client second(loops_[0], settings);
    ASSERT_TRUE(enroll(second).ok());
    server_->stop();
    EXPECT_THAT(resumed_, testing::ElementsAre(false, true, false));
}

TEST_F(EstClientTls, C24_EndsItsConnectionsWithCloseNotify) {
    start_as_localhost();
    bool notified = false;
    script_ = [this, &notified](RawConnection& connection) {
        connection.write(head(body_.size()) + body_);
        notified = connection.client_closes();
    };
    EXPECT_TRUE(enroll(config()).ok());
    server_->stop();
    EXPECT_TRUE(notified);
}

TEST_F(EstClientTls, C25_ACutStreamIsGoodOnlyWhenTheLengthSaysSo) {
    start_as_localhost();
    script_ = [this](RawConnection& connection) { connection.write(head(body_.size()) + body_); };
    EXPECT_TRUE(enroll(config()).ok());
    script_ = [this](RawConnection& connection) { connection.write(head(body_.size() + 1) + body_); };
    EXPECT_FALSE(enroll(config()).ok());
    const std::string unbounded = "HTTP/1.1 200 OK\r\nContent-Type: application/pkcs7-mime\r\n\r\n";
    script_ = [&](RawConnection& connection) { connection.write(unbounded + body_); };
    EXPECT_FALSE(enroll(config()).ok());
    script_ = [&](RawConnection& connection) {
        connection.write(unbounded + body_);
        connection.close_notify();
    };
    EXPECT_TRUE(enroll(config()).ok());
    // The same with chunks: the last one, of no size, is missing.
    script_ = [&](RawConnection& connection) {
        connection.write(
            "HTTP/1.1 200 OK\r\nContent-Type: application/pkcs7-mime\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n" +
            body_.substr(0, 4) + "\r\n");
    };
    EXPECT_FALSE(enroll(config()).ok());
}

}  // namespace
}  // namespace opencapf::est
