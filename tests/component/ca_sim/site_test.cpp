// SPDX-License-Identifier: Apache-2.0
#include "component/ca_sim/running_ca.hpp"
#include "opencapf/x509/pkcs7.hpp"

#include <gmock/gmock.h>

namespace opencapf::ca_sim {
namespace {

using test::RunningCa;
using testing::HasSubstr;
using testing::Not;

TEST(Site, AnonymousRequestsAreOfferedTheProvidersInOrder) {
    RunningCa ca;
    ca.start();
    test::Client client(ca.ca_file(), ca.app().port(), http::AuthMethod::none, "", "");
    const auto answer = client.get("/certsrv/");
    EXPECT_EQ(answer.status, 401U);
    std::vector<std::string> offered;
    for (const auto& [name, value] : answer.headers.fields()) {
        if (iequals(name, "WWW-Authenticate")) offered.push_back(value);
    }
    EXPECT_THAT(offered, testing::ElementsAre("NTLM", "Negotiate", "Basic realm=\"" + std::string(test::kHost) + "\""));
    EXPECT_EQ(client.get("/certsrv/certrqxt.asp").new_connections, 0) << "the connection stays open after a 401";
    EXPECT_EQ(client.get("/certsrvx").status, 404U);
    EXPECT_EQ(client.get("/").status, 404U);
    EXPECT_EQ(ca.log_lines(4).front(), "GET /certsrv/ - - CiscoRA+1.0 - 401 2 5");
    EXPECT_EQ(ca.log_lines(4).back(), "GET / - - CiscoRA+1.0 - 404 0 2");
}

TEST(Site, PathsIgnoreCase) {
    RunningCa ca;
    ca.start();
    const auto client = ca.ntlm();
    EXPECT_EQ(client->get("/CertSrv").headers.get("Location"), client->base() + "/CertSrv/");
    EXPECT_THAT(client->get("/CERTSRV/").body, HasSubstr("Welcome"));
    EXPECT_THAT(client->get("/certsrv/Default.asp").body, HasSubstr("certrqus.asp"));
    EXPECT_THAT(client->get("/certsrv/CertRqXt.ASP").body, HasSubstr("lbCertTemplateID"));
    EXPECT_THAT(client->get("/certsrv/certcarc.asp").body, HasSubstr("var nRenewals=0;"));
    EXPECT_EQ(client->get("/certsrv/certspc.gif").headers.get("Content-Type"), "image/gif");
    EXPECT_THAT(client->get("/certsrv/certrqus.asp").body, HasSubstr("certrqad.asp"));
    EXPECT_THAT(client->get("/certsrv/certrqad.asp").body, HasSubstr("certrqxt.asp"));
    EXPECT_EQ(client->get("/certsrv/mscep").status, 404U);
    EXPECT_EQ(client->get("/certsrv/../etc/passwd").status, 404U);
}

TEST(Site, TemplateListIsAPermissionProbe) {
    RunningCa ca;
    ca.start();
    EXPECT_THAT(ca.ntlm("guest")->get("/certsrv/certrqxt.asp").body, Not(HasSubstr("<Option")));
    EXPECT_THAT(ca.ntlm("ciscora@example.test")->get("/certsrv/certrqxt.asp").body, HasSubstr("<Option"));
}

TEST(Site, ChainOfTheCaInBothForms) {
    RunningCa ca;
    ca.start();
    const auto client = ca.ntlm();
    const auto der = client->get("/certsrv/certnew.p7b?ReqID=CACert&Renewal=0&Enc=bin");
    const auto bag = x509::read_certs_only(as_bytes(der.body));
    ASSERT_TRUE(bag);
    ASSERT_EQ(bag->size(), 1U);
    EXPECT_EQ(bag->front().der(), x509::Certificate::load(ca.ca_file()).der());
    const std::string pem = client->get("/certsrv/certnew.p7b?ReqID=CACert&Renewal=-1&Enc=b64").body;
    EXPECT_THAT(pem, testing::StartsWith("-----BEGIN CERTIFICATE-----\r\n"));
    EXPECT_THAT(pem, testing::EndsWith("-----END CERTIFICATE-----\r\n"));
    EXPECT_EQ(from_base64(pem.substr(29, pem.size() - 29 - 27)),
              Bytes(as_bytes(der.body).begin(), as_bytes(der.body).end()));
    const auto certificate = client->get("/certsrv/certnew.cer?ReqID=CACert&Enc=bin");
    EXPECT_EQ(certificate.body, as_text(x509::Certificate::load(ca.ca_file()).der()));
    EXPECT_THAT(client->get("/certsrv/certnew.cer?ReqID=CACert&Renewal=3").body, HasSubstr("Your request failed."));
}

TEST(Site, CertEnrollIsAnonymous) {
    RunningCa ca;
    ca.start();
    test::Client client(ca.ca_file(), ca.app().port(), http::AuthMethod::none, "", "");
    const auto answer = client.get("/certenroll/lab-dc.example.test_LAB-CA.crt");
    EXPECT_EQ(answer.status, 200U);
    EXPECT_EQ(answer.body, as_text(x509::Certificate::load(ca.ca_file()).der()));
    EXPECT_EQ(client.get("/CertEnroll/other.crt").status, 404U);
}

TEST(Site, OnlyListedProvidersLogIn) {
    RunningCa ca;
    ca.config().authentication.providers = {"NTLM"};
    ca.start();
    EXPECT_EQ(ca.basic()->get("/certsrv/").status, 401U);
    EXPECT_EQ(ca.ntlm()->get("/certsrv/").status, 200U);
}

TEST(Site, ReloadKeepsServing) {
    RunningCa ca;
    ca.start();
    const auto client = ca.ntlm();
    EXPECT_EQ(client->get("/certsrv").status, 301U);
    ca.app().reload();
    EXPECT_EQ(client->get("/certsrv").status, 301U);
    EXPECT_EQ(ca.log_lines(3).size(), 3U);
    write_file_atomically(ca.config().tls.private_key.file, "broken", 0600);
    ca.app().reload();
    EXPECT_EQ(ca.ntlm()->get("/certsrv").status, 301U) << "the old certificate stays";
}

TEST(Site, StartRefusesWhatIsMissing) {
    RunningCa ca;
    Config config = ca.config();
    config.accounts[0].password = "/nonexistent/password";
    EXPECT_ANY_THROW(App{config});
    config = ca.config();
    config.ca.private_key = "/nonexistent/key";
    EXPECT_ANY_THROW(App{config});
}

}  // namespace
}  // namespace opencapf::ca_sim
