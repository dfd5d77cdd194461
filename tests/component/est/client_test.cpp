// SPDX-License-Identifier: Apache-2.0
#include "opencapf/est/client.hpp"

#include "support/loops.hpp"
#include "support/scripted_server.hpp"

#include <gmock/gmock.h>

namespace opencapf::est {
namespace {

using test::ScriptedServer;

/// The EST client against a server whose every answer the test writes.
class EstClientTest : public testing::Test {
protected:
    EstClientTest()
        : pki_(dir_),
          server_(dir_, [this](net::Loop& loop, const http::Request& request) { return answer(loop, request); }),
          loops_(1) {
        loops_.start();
    }
    ~EstClientTest() override {
        server_.stop();
        loops_.stop();
    }

    Task<http::Response> answer(net::Loop& loop, const http::Request& request) {
        requests_.push_back(request);
        if (delay_.count() > 0) co_await loop.sleep(delay_);
        if (challenge_ && !request.headers.has("Authorization")) {
            http::Response response;
            response.status = 401;
            response.headers.add("WWW-Authenticate", "Negotiate");
            response.headers.add("WWW-Authenticate", challenge_scheme_);
            co_return response;
        }
        co_return reply_;
    }

    ClientConfig config() {
        ClientConfig config;
        config.host = "localhost";
        config.port = server_.port();
        config.trust = std::make_shared<const x509::TrustStore>(std::vector<x509::Certificate>{pki_.root.certificate});
        config.user = "LAB\\ciscora";
        config.password = Secret("secret");
        return config;
    }
    EnrollResult enroll(ClientConfig config) {
        Client client(loops_[0], std::move(config));
        return test::run_on<EnrollResult>(loops_[0], [&] { return client.enroll(csr_); });
    }
    void reply_with(const std::vector<x509::Certificate>& certificates) {
        reply_ = {};
        reply_.headers.add("Content-Type", std::string(kTypeEnrolled));
        reply_.body = encode_body(x509::make_certs_only(certificates));
    }
    x509::Certificate certificate_for(const x509::PublicKey& key) {
        test::CertificateSpec spec;
        spec.common_name = "SEP1";
        return test::make_certificate(spec, key, pki_.root.key, &pki_.root.certificate);
    }

