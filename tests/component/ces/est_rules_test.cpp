// SPDX-License-Identifier: Apache-2.0
#include "raw_est.hpp"

#include <gmock/gmock.h>
#include <openssl/ssl.h>

namespace opencapf::ces {
namespace {

using test::CaScript;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const std::string kCacerts = "GET /.well-known/est/cacerts HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// Rules of RFC 7030 and 8951 that no other test is named after, by the ids of the project's checklist.
class EstRules : public RawEst {
protected:
    unsigned enrol(const std::string& body, const std::string& more = {}) {
        return status(nullptr, request("simpleenroll", body, basic() + more));
    }
};

TEST_F(EstRules, S07_S08_EveryRefusalIsReadableTextAndNoCms) {
    start();
    const std::string refusals[] = {request("simpleenroll", "no base64!", basic()),
                                    request("simpleenroll", csr_body(), basic("LAB\\ciscora", "bad")),
                                    request("nothing", csr_body(), basic()), request("fullcmc", csr_body(), basic()),
                                    "GARBAGE\r\n\r\n"};
    for (const auto& text : refusals) {
        const auto answer = ask(nullptr, text);
        EXPECT_GE(status_of(answer), 400U);
        EXPECT_THAT(answer,
                    AllOf(HasSubstr("Content-Type: text/plain\r\n"), HasSubstr("Error "), Not(HasSubstr("pkcs7"))));
    }
}

TEST_F(EstRules, S09_KeptAliveUntilARefusalOrTheClientsWish) {
    start();
    Peer peer(cesd_->port());
    for (int i = 0; i < 3; ++i) {
        peer.send(kCacerts);
        EXPECT_THAT(peer.read_answer(), AllOf(StartsWith("HTTP/1.1 200 "), Not(HasSubstr("Connection: close"))));
    }
    peer.send(request("simpleenroll", csr_body()));
    EXPECT_THAT(peer.read_answer(), AllOf(StartsWith("HTTP/1.1 401 "), HasSubstr("Connection: close\r\n")));
    EXPECT_EQ(peer.read_all(), "");
    Peer closing(cesd_->port());
    closing.send("GET /.well-known/est/cacerts HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    EXPECT_THAT(closing.read_all(), StartsWith("HTTP/1.1 200 "));
    EXPECT_TRUE(closing.saw_close_notify());
}

TEST_F(EstRules, S10_HttpVersions) {
    start();
    EXPECT_EQ(status(nullptr, "GET /.well-known/est/cacerts HTTP/1.0\r\n\r\n"), 200U);
    EXPECT_EQ(status(nullptr, "GET /.well-known/est/cacerts HTTP/2.0\r\n\r\n"), 505U);
}

TEST_F(EstRules, S11_SizesAreBounded) {
    start();
    EXPECT_EQ(enrol(std::string(33'000, 'A')), 413U);
    EXPECT_EQ(status(nullptr, "GET /" + std::string(20'000, 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n"), 431U);
    const auto big = x509::make_request({{"CN", "SEP001122334455"}}, x509::PrivateKey::generate_rsa(4096));
    EXPECT_EQ(enrol(est::encode_body(big.der())), 200U);
}

TEST_F(EstRules, S12_SlowHeadsAndBodiesAre408AndIdlersJustClosed) {
    Config settings = config();
    settings.est.limits.head_timeout = settings.est.limits.body_timeout = net::Duration(200);
    settings.est.limits.idle_timeout = net::Duration(200);
    start(std::move(settings));
    EXPECT_EQ(status(nullptr, "GET /.well-known/est/cac"), 408U);
    EXPECT_EQ(
        status(nullptr, "POST /.well-known/est/simpleenroll HTTP/1.1\r\nHost: a\r\nContent-Length: 99\r\n\r\nMII"),
        408U);
    EXPECT_EQ(ask(nullptr, ""), "");
}

TEST_F(EstRules, S20_TransferEncodingHeadersOfTheBodyMeanNothing) {
    start();
    for (const char* value : {"binary", "base64", "BASE64", "7bit", "x"})
        EXPECT_EQ(enrol(csr_body(), std::string("Content-Transfer-Encoding: ") + value + "\r\n"), 200U) << value;
}

TEST_F(EstRules, S21_WhiteSpaceAnywhere) {
    start();
    const std::string line = to_base64(csr_.der());
    std::string indented;
    for (std::size_t at = 0; at < line.size(); at += 50) indented += " \t" + line.substr(at, 50) + "\r\n\r\n";
    EXPECT_EQ(enrol(line), 200U);
    EXPECT_EQ(enrol(indented), 200U);
}

TEST_F(EstRules, S22_S23_PemIsTakenAndRawDerIsNot) {
    start();
    EXPECT_EQ(enrol(csr_.pem()), 200U);
    EXPECT_EQ(enrol(std::string(as_text(csr_.der()))), 400U);
    EXPECT_EQ(enrol("-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n"), 400U);
}

TEST_F(EstRules, S24_TheTypeIsNeededAndItsParametersAreNot) {
    start();
    const auto typed = [this](const std::string& type) {
        return status(nullptr, "POST /.well-known/est/simpleenroll HTTP/1.1\r\nHost: a\r\n" + type + basic() +
                                   "Content-Length: " + std::to_string(csr_body().size()) + "\r\n\r\n" + csr_body());
    };
    EXPECT_EQ(typed(""), 415U);
    EXPECT_EQ(typed("Content-Type: application/pkcs7-mime\r\n"), 415U);
    EXPECT_EQ(typed("content-type: APPLICATION/PKCS10; charset=x\r\n"), 200U);
}

TEST_F(EstRules, ChunkedBodiesAndExpectAreTaken) {
    start();
    Peer peer(cesd_->port());
    peer.send("POST /.well-known/est/simpleenroll HTTP/1.1\r\nHost: a\r\nContent-Type: application/pkcs10\r\n" +
              basic() + "Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_THAT(peer.read_answer(), StartsWith("HTTP/1.1 100 "));
    const auto body = csr_body();
    for (std::size_t at = 0; at < body.size(); at += 100) {
        const auto part = body.substr(at, 100);
        char head[16];
        std::snprintf(head, sizeof head, "%zx\r\n", part.size());
        peer.send(head + part + "\r\n");
    }
    peer.send("0\r\n\r\n");
    EXPECT_THAT(peer.read_answer(), StartsWith("HTTP/1.1 200 "));
}

TEST_F(EstRules, S25_S26_TheAnswerIsOneCertificateAndNothingElse) {
    start();
    const auto answer = ask(nullptr, request("simpleenroll", csr_body(), basic()));
    EXPECT_THAT(answer, AllOf(StartsWith("HTTP/1.1 200 OK\r\n"),
                              HasSubstr("Content-Type: application/pkcs7-mime; smime-type=certs-only\r\n"),
                              HasSubstr("Content-Transfer-Encoding: base64\r\n"), EndsWith("\n")));
    const auto der = est::decode_body(answer.substr(answer.find("\r\n\r\n") + 4));
    ASSERT_TRUE(der);
    const auto bag = x509::read_certs_only(*der);
    ASSERT_TRUE(bag);
    ASSERT_EQ(bag->size(), 1U);
    // contentType, then [0] SignedData: version 1, no digests, data without content, certificates, no signers
    EXPECT_EQ(*der, x509::make_certs_only(*bag));
    EXPECT_THAT(to_hex(*der), HasSubstr("020101"
                                        "3100"
                                        "300b06092a864886f70d010701"));
    EXPECT_THAT(to_hex(*der), EndsWith("3100"));
}

TEST_F(EstRules, S27_S29_CacertsLeadsToItsRootInAFixedOrder) {
    start();
    const auto answer = ask(nullptr, kCacerts);
    EXPECT_THAT(answer, HasSubstr("Content-Type: application/pkcs7-mime\r\n"));
    const auto bag = est::read_certificates_body(answer.substr(answer.find("\r\n\r\n") + 4));
    ASSERT_TRUE(bag);
    EXPECT_TRUE(bag->back().self_issued());
    const x509::TrustStore roots({bag->back()});
    for (const auto& certificate : *bag) EXPECT_TRUE(roots.verify(certificate, *bag));
    const auto again = ask(nullptr, kCacerts);
    EXPECT_EQ(again.substr(again.find("\r\n\r\n")), answer.substr(answer.find("\r\n\r\n")));
}

TEST_F(EstRules, S41_S42_TheServersChainAndNameAreSent) {
    const auto pem = read_file(dir_.file("server.pem")) + pki_.root.certificate.pem();
    write_file_atomically(dir_.file("chain.pem"), pem);
    Config settings = config();
    settings.tls.certificate_file = dir_.file("chain.pem");
    start(std::move(settings));
    Peer peer(cesd_->port());
    EXPECT_EQ(peer.peer_common_name(), "localhost");
    EXPECT_EQ(peer.peer_chain_length(), 2);
    EXPECT_EQ(get("/.well-known/est/cacerts").status, 200U);  // verifies chain and name
}

TEST_F(EstRules, S45_ReadersNeedNoCredentialsAndBadOnesDoNotHarm) {
    start();
    EXPECT_EQ(status(nullptr, kCacerts), 200U);
    EXPECT_EQ(status(nullptr, "GET /.well-known/est/csrattrs HTTP/1.1\r\nHost: a\r\n" + basic("x", "y") + "\r\n"),
              204U);
}

TEST_F(EstRules, S48_EveryChallengedRefusalHasItsChallenge) {
    start();
    for (const std::string& credentials :
         {std::string(), basic("LAB\\ciscora", "wrong"), std::string("Authorization: Bearer abc\r\n"),
          std::string("Authorization: Basic !!!\r\n")}) {
        const auto answer = ask(nullptr, request("simpleenroll", csr_body(), credentials));
        EXPECT_EQ(status_of(answer), 401U) << credentials;
        EXPECT_THAT(answer, HasSubstr("WWW-Authenticate: Basic realm=\"estrealm\"\r\n"));
    }
}

TEST_F(EstRules, S75_S77_PendingIs202WithSecondsAndLength) {
    Config settings = config();
    settings.est.retry_after = std::chrono::seconds(77);
    start(std::move(settings));
    ca_->set([](CaScript& script) { script.mode = CaScript::Mode::pend; });
    EXPECT_THAT(ask(nullptr, request("simpleenroll", csr_body(), basic())),
                AllOf(StartsWith("HTTP/1.1 202 Accepted\r\n"), HasSubstr("Retry-After: 77\r\n"),
                      HasSubstr("Content-Length: ")));
}

TEST_F(EstRules, S85_CsrattrsAreBareBase64) {
    Config settings = config();
    settings.est.base.csrattrs.oids = {"1.2.840.113549.1.9.7"};
    start(std::move(settings));
    EXPECT_THAT(ask(nullptr, "GET /.well-known/est/csrattrs HTTP/1.1\r\nHost: a\r\n\r\n"),
                EndsWith("\r\n\r\nMAsGCSqGSIb3DQEJBw==\n"));
}

TEST_F(EstRules, S93_FullcmcIs501Whatever) {
    start();
    EXPECT_EQ(status(nullptr, request("fullcmc", "AAAA")), 501U);
    EXPECT_EQ(status(nullptr, request("fullcmc", csr_body(), basic())), 501U);
}

TEST_F(EstRules, S104_NoPasswordReachesALog) {
    Config settings = config();
    settings.logs.access_log = dir_.file("access.log");
    start(std::move(settings));
    testing::internal::CaptureStderr();
    enrol(csr_body());
    status(nullptr, request("simpleenroll", csr_body(), basic("LAB\\ciscora", "hunter2")));
    status(nullptr, request("simpleenroll", csr_body(), "Authorization: Basic hunter2\r\n"));
    stop();
    const auto all = testing::internal::GetCapturedStderr() + read_file(dir_.file("access.log")) +
                     read_file(dir_.file("error.log")) + read_file(dir_.file("nginx.txt"));
    EXPECT_THAT(all, HasSubstr("audit: "));
    for (const std::string& secret :
         {std::string("hunter2"), std::string("secret"), to_base64(as_bytes("LAB\\ciscora:secret"))})
        EXPECT_THAT(all, Not(HasSubstr(secret)));
}

TEST_F(EstRules, S100_TheAuditLineNamesCallerAndSubject) {
    start(with_certificates());
    const auto own = client("phone 1");
    testing::internal::CaptureStderr();
    status(&own, request("simpleenroll", csr_body()));
    status(nullptr, request("simpleenroll", csr_body(), basic()));
    stop();
    const auto text = testing::internal::GetCapturedStderr();
    EXPECT_THAT(text, HasSubstr("status=200 operation=simpleenroll label=\"\" tls-linked=no account=\"CN=phone 1\" "
                                "trust=\"own\" certificate=\"CN=phone 1\" subject=\"CN=SEP001122334455\""));
    EXPECT_THAT(text, HasSubstr("account=\"LAB\\ciscora\" trust=\"none\""));
}

TEST_F(EstRules, NobodyForgesTheAuditLine) {
    start();
    testing::internal::CaptureStderr();
    status(nullptr, request("simpleenroll", csr_body(), basic("x\" trust=\"own\" subject=\"CN=a", "wrong")));
    status(nullptr, request("simpleenroll", csr_body(), basic(std::string(1100, 'u'), "wrong")));
    stop();
    const auto text = testing::internal::GetCapturedStderr();
    EXPECT_THAT(text, HasSubstr("account=\"x\\x22 trust=\\x22own\\x22 subject=\\x22CN=a\" trust=\"none\""));
    EXPECT_THAT(text, HasSubstr("uuu...\" trust=\"none\" certificate=\"\" subject=\"CN=SEP001122334455\""));
}

}  // namespace
}  // namespace opencapf::ces
