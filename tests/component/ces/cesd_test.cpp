// SPDX-License-Identifier: Apache-2.0
#include "cesd_fixture.hpp"

#include <gmock/gmock.h>

namespace opencapf::ces {
namespace {

using est::EstError;
using test::CaScript;
using testing::ElementsAre;
using testing::HasSubstr;

TEST_F(CesdTest, S70_EnrolsInTheProductsSevenSteps) {
    start();
    const auto result = enroll(csr_);
    ASSERT_TRUE(result.ok()) << result.detail;
    EXPECT_EQ(result.issued->common_name(), "SEP001122334455");
    EXPECT_TRUE(result.issued->public_key() == csr_.public_key());
    EXPECT_EQ(result.certificates.size(), 1U);
    EXPECT_EQ(result.pkcs7_length(), result.pkcs7_base64.size());
    EXPECT_TRUE(trust()->verify(*result.issued));
    const std::string referer =
        " from https://localhost:" + std::to_string(ca_->server.port()) + "/certsrv/certrqxt.asp";
    // With Basic there is no 401 leg; NTLM adds one before each 301 (end-to-end tests).
    EXPECT_THAT(ca_->take_log(), ElementsAre("GET /certsrv 301", "GET /certsrv/certrqxt.asp 200", "GET /certsrv 301",
                                             "POST /certsrv/certfnsh.asp 200" + referer,
                                             "GET /certsrv/certnew.cer?ReqID=10&ENC=b64 200"));
    EXPECT_EQ(ca_->server.connections(), 3U);  // start, credentials check, enrolment
    EXPECT_EQ(ca_->script.forms.front(), "CertificateTemplate:CiscoRA\r\n");
}

TEST_F(CesdTest, OneLoginWhenConfigured) {
    Config settings = config();
    settings.ca.login_twice = false;
    start(std::move(settings));
    ASSERT_TRUE(enroll(csr_).ok());
    EXPECT_EQ(ca_->take_log().size(), 4U);
    EXPECT_EQ(ca_->server.connections(), 2U);
}

TEST_F(CesdTest, AnswerHasTheOneForm) {
    start();
    const auto answer = post(est::encode_body(csr_.der()));
    EXPECT_EQ(answer.status, 200U);
    bool exact = false;
    for (const auto& [name, value] : answer.headers.fields())
        exact = exact || (name == "Content-Type" && value == "application/pkcs7-mime; smime-type=certs-only");
    EXPECT_TRUE(exact);
    EXPECT_EQ(answer.headers.get("Content-Length"), std::to_string(answer.body.size()));
    EXPECT_EQ(answer.headers.get("Transfer-Encoding"), "");
}

TEST_F(CesdTest, S46_AnonymousGetsAChallengeAndNothingReachesTheCa) {
    start();
    const auto answer = post(est::encode_body(csr_.der()), "application/pkcs10", "");
    EXPECT_EQ(answer.status, 401U);
    EXPECT_EQ(answer.headers.get("WWW-Authenticate"), "Basic realm=\"estrealm\"");
    EXPECT_TRUE(ca_->take_log().empty());
}

TEST_F(CesdTest, WrongPasswordIs401) {
    start();
    const auto result = enroll(csr_, "wrong");
    EXPECT_EQ(result.error, EstError::auth_fail);
    EXPECT_EQ(result.http_status, 401U);
    EXPECT_THAT(ca_->take_log(), ElementsAre("GET /certsrv 401"));
    const auto text = log_text("error.log");
    EXPECT_THAT(text, HasSubstr("HTTP authentication failed. Auth type=1"));
    EXPECT_THAT(text, testing::Not(HasSubstr("wrong")));
}

TEST_F(CesdTest, TemplateThatIsNotOfferedIs401WithTheTechNotesBlock) {
    ca_->set([](CaScript& script) { script.templates = "CiscoRA2"; });
    start();
    const auto result = enroll(csr_);
    EXPECT_EQ(result.rv(), 22);
    EXPECT_THAT(ca_->take_log(), ElementsAre("GET /certsrv 301", "GET /certsrv/certrqxt.asp 200"));
    const auto text = log_text("error.log");
    std::size_t at = 0;
    for (const char* part :
         {"est_enroll_auth:356]--> TLS: no peer certificate",
          "ossl_init_cert_store: Adding cert to store (/CN=Lab Root CA)",
          "ra_certsrv_auth_curl_data_cb: Rcvd data len: 163 while SSL EST handshaking, client: 127.0.0.1, server: ",
          "login_to_certsrv_ca: Secure connection",
          "ra_certsrv_auth_curl_data_cb: Rcvd data len: ", "navigate_to_certsrv_page: Secure connection",
          "est_enroll_auth:394]--> HTTP authentication failed. Auth type=1",
          "Enrollment failed with rc=22 (EST_ERR_AUTH_FAIL)", "[Error 401: Unauthorized\n",
          "EST error response code: 22", "Incoming request failed rv=22", "\" 401 0\n", "log_header:1276]--> -\n",
          "log_header:1278]--> \"Cisco EST client 1.0\"\n"}) {
        const auto found = text.find(part, at);
        ASSERT_NE(found, std::string::npos) << part << "\nin\n" << text;
        at = found;
    }
}

TEST_F(CesdTest, S49_CaThatIsDownIs503AndNeverAVerdictOnTheClient) {
    start();
    ca_->server.stop();
    const auto answer = post(est::encode_body(csr_.der()));
    EXPECT_EQ(answer.status, 503U);
    EXPECT_EQ(answer.headers.get("Content-Type"), "text/plain");
    EXPECT_THAT(log_text("error.log"), HasSubstr("Curl call for MS CA login failed with return code 7 ("));
}

TEST_F(CesdTest, SlowCaIs504) {
    Config settings = config();
    settings.ca.total_timeout = net::Duration(1'000);
    start(std::move(settings));
    ca_->set([](CaScript& script) { script.delay = net::Duration(5'000); });
    EXPECT_EQ(post(est::encode_body(csr_.der())).status, 504U);
    EXPECT_THAT(log_text("error.log"),
                testing::ContainsRegex(
                    "failed with return code 28 \\(Operation timed out after [0-9]+ milliseconds with 0 bytes"));
}

TEST_F(CesdTest, S78_DenialIs403WithTheCasReason) {
    start();
    ca_->set([](CaScript& script) { script.mode = CaScript::Mode::deny; });
    const auto answer = post(est::encode_body(csr_.der()));
    EXPECT_EQ(answer.status, 403U);
    EXPECT_THAT(answer.body, HasSubstr("0x80094012"));
}

TEST_F(CesdTest, S103_TroubleAtTheCaIs5xx) {
    start();
    ca_->set([](CaScript& script) { script.mode = CaScript::Mode::error_page; });
    EXPECT_EQ(post(est::encode_body(csr_.der())).status, 503U);
    ca_->set([](CaScript& script) { script.mode = CaScript::Mode::gibberish; });
    EXPECT_EQ(post(est::encode_body(csr_.der())).status, 502U);
    ca_->set([](CaScript& script) { script.mode = CaScript::Mode::wrong_key; });
    EXPECT_EQ(post(est::encode_body(csr_.der())).status, 502U);
}

TEST_F(CesdTest, S76_PendingThenIssuedWithOneCaRequest) {
    start();
    ca_->set([](CaScript& script) { script.mode = CaScript::Mode::pend; });
    auto result = enroll(csr_);
    EXPECT_EQ(result.error, EstError::ca_enroll_retry);
    EXPECT_EQ(result.retry_after, std::chrono::seconds(3600));
    EXPECT_EQ(enroll(csr_).error, EstError::ca_enroll_retry);
    ca_->set([](CaScript& script) { script.mode = CaScript::Mode::issue; });
    result = enroll(csr_);
    ASSERT_TRUE(result.ok()) << result.detail;
    EXPECT_EQ(ca_->script.forms.size(), 1U);
}

TEST_F(CesdTest, S79_ClientThatGaveUpGetsTheSameCertificateLater) {
    start();
    ca_->set([](CaScript& script) { script.delay = net::Duration(400); });
    EXPECT_EQ(enroll(csr_, "secret", net::Duration(1'000)).rv(), 35);
    // The first request may still be in work (202); in the end its certificate is the answer.
    auto result = enroll(csr_);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (result.error == EstError::ca_enroll_retry && std::chrono::steady_clock::now() < deadline)
        result = enroll(csr_);
    ASSERT_TRUE(result.ok()) << result.detail;
    EXPECT_EQ(ca_->script.forms.size(), 1U);
    EXPECT_THAT(log_text("error.log"), HasSubstr("Enrollment failed with rc=10 (EST_ERR_HTTP_WRITE)"));
}

TEST_F(CesdTest, BadRequestsNeverReachTheCa) {
    Config settings = config();
    settings.est.limits.max_body_bytes = 8192;
    start(std::move(settings));
    Bytes broken = csr_.der();
    broken.back() ^= 1;
    EXPECT_EQ(post("garbage!").status, 400U);
    EXPECT_EQ(post("AAAA\n").status, 400U);
    EXPECT_EQ(post(est::encode_body(broken)).status, 400U);
    EXPECT_EQ(post(est::encode_body(csr_.der()), "text/plain").status, 415U);
    EXPECT_EQ(post(std::string(20'000, 'A')).status, 413U);
    EXPECT_TRUE(ca_->take_log().empty());
}

TEST_F(CesdTest, RequestsAreReadInEveryForm) {
    start();
    EXPECT_EQ(post(csr_.pem()).status, 200U);
    EXPECT_EQ(post(to_base64(csr_.der())).status, 200U);
    EXPECT_EQ(post(to_base64(csr_.der(), 76, "\r\n"), "Application/PKCS10; x=y").status, 200U);
}

TEST_F(CesdTest, UnsignedRequestsOnlyFromTrustedAccounts) {
    const auto info = x509::make_request_info({{"CN", "CSFUSER"}}, key_.public_key().spki_der());
    ASSERT_TRUE(info);
    const Bytes unsigned_csr = x509::assemble_unsigned_request(*info);
    start();
    // A stranger learns nothing about who is trusted, and nobody's request reaches the CA.
    EXPECT_EQ(post(est::encode_body(unsigned_csr), "application/pkcs10", "wrong").status, 401U);
    EXPECT_EQ(post(est::encode_body(unsigned_csr)).status, 403U);
    EXPECT_THAT(ca_->take_log(), testing::Not(testing::Contains(HasSubstr("certfnsh"))));
    stop();
    Config settings = config();
    settings.trusted_unsigned_accounts = {"lab\\CISCORA"};
    start(std::move(settings));
    EXPECT_EQ(post(est::encode_body(unsigned_csr)).status, 200U);
    Bytes wrong_hash = unsigned_csr;
    wrong_hash.back() ^= 1;
    EXPECT_EQ(post(est::encode_body(wrong_hash)).status, 400U);
}

TEST_F(CesdTest, S05_OtherOperationsAndMethods) {
    start();
    EXPECT_EQ(get("/").status, 404U);
    EXPECT_EQ(get("/.well-known/est/cacerts/").status, 404U);
    EXPECT_EQ(get("/.well-known/est/CACERTS").status, 404U);
    EXPECT_EQ(get("/.well-known/est/label/cacerts").status, 404U);
    EXPECT_EQ(get("/.well-known/est/cacerts?x=y").status, 200U);
    EXPECT_EQ(get("/.well-known/est/csrattrs").status, 204U);
    const auto wrong = get("/.well-known/est/simpleenroll");
    EXPECT_EQ(wrong.status, 405U);
    EXPECT_EQ(wrong.headers.get("Allow"), "POST");
    http::ClientRequest request;
    request.method = "POST";
    request.url = "/.well-known/est/serverkeygen";
    EXPECT_EQ(send(request).status, 501U);
    request.url = "/.well-known/est/cacerts";
    EXPECT_EQ(send(request).headers.get("Allow"), "GET, HEAD");
}

TEST_F(CesdTest, ReloadKeepsServing) {
    start();
    cesd_->reload();
    EXPECT_TRUE(enroll(csr_).ok());
    EXPECT_THAT(log_text("error.log"), HasSubstr("certnew.cer?ReqID=10&ENC=b64"));
}

TEST_F(CesdTest, TheIdOfARequestReachesTheCaAndTheLogs) {
    Config with_access_log = config();
    with_access_log.logs.access_log = dir_.file("access.log");
    start(std::move(with_access_log));
    http::ClientRequest request;
    request.method = "POST";
    request.url = "/.well-known/est/simpleenroll";
    request.headers.add("Content-Type", "application/pkcs10");
    request.headers.add("X-Request-ID", "phone-7");
    request.body = est::encode_body(csr_.der());
    const auto answer = send(request, "secret");
    EXPECT_EQ(answer.status, 200U);
    EXPECT_EQ(answer.headers.get("X-Request-ID"), "phone-7");
    std::vector<std::string> ids;
    ca_->set([&](CaScript& script) { ids = script.request_ids; });
    EXPECT_THAT(ids, testing::IsSupersetOf({"phone-7", "phone-7", "phone-7"}));
    EXPECT_THAT(log_text("access.log"), HasSubstr(" rid=phone-7 rt="));
}

TEST_F(CesdTest, AnUnsafeIdIsReplaced) {
    start();
    http::ClientRequest request;
    request.url = "/.well-known/est/cacerts";
    request.headers.add("X-Request-ID", "a b\"c");
    EXPECT_THAT(std::string(send(request).headers.get("X-Request-ID")), testing::MatchesRegex("[0-9a-f]{32}"));
}

}  // namespace
}  // namespace opencapf::ces