    test::TempDir dir_;
    test::LabPki pki_;
    bool challenge_ = true;
    std::string challenge_scheme_ = "Basic realm=\"estrealm\"";
    net::Duration delay_{0};
    http::Response reply_;
    std::vector<http::Request> requests_;
    x509::PrivateKey key_ = x509::PrivateKey::generate_ec("P-256");
    x509::CertificateRequest csr_ = x509::make_request({{"CN", "SEP1"}}, key_);
    ScriptedServer server_;
    net::LoopPool loops_;
};

TEST_F(EstClientTest, AnonymousFirstThenBasicOnANewConnection) {
    reply_with({certificate_for(key_.public_key())});
    const auto result = enroll(config());
    ASSERT_TRUE(result.ok()) << result.detail;
    EXPECT_EQ(result.name(), "EST_ERR_NONE");
    EXPECT_EQ(result.pkcs7_length(), reply_.body.size());
    ASSERT_EQ(requests_.size(), 2U);
    EXPECT_EQ(server_.connections(), 2U);
    for (const auto& request : requests_) {
        EXPECT_EQ(request.method, "POST");
        EXPECT_EQ(request.target, "/.well-known/est/simpleenroll");
        EXPECT_EQ(request.headers.get("User-Agent"), "Cisco EST client 1.0");
        EXPECT_EQ(request.headers.get("Accept"), "*/*");
        EXPECT_EQ(request.headers.get("Connection"), "close");
        EXPECT_EQ(request.headers.get("Host"), "localhost:" + std::to_string(server_.port()));
        EXPECT_EQ(request.headers.get("Content-Type"), "application/pkcs10");
        EXPECT_EQ(request.body, encode_body(csr_.der()));
    }
    EXPECT_FALSE(requests_[0].headers.has("Authorization"));
    EXPECT_TRUE(requests_[1].headers.has("Authorization"));
}

TEST_F(EstClientTest, PreemptiveNeedsOneRequest) {
    reply_with({certificate_for(key_.public_key())});
    auto settings = config();
    settings.preemptive_auth = true;
    EXPECT_TRUE(enroll(settings).ok());
    EXPECT_EQ(requests_.size(), 1U);
}

TEST_F(EstClientTest, RefusedTwiceIsAuthFailAfterExactlyTwoRequests) {
    reply_.status = 401;
    reply_.headers.add("WWW-Authenticate", challenge_scheme_);
    EXPECT_EQ(enroll(config()).error, EstError::auth_fail);
    EXPECT_EQ(requests_.size(), 2U);
}

TEST_F(EstClientTest, UnusableChallengeIsAuthFailAtOnce) {
    challenge_scheme_ = "Bearer realm=\"x\"";
    EXPECT_EQ(enroll(config()).error, EstError::auth_fail);
    EXPECT_EQ(requests_.size(), 1U);
}

TEST_F(EstClientTest, FindsTheCertificateOfTheRequestAnywhereInTheBag) {
    reply_with({pki_.root.certificate, certificate_for(key_.public_key())});
    const auto result = enroll(config());
    ASSERT_TRUE(result.ok()) << result.detail;
    EXPECT_EQ(result.issued->common_name(), "SEP1");
    EXPECT_EQ(result.certificates.size(), 2U);
}

TEST_F(EstClientTest, WrongAnswersAreTheirOwnErrors) {
    reply_with({certificate_for(pki_.server.key.public_key())});
    EXPECT_EQ(enroll(config()).error, EstError::x509_pubkey);
    reply_with({});
    EXPECT_EQ(enroll(config()).error, EstError::no_certs_found);
    reply_.body = "!!!!";
    EXPECT_EQ(enroll(config()).error, EstError::bad_base64);
    reply_.body = "MAA=\n";
    EXPECT_EQ(enroll(config()).error, EstError::bad_x509);
    reply_ = {};
    reply_.headers.add("Content-Type", "text/html");
    EXPECT_EQ(enroll(config()).error, EstError::http_unsupported);
}

TEST_F(EstClientTest, StatusesBecomeLibEstsNumbers) {
    const std::pair<unsigned, EstError> cases[] = {{400, EstError::http_bad_req},
                                                   {403, EstError::unknown},
                                                   {404, EstError::http_not_found},
                                                   {503, EstError::unknown}};
    for (const auto& [status, expected] : cases) {
        reply_ = {};
        reply_.status = status;
        reply_.body = "why\n";
        const auto result = enroll(config());
        EXPECT_EQ(result.error, expected) << status;
        EXPECT_EQ(result.http_status, status);
        EXPECT_THAT(result.detail, testing::HasSubstr("why"));
        EXPECT_EQ(result.pkcs7_length(), 0U);
    }
}

TEST_F(EstClientTest, RetryAfter) {
    reply_.status = 202;
    EXPECT_EQ(enroll(config()).error, EstError::invalid_retry_value);
    reply_.headers.add("Retry-After", "90");
    const auto result = enroll(config());
    EXPECT_EQ(result.error, EstError::ca_enroll_retry);
    EXPECT_EQ(result.retry_after, std::chrono::seconds(90));
}

TEST_F(EstClientTest, SilenceIsSslReadAfterTheTimeOut) {
    delay_ = net::Duration(6'000);
    auto settings = config();
    settings.read_timeout = net::Duration(1'000);
    const auto begin = std::chrono::steady_clock::now();
    const auto result = enroll(settings);
    EXPECT_EQ(result.rv(), 35);
    EXPECT_EQ(result.name(), "EST_ERR_SSL_READ");
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

TEST_F(EstClientTest, ServerIsVerifiedBeforeAnythingIsSent) {
    auto wrong_name = config();
    wrong_name.host = "other.example.test";
    wrong_name.resolve = {{"other.example.test", "127.0.0.1"}};
    EXPECT_EQ(enroll(wrong_name).error, EstError::fqdn_mismatch);
    const auto stranger = test::make_root("Stranger");
    auto untrusted = config();
    untrusted.trust = std::make_shared<const x509::TrustStore>(std::vector<x509::Certificate>{stranger.certificate});
    EXPECT_EQ(enroll(untrusted).error, EstError::ssl_connect);
    EXPECT_TRUE(requests_.empty());
}

TEST_F(EstClientTest, NobodyListensAndNobodyKnowsTheName) {
    auto settings = config();
    server_.stop();
    EXPECT_EQ(enroll(settings).error, EstError::ip_connect);
    settings.host = "no-such-host.invalid";
    settings.connect_timeout = net::Duration(500);  // a resolver may be silent
    EXPECT_EQ(enroll(settings).error, EstError::ip_getaddr);
}

}  // namespace
}  // namespace opencapf::est
