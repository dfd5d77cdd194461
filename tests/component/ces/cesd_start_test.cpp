// SPDX-License-Identifier: Apache-2.0
#include "cesd_fixture.hpp"

namespace opencapf::ces {
namespace {

using test::CaScript;
using testing::HasSubstr;

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

TEST_F(CesdTest, ChainComesLaterWhenTheCaWasAwayAtStart) {
    ca_port_ = ca_->server.port();
    ca_->set([](CaScript& script) { script.delay = net::Duration(600); });
    Config settings = config();
    settings.ca.login_timeout = net::Duration(300);
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

/// What the CiscoRA log says when the CA's web server cannot be trusted, and that cesd goes on.
std::string login_line(int code, const std::string& text) {
    return "nginx: [warn] login_to_certsrv_ca: Curl call for MS CA login failed with return code " +
           std::to_string(code) + " (" + text + ")\nnginx: [warn] login_to_certsrv_ca: URL used: https://";
}
const std::string kIssuerUnknown = "SSL certificate problem: unable to get local issuer certificate";

TEST_F(CesdTest, IssuerThatIsNotInTheTrustDirectoryIs60) {
    write_file_atomically(dir_.file("trust/root.pem"), test::make_root("Stranger").certificate.pem(), 0600);
    start();
    EXPECT_THAT(log_now("nginx.txt"), HasSubstr(login_line(60, kIssuerUnknown)));
    EXPECT_EQ(get("/.well-known/est/cacerts").status, 503U);
}

TEST_F(CesdTest, SelfSignedServerCertificateIs60AlthoughItIsTrusted) {
    const auto self_signed = test::make_self_signed({.common_name = "localhost", .dns_name = "localhost", .ca = true});
    write_file_atomically(dir_.file("server.pem"), self_signed.certificate.pem(), 0600);
    write_file_atomically(dir_.file("server.key"), self_signed.key.to_pem(), 0600);
    write_file_atomically(dir_.file("trust/iis.pem"), self_signed.certificate.pem(), 0600);
    ca_ = std::make_unique<test::FakeCertsrv>(dir_, pki_);
    start();
    EXPECT_THAT(log_now("nginx.txt"), HasSubstr(login_line(60, kIssuerUnknown)));
}

TEST_F(CesdTest, CertificateForAnotherNameIs51) {
    const auto short_name = test::issue({.common_name = "lab-dc"}, pki_.root);
    write_file_atomically(dir_.file("server.pem"), short_name.certificate.pem(), 0600);
    write_file_atomically(dir_.file("server.key"), short_name.key.to_pem(), 0600);
    ca_ = std::make_unique<test::FakeCertsrv>(dir_, pki_);
    start();
    EXPECT_THAT(log_now("nginx.txt"),
                HasSubstr(login_line(
                    51, "SSL: certificate subject name 'lab-dc' does not match target host name 'localhost'")));
}

TEST_F(CesdTest, CertificateThatIsNotYetValidIs60WithItsReason) {
    const auto early = test::issue({.common_name = "localhost", .dns_name = "localhost", .days_from = 2}, pki_.root);
    write_file_atomically(dir_.file("server.pem"), early.certificate.pem(), 0600);
    write_file_atomically(dir_.file("server.key"), early.key.to_pem(), 0600);
    ca_ = std::make_unique<test::FakeCertsrv>(dir_, pki_);
    start();
    EXPECT_THAT(log_now("nginx.txt"),
                HasSubstr(login_line(60, "SSL certificate problem: certificate is not yet valid")));
}

TEST_F(CesdTest, WrongPasswordAtStartIsNamedAndCesdGoesOn) {
    write_file_atomically(dir_.file("password"), "old\n", 0600);
    start();
    EXPECT_THAT(log_now("nginx.txt"), HasSubstr(login_line(22, "The requested URL returned error: 401")));
    EXPECT_TRUE(enroll(csr_).ok());  // the client's credentials count for enrolments
}

}  // namespace
}  // namespace opencapf::ces
