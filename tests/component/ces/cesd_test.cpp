// SPDX-License-Identifier: Apache-2.0
#include "ces/app.hpp"
#include "fake_certsrv.hpp"
#include "opencapf/base/text.hpp"
#include "opencapf/est/client.hpp"

#include <gmock/gmock.h>

namespace opencapf::ces {
namespace {

using est::EstError;
using test::CaScript;
using testing::ElementsAre;
using testing::HasSubstr;

class CesdTest : public testing::Test {
protected:
    CesdTest() : pki_(dir_), ca_(std::make_unique<test::FakeCertsrv>(dir_, pki_)), loops_(1) { loops_.start(); }
    ~CesdTest() override {
        stop();
        loops_.stop();
    }

    Config config() {
        Config config;
        config.listen.address = "127.0.0.1";
        config.listen.port = 0;
        config.tls.certificate_file = dir_.file("server.pem");
        config.tls.private_key_file = dir_.file("server.key");
        config.loops = 2;
        config.ca.host = "localhost";
        config.ca.port = ca_port_ != 0 ? ca_port_ : ca_->server.port();
        config.ca.trust_directory = dir_.file("trust");
        config.ca.auth = http::AuthMethod::basic;
        config.user = "LAB\\ciscora";
        config.password_file = dir_.file("password");
        config.ciscora_log = dir_.file("nginx.txt");
        config.error_log = dir_.file("error.log");
        config.chain_retry_first = net::Duration(50);
        config.drain_timeout = net::Duration(5'000);
        return config;
    }
    void start(Config config) {
        cesd_ = std::make_unique<App>(std::move(config));
        cesd_->start();
        ca_->take_log();
    }
    void start() { start(config()); }
    void stop() {
        if (cesd_) cesd_->stop();
        cesd_.reset();
    }

    std::shared_ptr<const x509::TrustStore> trust() const {
        return std::make_shared<const x509::TrustStore>(std::vector<x509::Certificate>{pki_.root.certificate});
    }
    est::EnrollResult enroll(const x509::CertificateRequest& csr, const std::string& password = "secret",
                             net::Duration read_timeout = net::Duration(10'000)) {
        est::ClientConfig client_config;
        client_config.host = "localhost";
        client_config.port = cesd_->port();
        client_config.trust = trust();
        client_config.user = "LAB\\ciscora";
        client_config.password = Secret(password);
        client_config.read_timeout = read_timeout;
        est::Client client(loops_[0], std::move(client_config));
        return test::run<est::EnrollResult>(loops_[0], [&] { return client.enroll(csr); });
    }
    /// A request as it stands; Basic credentials when `password` is not empty.
    http::ClientResponse send(http::ClientRequest request, const std::string& password = "") {
        http::ClientConfig transport;
        transport.trust = trust();
        if (!password.empty()) {
            transport.auth = http::AuthMethod::basic;
            transport.user = "LAB\\ciscora";
            transport.password = Secret(password);
        }
        request.url = "https://localhost:" + std::to_string(cesd_->port()) + request.url;
        using Answer = tl::expected<http::ClientResponse, http::ClientError>;
        const auto answer = test::run<Answer>(loops_[0], [&] { return perform(loops_[0], transport, request); });
        EXPECT_TRUE(answer) << answer.error().text;
        return answer ? *answer : http::ClientResponse{};
    }
    static Task<tl::expected<http::ClientResponse, http::ClientError>> perform(net::Loop& loop,
                                                                               http::ClientConfig transport,
                                                                               http::ClientRequest request) {
        http::Conversation conversation(loop, std::move(transport));
        auto answer = co_await conversation.perform(std::move(request));
        co_return answer;
    }
    http::ClientResponse post(const std::string& body, const std::string& type = "application/pkcs10",
                              const std::string& password = "secret") {
        http::ClientRequest request;
        request.method = "POST";
        request.url = "/.well-known/est/simpleenroll";
        request.headers.add("Content-Type", type);
        request.body = body;
        return send(std::move(request), password);
    }
    http::ClientResponse get(const std::string& path) {
        http::ClientRequest request;
        request.url = path;
        return send(std::move(request));
    }
    /// A log as it is now: what start() wrote is there, what a session writes may not be.
    std::string log_now(const std::string& name) {
        cesd_->flush_logs();
        return read_file(dir_.file(name));
    }
    /// A log when every session has ended.
    std::string log_text(const std::string& name) {
        stop();
        return read_file(dir_.file(name));
    }

    test::TempDir dir_;
    test::LabPki pki_;
    std::unique_ptr<test::FakeCertsrv> ca_;
    std::uint16_t ca_port_ = 0;
    net::LoopPool loops_;
    std::unique_ptr<App> cesd_;
    x509::PrivateKey key_ = x509::PrivateKey::generate_ec("P-256");
    x509::CertificateRequest csr_ = x509::make_request({{"CN", "SEP001122334455"}}, key_);
};

TEST_F(CesdTest, EnrolsInTheProductsSevenSteps) {
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

TEST_F(CesdTest, StartUpServesTheChain) {
    start();
    EXPECT_TRUE(cesd_->has_chain());
    const auto answer = get("/.well-known/est/cacerts");
    EXPECT_EQ(answer.status, 200U);
    EXPECT_EQ(answer.headers.get("Content-Type"), "application/pkcs7-mime");
    EXPECT_EQ(answer.headers.get("Content-Transfer-Encoding"), "base64");
    EXPECT_EQ(answer.body.find('\n'), 64U);
    EXPECT_EQ(answer.body.back(), '\n');
    const auto certificates = est::read_certificates_body(answer.body);
    ASSERT_TRUE(certificates);
    EXPECT_EQ(certificates->front().der(), pki_.root.certificate.der());
    EXPECT_THAT(log_now("nginx.txt"),
                testing::MatchesRegex(
                    "nginx: \\[warn\\] CA Chain requested.*Adding cert to store \\(/CN=Lab Root CA\\).*libest 2.2.0.*"
                    "EnrollmentService.sh : nginx server PID value = [0-9]+\n"));
    EXPECT_THAT(log_text("error.log"), HasSubstr("CA Cert chain retrieved from CA, will be passed to EST"));
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

TEST_F(CesdTest, AnonymousGetsAChallengeAndNothingReachesTheCa) {
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

TEST_F(CesdTest, CaThatIsDownIs503AndNeverAVerdictOnTheClient) {
    start();
    ca_->server.stop();
    const auto answer = post(est::encode_body(csr_.der()));
    EXPECT_EQ(answer.status, 503U);
    EXPECT_EQ(answer.headers.get("Content-Type"), "text/plain");
    EXPECT_THAT(log_text("error.log"), HasSubstr("Curl call for MS CA login failed with return code 7 ("));
}

TEST_F(CesdTest, SlowCaIs504) {
    Config settings = config();
    settings.ca.total_timeout = net::Duration(200);
    start(std::move(settings));
    ca_->set([](CaScript& script) { script.delay = net::Duration(2'000); });
    EXPECT_EQ(post(est::encode_body(csr_.der())).status, 504U);
    EXPECT_THAT(log_text("error.log"), HasSubstr("failed with return code 28 (Operation timed out after 20"));
}

TEST_F(CesdTest, ChainComesLaterWhenTheCaWasAwayAtStart) {
    ca_port_ = ca_->server.port();
    ca_->set([](CaScript& script) { script.delay = net::Duration(600); });
    Config settings = config();
    settings.ca.total_timeout = net::Duration(300);
    start(std::move(settings));
    EXPECT_FALSE(cesd_->has_chain());
    EXPECT_EQ(get("/.well-known/est/cacerts").status, 503U);
    EXPECT_THAT(log_now("nginx.txt"),
                HasSubstr("nginx: [error] retrieve_cacerts: Unable to execute login to certsrv with curl\n"
                          "nginx: [warn] ra_certsrv_ca_plugin_postconf: Unable to retrieve CA Cert chain from CA\n"));
    ca_->set([](CaScript& script) { script.delay = net::Duration(0); });
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    unsigned status = 0;
    while (status != 200 && std::chrono::steady_clock::now() < deadline)
        status = get("/.well-known/est/cacerts").status;
    EXPECT_EQ(status, 200U);
}

TEST_F(CesdTest, DenialIs403WithTheCasReason) {
    start();
    ca_->set([](CaScript& script) { script.mode = CaScript::Mode::deny; });
    const auto answer = post(est::encode_body(csr_.der()));
    EXPECT_EQ(answer.status, 403U);
    EXPECT_THAT(answer.body, HasSubstr("0x80094012"));
}

TEST_F(CesdTest, TroubleAtTheCaIs5xx) {
    start();
    ca_->set([](CaScript& script) { script.mode = CaScript::Mode::error_page; });
    EXPECT_EQ(post(est::encode_body(csr_.der())).status, 503U);
    ca_->set([](CaScript& script) { script.mode = CaScript::Mode::gibberish; });
    EXPECT_EQ(post(est::encode_body(csr_.der())).status, 502U);
    ca_->set([](CaScript& script) { script.mode = CaScript::Mode::wrong_key; });
    EXPECT_EQ(post(est::encode_body(csr_.der())).status, 502U);
}

TEST_F(CesdTest, PendingThenIssuedWithOneCaRequest) {
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

TEST_F(CesdTest, ClientThatGaveUpGetsTheSameCertificateLater) {
    start();
    ca_->set([](CaScript& script) { script.delay = net::Duration(150); });
    EXPECT_EQ(enroll(csr_, "secret", net::Duration(300)).rv(), 35);
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
    EXPECT_EQ(post(est::encode_body(unsigned_csr)).status, 403U);
    EXPECT_TRUE(ca_->take_log().empty());
    stop();
    Config settings = config();
    settings.trusted_unsigned_accounts = {"lab\\CISCORA"};
    start(std::move(settings));
    EXPECT_EQ(post(est::encode_body(unsigned_csr)).status, 200U);
    Bytes wrong_hash = unsigned_csr;
    wrong_hash.back() ^= 1;
    EXPECT_EQ(post(est::encode_body(wrong_hash)).status, 400U);
}

TEST_F(CesdTest, OtherOperationsAndMethods) {
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
    EXPECT_EQ(send(request).headers.get("Allow"), "GET");
}

TEST_F(CesdTest, ReloadKeepsServing) {
    start();
    cesd_->reload();
    EXPECT_TRUE(enroll(csr_).ok());
    EXPECT_THAT(log_text("error.log"), HasSubstr("certnew.cer?ReqID=10&ENC=b64"));
}

}  // namespace
}  // namespace opencapf::ces
