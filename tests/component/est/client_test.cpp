// SPDX-License-Identifier: Apache-2.0
#include "client_fixture.hpp"
#include "opencapf/base/text.hpp"

#include <array>
#include <openssl/evp.h>
#include <regex>

namespace opencapf::est {
namespace {

TEST_F(EstClient, C05_AnonymousFirstThenBasicOnANewConnection) {
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

TEST_F(EstClient, OneIdGoesWithEveryRequestOfAnEnrolment) {
    reply_with({certificate_for(key_.public_key())});
    ASSERT_TRUE(enroll(config(), "7-SEP1-0badcafe").ok());
    cacerts(config(), "7-SEP1-0badcafe");
    ASSERT_EQ(requests_.size(), 3U);
    for (const auto& request : requests_) EXPECT_EQ(request.headers.get("X-Request-ID"), "7-SEP1-0badcafe");
    requests_.clear();
    ASSERT_TRUE(enroll(config(), "two words").ok());
    ASSERT_TRUE(enroll(config()).ok());
    for (const auto& request : requests_) EXPECT_FALSE(request.headers.has("X-Request-ID")) << "none, or no id";
}

TEST_F(EstClient, C06_PreemptiveNeedsOneRequest) {
    reply_with({certificate_for(key_.public_key())});
    auto settings = config();
    settings.preemptive_auth = true;
    EXPECT_TRUE(enroll(settings).ok());
    EXPECT_EQ(requests_.size(), 1U);
}

TEST_F(EstClient, C05_RefusedTwiceIsAuthFailAfterExactlyTwoRequests) {
    reply_.status = 401;
    reply_.headers.add("WWW-Authenticate", challenge_scheme_);
    EXPECT_EQ(enroll(config()).error, EstError::auth_fail);
    EXPECT_EQ(requests_.size(), 2U);
}

TEST_F(EstClient, C05_UnusableChallengeIsAuthFailAtOnce) {
    challenge_scheme_ = "Bearer realm=\"x\"";
    EXPECT_EQ(enroll(config()).error, EstError::auth_fail);
    EXPECT_EQ(requests_.size(), 1U);
}

TEST_F(EstClient, C20_FindsTheCertificateOfTheRequestAnywhereInTheBag) {
    reply_with({pki_.root.certificate, certificate_for(key_.public_key())});
    const auto result = enroll(config());
    ASSERT_TRUE(result.ok()) << result.detail;
    EXPECT_EQ(result.issued->common_name(), "SEP1");
    EXPECT_EQ(result.certificates.size(), 2U);
}

TEST_F(EstClient, C20_WrongAnswersAreTheirOwnErrors) {
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

TEST_F(EstClient, C23_StatusesBecomeLibEstsNumbers) {
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

TEST_F(EstClient, C15_RetryAfterAsSecondsOrDateWithACap) {
    auto settings = config();
    settings.clock = [] { return std::chrono::system_clock::from_time_t(784111777); };  // 06 Nov 1994 08:49:37 GMT
    reply_.status = 202;
    EXPECT_EQ(enroll(settings).error, EstError::invalid_retry_value);
    const std::pair<std::string, int> good[] = {{"90", 90},
                                                {"Sun, 06 Nov 1994 08:50:37 GMT", 60},
                                                {"Sunday, 06-Nov-94 08:50:37 GMT", 60},
                                                {"Sun Nov  6 08:50:37 1994", 60}};
    for (const auto& [value, seconds] : good) {
        reply_.headers = {};
        reply_.headers.add("Retry-After", value);
        const auto result = enroll(settings);
        EXPECT_EQ(result.error, EstError::ca_enroll_retry) << value;
        EXPECT_EQ(result.retry_after, std::chrono::seconds(seconds)) << value;
    }
    for (const std::string value : {"soon", "-1", "99999999", "Sun, 06 Nov 2094 08:50:37 GMT"}) {
        reply_.headers = {};
        reply_.headers.add("Retry-After", value);
        EXPECT_EQ(enroll(settings).error, EstError::invalid_retry_value) << value;
    }
}

TEST_F(EstClient, C22_SilenceIsSslReadAfterTheTimeOut) {
    delay_ = net::Duration(6'000);
    auto settings = config();
    settings.read_timeout = net::Duration(1'000);
    const auto begin = std::chrono::steady_clock::now();
    const auto result = enroll(settings);
    EXPECT_EQ(result.rv(), 35);
    EXPECT_EQ(result.name(), "EST_ERR_SSL_READ");
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

TEST_F(EstClient, C04_ServerIsVerifiedBeforeAnythingIsSent) {
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

TEST_F(EstClient, C23_NobodyListensAndNobodyKnowsTheName) {
    auto settings = config();
    server_.stop();
    EXPECT_EQ(enroll(settings).error, EstError::ip_connect);
    settings.host = "no-such-host.invalid";
    settings.connect_timeout = net::Duration(500);  // a resolver may be silent
    EXPECT_EQ(enroll(settings).error, EstError::ip_getaddr);
}

TEST_F(EstClient, C12_SendsTheRequestAsItWasSigned) {
    reply_with({certificate_for(key_.public_key())});
    ASSERT_TRUE(enroll(config()).ok());
    const auto sent = read_request_body(requests_.back().body);
    ASSERT_TRUE(sent) << sent.error().message;
    EXPECT_EQ(sent->der(), csr_.der());
    EXPECT_TRUE(sent->verify_signature());
}

std::string md5(const std::string& text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_md5(), nullptr);
    return to_hex(ByteView(digest).first(size));
}

/// The value of `name` in a Digest header, with or without quotes.
std::string field(const std::string& header, const std::string& name) {
    std::smatch found;
    return std::regex_search(header, found, std::regex("[ ,]" + name + "=\"?([^\",]*)")) ? found[1].str() : "";
}

TEST_F(EstClient, C05_DigestWhereItIsOffered) {
    challenge_scheme_ = "Basic realm=\"b\", Digest realm=\"est\", qop=\"auth\", nonce=\"n0nce\", algorithm=MD5";
    reply_with({certificate_for(key_.public_key())});
    const auto result = enroll(config());
    ASSERT_TRUE(result.ok()) << result.detail;
    ASSERT_EQ(requests_.size(), 2U);
    EXPECT_FALSE(requests_[0].headers.has("Authorization"));
    EXPECT_EQ(requests_[0].body, requests_[1].body);
    const std::string header(requests_[1].headers.get("Authorization"));
    ASSERT_EQ(header.rfind("Digest ", 0), 0U) << header;
    const std::string secret = md5("LAB\\ciscora:est:secret");
    const std::string what = md5("POST:/.well-known/est/simpleenroll");
    EXPECT_EQ(field(header, "response"),
              md5(secret + ":n0nce:" + field(header, "nc") + ":" + field(header, "cnonce") + ":auth:" + what));
}

TEST_F(EstClient, C05_DigestRefusedIsAuthFailAfterExactlyTwoRequests) {
    reply_.status = 401;
    challenge_scheme_ = "Digest realm=\"est\", qop=\"auth\", nonce=\"n0nce\"";
    reply_.headers.add("WWW-Authenticate", "Digest realm=\"est\", qop=\"auth\", nonce=\"another\"");
    EXPECT_EQ(enroll(config()).error, EstError::auth_fail);
    EXPECT_EQ(requests_.size(), 2U);
}

TEST_F(EstClient, C18_AnEnrolmentFollowsNoRedirect) {
    challenge_ = false;
    reply_ = redirect_to("/.well-known/est/elsewhere/simpleenroll");
    const auto result = enroll(config());
    EXPECT_EQ(result.error, EstError::unknown);
    EXPECT_THAT(result.detail, testing::HasSubstr("redirect"));
    EXPECT_EQ(requests_.size(), 1U);
}

TEST_F(EstClient, C21_AnAnswerAboveTheCapIsRefused) {
    reply_with({certificate_for(key_.public_key())});
    auto settings = config();
    settings.max_response_bytes = reply_.body.size();
    EXPECT_TRUE(enroll(settings).ok());
    --settings.max_response_bytes;
    EXPECT_EQ(enroll(settings).error, EstError::buf_exceeds_max_len);
}

}  // namespace
}  // namespace opencapf::est
