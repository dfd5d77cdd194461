// SPDX-License-Identifier: Apache-2.0
#include "diagnosis/ca_verdict.hpp"

#include <gmock/gmock.h>

namespace opencapf::diagnosis {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

EstExchange without_template() {
    EstExchange exchange;
    exchange.logged_in = exchange.request_page = true;
    exchange.rc = 22;
    exchange.connection = "2";
    return exchange;
}

Verdict template_verdict(const std::string& daemon_line) {
    LogSet logs;
    if (!daemon_line.empty()) logs.add("cesd.stderr", "2026-01-01 10:00:00.000 warning: " + daemon_line + "\n");
    return *CaVerdicts(logs).of_exchange(without_template());
}
std::string offered(const std::string& wanted, const std::string& names) {
    return "connection *2 from 127.0.0.1, request x: answered 401: template '" + wanted +
           "' is not among the 2 templates the CA offers to LAB\\ra" + names +
           ": it is misspelled, not published, or the account may not enrol for it";
}

TEST(CaVerdict, ATemplateWithANameThatIsNearlyOfferedIsMisspelled) {
    const auto slip = template_verdict(offered("CiscoRaa", " (WebServer, CiscoRA)"));
    EXPECT_EQ(slip.cause, "template-misspelled");
    EXPECT_EQ(slip.certainty, Certainty::likely);
    EXPECT_EQ(slip.detail, "'CiscoRaa' is wanted; the CA offers WebServer, CiscoRA");
    EXPECT_EQ(template_verdict(offered("Cisco RA Phones", " (CiscoRAPhones)")).cause, "template-misspelled")
        << "the display name";
    EXPECT_EQ(template_verdict(offered("ra", " (CA)")).cause, "template-not-offered") << "short names prove nothing";
}

TEST(CaVerdict, ATemplateThatNothingResemblesIsNotOffered) {
    const auto other = template_verdict(offered("CiscoRA", " (WebServer, User)"));
    EXPECT_EQ(other.cause, "template-not-offered");
    EXPECT_EQ(other.certainty, Certainty::certain);
    EXPECT_THAT(other.detail, HasSubstr("offers WebServer, User"));
    EXPECT_THAT(template_verdict(offered("CiscoRA", "")).detail, HasSubstr("no template at all"));
    EXPECT_EQ(template_verdict("").certainty, Certainty::likely) << "the product does not say what it looked for";
}

CaFailure failure(int code, const std::string& text) {
    CaFailure failed;
    failed.function = "login_to_certsrv_ca";
    failed.code = code;
    failed.text = text;
    return failed;
}

TEST(CaVerdict, WhatAClientSendsIsNoFindingOfCes) {
    LogSet logs;
    logs.add("error.log",
             "2026/01/01 10:00:00 [info] 1#0: ra_certsrv_ca_plugin_postconf: CA Cert chain retrieved from CA, will be "
             "passed to EST\n"
             "***EST [INFO][log_header:1278]--> \"x Curl y failed with return code 6 (z\"\n"
             "***EST [INFO][log_header:1278]--> \"x 2026/01/01 10:00:00 [warn] 1#0: login_to_certsrv_ca: Curl call for "
             "MS CA login failed with return code 6 (z)\"\n");
    EXPECT_TRUE(diagnose(logs, "").findings.empty());
    EXPECT_TRUE(read_ces_start(logs).has_chain);
}

TEST(CaVerdict, NamesTheMissingCaWhenOurLogDoes) {
    LogSet logs;
    logs.add("cesd.stderr",
             "2026-01-01 10:00:00.000 warning: the CA 'ca' is down: https://h/certsrv: SSL certificate problem: unable "
             "to get local issuer certificate (curl 60); the refused certificate: /CN=iis, issued by /DC=x/CN=Issuing "
             "CA\n");
    auto failed = failure(60, "SSL certificate problem: unable to get local issuer certificate");
    EXPECT_THAT(CaVerdicts(logs).of_failure(failed, {}).detail, Not(HasSubstr("missing"))) << "of which server?";
    failed.url = "https://h/certsrv";
    const auto verdict = CaVerdicts(logs).of_failure(failed, {});
    EXPECT_EQ(verdict.cause, "untrusted-chain");
    EXPECT_THAT(verdict.detail, HasSubstr("missing is the CA /DC=x/CN=Issuing CA, which issued /CN=iis"));
    EXPECT_EQ(verdict.certainty, Certainty::certain);
}

Verdict refused_login(const std::string& iis_lines) {
    LogSet logs;
    logs.add("u_ex.log", iis_lines);
    return CaVerdicts(logs).of_failure(failure(22, "The requested URL returned error: 401"), {});
}
std::string iis(const std::string& user, const std::string& why) {
    return "2026-01-01 10:00:00 10.0.0.1 GET /certsrv - 443 " + user + " 10.0.0.2 CiscoRA+1.0 - 401 " + why + " 3\n";
}

TEST(CaVerdict, IisSaysWhyItRefusedALogin) {
    EXPECT_EQ(refused_login("").cause, "login-refused") << "without the log of IIS nobody knows";
    EXPECT_EQ(refused_login(iis("-", "1 2148074254") + iis("-", "1 2148074252")).cause, "ca-credentials");
    EXPECT_EQ(refused_login(iis("-", "2 5")).cause, "ntlm-not-offered");
    EXPECT_EQ(refused_login(iis("-", "2 5") + iis("-", "1 2148074254")).cause, "login-refused")
        << "NTLM was put back, and what came then is not to be seen";
    EXPECT_EQ(refused_login(iis("-", "1 2148074254") + iis("-", "1 2148074252") + iis("-", "2 5")).cause,
              "ca-credentials")
        << "a probe without a log-in gets 401.2 as well";
    const std::string good =
        "2026-01-01 09:00:00 10.0.0.1 GET /certsrv - 443 LAB\\ra 10.0.0.2 CiscoRA+1.0 - 301 0 0 3\n";
    EXPECT_EQ(refused_login(iis("-", "1 2148074254") + good + iis("-", "2 5")).cause, "ntlm-not-offered")
        << "what came before a good log-in is over";
    EXPECT_EQ(refused_login(iis("-", "1 2148074252") + good).cause, "login-refused");
    EXPECT_THAT(refused_login(iis("LAB\\ra", "1 1909")).detail, HasSubstr("locked"));
    EXPECT_THAT(refused_login(iis("LAB\\ra", "1 1331")).detail, HasSubstr("disabled"));
}

/// A call that CAPF gave up after ten seconds, and cesd's line of a certificate at `enrolled`.
std::string slowness(const std::string& enrolled) {
    LogSet logs;
    logs.add("cesd.stderr", "2026-01-01 " + enrolled +
                                " info: enrolled CN=CP-8865-SEP1 for LAB\\ra from 127.0.0.1: request id 7, serial 01, "
                                "12018 ms\n");
    Episode episode;
    episode.device = "SEP1";
    episode.asked = day_time_of_capf("23:59:55.000 |");
    episode.told = day_time_of_capf("00:00:05.040 |");
    Verdict verdict;
    CaVerdicts(logs).tell_of_slowness(verdict, episode);
    return verdict.detail;
}

TEST(CaVerdict, ACertificateIssuedInVainIsTold) {
    EXPECT_EQ(slowness("00:00:07.045"), "the CA issued all the same, request id 7");
    EXPECT_EQ(slowness("23:40:00.000"), "") << "an earlier call";
    EXPECT_EQ(slowness("00:10:00.000"), "") << "a later one";
}

}  // namespace
}  // namespace opencapf::diagnosis
