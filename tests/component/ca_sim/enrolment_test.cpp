// SPDX-License-Identifier: Apache-2.0
#include "component/ca_sim/running_ca.hpp"
#include "opencapf/x509/pkcs7.hpp"

#include <gmock/gmock.h>
#include <regex>

namespace opencapf::ca_sim {
namespace {

using test::RunningCa;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kAttributes = "CertificateTemplate:CiscoRA\r\n";

std::string issued_id(const std::string& page) {
    std::smatch match;
    return std::regex_search(page, match, std::regex("certnew.cer\\?ReqID=(\\d+)&")) ? match[1].str() : "(none)";
}

TEST(Enrolment, WholeFlowWithNtlmWritesTheProductsLog) {
    RunningCa ca;
    ca.start();
    const auto client = ca.ntlm();
    const auto login = client->get("/certsrv");
    EXPECT_EQ(login.status, 301U);
    EXPECT_EQ(login.headers.get("Location"), client->base() + "/certsrv/");
    EXPECT_EQ(login.body.size(), 123 + client->base().size() + 9);
    EXPECT_EQ(login.headers.get("Content-Type"), "text/html; charset=UTF-8");
    const auto form = client->get("/certsrv/certrqxt.asp");
    EXPECT_THAT(form.body, HasSubstr("<Option Value=\"O;CiscoRA;"));
    EXPECT_THAT(form.body, HasSubstr(">Cisco &lt;RA&gt;</Option>"));
    EXPECT_EQ(form.new_connections, 0) << "the log-in belongs to the connection";

    const auto result = client->submit(test::phone_request().pem(), kAttributes);
    EXPECT_EQ(result.status, 200U);
    ASSERT_EQ(issued_id(result.body), "1") << result.body;
    const auto fetched = client->get("/certsrv/certnew.cer?ReqID=1&ENC=b64");
    EXPECT_EQ(fetched.headers.get("Content-Type"), "text/html") << "an unknown client gets no better type";
    EXPECT_THAT(fetched.body, HasSubstr("-----BEGIN CERTIFICATE-----\r\n"));
    const auto certificate = x509::Certificate::from_pem(fetched.body);
    ASSERT_TRUE(certificate);
    EXPECT_EQ(certificate->public_key(), test::phone_key().public_key());
    EXPECT_TRUE(x509::TrustStore({x509::Certificate::load(ca.ca_file())}).verify(*certificate));

    const std::string user = "LAB\\ciscora";
    const std::string agent = " CiscoRA+1.0 ";
    EXPECT_THAT(
        ca.log_lines(5),
        ElementsAre("GET /certsrv - -" + agent + "- 401 1 2148074254", "GET /certsrv - " + user + agent + "- 301 0 0",
                    "GET /certsrv/certrqxt.asp - " + user + agent + "- 200 0 0",
                    "POST /certsrv/certfnsh.asp - " + user + agent + client->base() + "/certsrv/certrqxt.asp 200 0 0",
                    "GET /certsrv/certnew.cer ReqID=1&ENC=b64 " + user + agent + "- 200 0 0"));
}

TEST(Enrolment, BasicWithABrowserGetsTheScriptPage) {
    RunningCa ca;
    ca.start();
    const auto client = ca.basic("lab/CISCORA");
    const auto result = client->submit(test::phone_request().pem(), kAttributes);
    EXPECT_THAT(result.body,
                HasSubstr("function handleGetCert() {\r\nlocation=\"certnew.cer?ReqID=1&\"+getEncoding();"));
    const auto der = client->get("/certsrv/certnew.cer?Enc=bin&ReqID=1");
    EXPECT_EQ(der.headers.get("Content-Type"), "application/pkix-cert");
    EXPECT_TRUE(x509::Certificate::from_der(as_bytes(der.body)));
    const auto chain = client->get("/certsrv/certnew.p7b?ReqID=1&Enc=bin");
    EXPECT_EQ(chain.headers.get("Content-Type"), "application/x-pkcs7-certificates");
    const auto bag = x509::read_certs_only(as_bytes(chain.body));
    ASSERT_TRUE(bag);
    ASSERT_EQ(bag->size(), 2U);
    EXPECT_EQ((*bag)[0].der(), Bytes(as_bytes(der.body).begin(), as_bytes(der.body).end())) << "leaf first";
    EXPECT_TRUE((*bag)[1].is_ca());
    EXPECT_EQ(ca.log_lines(3).front(), "POST /certsrv/certfnsh.asp - LAB\\ciscora Mozilla/5.0 " + client->base() +
                                           "/certsrv/certrqxt.asp 200 0 0");
}

TEST(Enrolment, WrongPasswordIsRefusedTwice) {
    RunningCa ca;
    ca.start();
    const auto answer = ca.ntlm("LAB\\ciscora", "wrong")->get("/certsrv");
    EXPECT_EQ(answer.status, 401U);
    EXPECT_THAT(answer.body, HasSubstr("invalid credentials"));
    EXPECT_EQ(ca.basic("ciscora", "wrong")->get("/certsrv/").status, 401U);
    EXPECT_EQ(ca.ntlm("LAB\\shut")->get("/certsrv").status, 401U);
    const auto lines = ca.log_lines(5);
    ASSERT_EQ(lines.size(), 5U);
    EXPECT_EQ(lines[0], "GET /certsrv - - CiscoRA+1.0 - 401 1 2148074254");
    EXPECT_EQ(lines[1], "GET /certsrv - - CiscoRA+1.0 - 401 1 2148074252");
    EXPECT_EQ(lines[2], "GET /certsrv/ - - Mozilla/5.0 - 401 1 1326");
    EXPECT_THAT(read_file(ca.app().log_path()), Not(HasSubstr("wrong")));
}

TEST(Enrolment, EveryRefusalConsumesAnId) {
    RunningCa ca;
    ca.start();
    const auto client = ca.ntlm();
    const std::string csr = test::phone_request().pem();
    EXPECT_THAT(client->submit(csr, "CertificateTemplate:<None>").body,
                HasSubstr("The disposition message is \"Denied by Policy Module  0x80094800, The request was for a "
                          "certificate template that is not supported by the Active Directory Certificate Services "
                          "policy: &lt;None&gt;.\""));
    EXPECT_THAT(client->submit(csr, "").body, HasSubstr("Denied by Policy Module  0x80094801, "));
    const auto garbage = client->submit("not a request", kAttributes);
    EXPECT_EQ(garbage.status, 200U);
    EXPECT_THAT(garbage.body, HasSubstr("The disposition message is \"Error Parsing Request  ASN1 bad tag"));
    EXPECT_THAT(garbage.body, HasSubstr("Your Request Id is 3."));
    EXPECT_THAT(ca.ntlm("guest")->submit(csr, kAttributes).body, HasSubstr("0x80094012"));
    EXPECT_THAT(client->submit(csr, "CertificateTemplate:Slow").body, HasSubstr("Your Request Id is 5."));
    EXPECT_EQ(issued_id(client->submit(csr, kAttributes).body), "6");

    const auto pending = client->get("/certsrv/certnew.cer?ReqID=5&Enc=b64").body;
    EXPECT_THAT(pending, HasSubstr("\r\n\t\tTaken Under Submission\r\n"));
    EXPECT_THAT(pending, HasSubstr("\r\n\t\t5<LocID"));
    EXPECT_THAT(client->get("/certsrv/certnew.cer?ReqID=1").body,
                HasSubstr("\r\n\t\tDenied by Policy Module  0x80094800"));
    EXPECT_THAT(client->get("/certsrv/certnew.cer?ReqID=77").body, HasSubstr("0x80094004"));
    EXPECT_THAT(client->get("/certsrv/certnew.cer?ReqID=x").body, HasSubstr("0x80070057"));
}

TEST(Enrolment, PendingRequestsCanBePolled) {
    RunningCa ca;
    ca.start();
    const auto client = ca.ntlm();
    EXPECT_THAT(client->submit(test::phone_request().pem(), "CertificateTemplate:Slow").body,
                HasSubstr("Certificate Pending"));
    http::ClientRequest poll;
    poll.method = "POST";
    poll.url = "/certsrv/certfnsh.asp";
    poll.headers.add("Content-Type", "application/x-www-form-urlencoded");
    poll.body = "Mode=chkpnd&ReqID=1";
    EXPECT_THAT(client->send(poll).body, HasSubstr("still pending"));
    poll.body = "Mode=chkpnd&ReqID=2";
    EXPECT_THAT(client->send(poll).body, HasSubstr("Your request failed."));
}

TEST(Enrolment, UnsignedRequestsNeedASwitch) {
    RunningCa ca;
    ca.start();
    EXPECT_THAT(ca.ntlm()->submit(test::unsigned_request().pem(), kAttributes).body, HasSubstr("0x80090006"));
    ca.stop();
    ca.config().templates[0].allow_unsigned_requests = true;
    ca.start();
    EXPECT_EQ(issued_id(ca.ntlm()->submit(test::unsigned_request().pem(), kAttributes).body), "2");
}

TEST(Enrolment, CertificatesAndIdsSurviveARestart) {
    RunningCa ca;
    ca.start();
    EXPECT_EQ(issued_id(ca.ntlm()->submit(test::phone_request().pem(), kAttributes).body), "1");
    const std::string before = ca.ntlm()->get("/certsrv/certnew.cer?ReqID=1").body;
    ca.stop();
    ca.start();
    EXPECT_EQ(ca.ntlm()->get("/certsrv/certnew.cer?ReqID=1").body, before);
    EXPECT_EQ(issued_id(ca.ntlm()->submit(test::phone_request().pem(), kAttributes).body), "2");
}

}  // namespace
}  // namespace opencapf::ca_sim
