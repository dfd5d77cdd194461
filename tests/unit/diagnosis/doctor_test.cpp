// SPDX-License-Identifier: Apache-2.0
#include "diagnosis/doctor.hpp"

#include <algorithm>
#include <filesystem>
#include <gtest/gtest.h>
#include <stdexcept>

namespace opencapf::diagnosis {
namespace {

std::vector<std::string> causes_of(const Diagnosis& diagnosis) {
    std::vector<std::string> names;
    for (const auto& finding : diagnosis.findings) names.emplace_back(finding.cause->name);
    return names;
}

Diagnosis of_files(const std::vector<std::string>& names, const std::string& device = "") {
    LogSet logs;
    for (const auto& name : names) logs.read(std::string(OPENCAPF_TEST_DATA) + "/tech_note/" + name);
    return diagnose(logs, device);
}

using Names = std::vector<std::string>;

TEST(Doctor, DiagnosesTheExcerptsOfTheTechNote) {
    EXPECT_EQ(causes_of(of_files({"ciscora-untrusted.txt"})), Names{"untrusted-chain"});
    EXPECT_EQ(causes_of(of_files({"ciscora-name-mismatch.txt"})), Names{"name-mismatch"});
    EXPECT_EQ(causes_of(of_files({"ciscora-unresolvable.txt"})), Names{"unresolvable-host"});
    EXPECT_EQ(causes_of(of_files({"ciscora-not-yet-valid.txt"})), Names{"not-yet-valid"});
    EXPECT_EQ(causes_of(of_files({"ciscora-login-timeout.txt"})), Names{"login-timeout"});
    EXPECT_EQ(causes_of(of_files({"ciscora-chain-timeout.txt"})), Names{"chain-timeout"});
    EXPECT_EQ(causes_of(of_files({"error-template-typo.txt"})), Names{"template-not-offered"});
    EXPECT_EQ(causes_of(of_files({"capf-read-timeout.txt"})), Names{"slow-ca"});
}

TEST(Doctor, FindsNothingInTheHealthyExcerpts) {
    const auto diagnosis = of_files({"ciscora-start.txt", "error-login.txt", "error-chain.txt", "iis-start.txt",
                                     "iis-enrol.txt", "capf-installed.txt"});
    EXPECT_EQ(causes_of(diagnosis), Names{});
    EXPECT_TRUE(diagnosis.unexplained.empty());
    EXPECT_TRUE(diagnosis.ces_started_well);
    EXPECT_EQ(diagnosis.healthy, Names{"SEP74A02FC0A675"});
}

TEST(Doctor, ShowsTheLinesThatSaySo) {
    const auto diagnosis = of_files({"capf-read-timeout.txt"}, "sep001f6c81118b");
    ASSERT_EQ(diagnosis.findings.size(), 1U);
    const auto& finding = diagnosis.findings[0];
    EXPECT_EQ(finding.certainty, Certainty::likely) << "CAPF's trace says that nothing came; why, CES and IIS know";
    EXPECT_EQ(finding.devices, Names{"SEP001F6C81118B"});
    ASSERT_FALSE(finding.evidence.empty());
    EXPECT_NE(finding.evidence[0].text.find("Enrollment rv = 35 (EST_ERR_SSL_READ)"), std::string::npos);
    EXPECT_TRUE(of_files({"capf-read-timeout.txt"}, "SEP000000000000").findings.empty()) << "another phone";
}

TEST(Doctor, TheProductsWordsForAnUntrustedChainAreOnlyLikely) {
    EXPECT_EQ(of_files({"ciscora-untrusted.txt"}).findings[0].certainty, Certainty::likely)
        << "a self-signed certificate is told in the same words";
}

std::string capf(const std::string& text) {
    return "10:00:00.000 |-->debug\n10:00:00.000 |   debug " + text + "\n10:00:00.000 |<--debug\n";
}
std::string outcome(const std::string& device, const std::string& result, const std::string& status) {
    const std::string label = "10:00:00.000 |   SetOperationStatus(" + result + "):9 ";
    return label + "Operation status Value is '9'\n10:00:00.000 |   Map =>DbStatus=" + status + "\n" + label +
           "sql query - (UPDATE Device SET x WHERE my_lower(name)=my_lower('" + device + "'))\n";
}
Diagnosis of_text(const std::string& text) {
    LogSet logs;
    logs.add("capf.log", text);
    return diagnose(logs, "");
}

TEST(Doctor, UnknownIsAnAnswer) {
    const auto diagnosis = of_text(capf("1:SEP1:something new") +
                                   outcome("SEP1", "Failure:CAPF_OP_NEW", "CERT_STATUS_UPGRADE_FAILED_NEW"));
    EXPECT_TRUE(diagnosis.findings.empty());
    ASSERT_EQ(diagnosis.unexplained.size(), 1U);
    EXPECT_EQ(diagnosis.unexplained[0].device, "SEP1");
}

TEST(Doctor, WhatWasPutRightLaterIsNoFinding) {
    const std::string failed = capf("1:SEP1:Authentication string does not match") +
                               outcome("SEP1", "Failure:CAPF_OP_FAIL_INVALID_AUTH_STR",
                                       "CERT_STATUS_UPGRADE_FAILED_INVALID_AUTHENTICATION_STRING");
    const std::string well = capf("2:SEP1:Sending STORE_CERT_REQ msg") +
                             outcome("SEP1", "Success:CAPF_OP_SUCCESS", "CERT_STATUS_UPGRADE_SUCCESS");
    EXPECT_EQ(causes_of(of_text(failed)), Names{"wrong-string"});
    EXPECT_EQ(causes_of(of_text(failed + well)), Names{});
    LogSet logs;
    logs.add(
        "error.log",
        "2026/01/01 10:00:00 [warn] 1#0: login_to_certsrv_ca: Curl call for MS CA login failed with return code 6 (x)\n"
        "2026/01/01 10:00:05 [info] 1#0: ra_certsrv_ca_plugin_postconf: CA Cert chain retrieved from CA, will be "
        "passed\n");
    EXPECT_TRUE(diagnose(logs, "").findings.empty()) << "CES got the chain at its second attempt";
}

TEST(Doctor, OneCauseOfManyPhonesIsOneFinding) {
    std::string text;
    for (const std::string device : {"SEP1", "SEP2"})
        text += capf("1:" + device + ":Enrollment rv = 43 (EST_ERR_IP_CONNECT) with pkcs7 length = 0") +
                outcome(device, "Failure:CAPF_OP_FAIL_CA_COMM", "CERT_STATUS_UPGRADE_FAILED_CA_COMMUNICATION_FAILURE");
    const auto diagnosis = of_text(text);
    ASSERT_EQ(causes_of(diagnosis), Names{"ces-down"});
    EXPECT_EQ(diagnosis.findings[0].devices, (Names{"SEP1", "SEP2"}));
}

/// The lines of one phone that the CA denies, and those of CES for it.
std::string denied_at_ces(int connection, const std::string& why) {
    const std::string star = "*" + std::to_string(connection);
    return "2026/01/01 10:00:00 [info] 1#0: " + star +
           " submit_csr_to_certsrv: Secure connection to MS CertServ completed " +
           "successfully using the following URL https://h:443/certsrv/certfnsh.asp while SSL EST handshaking\n" +
           "***EST [WARNING][est_http_request:1435]--> Enrollment failed with rc=22 (EST_ERR_AUTH_FAIL)\n"
           "***EST [INFO][mg_send_http_error:389]--> [Error 403: Forbidden\n" +
           why + "\n]\n";
}
std::string refused_at_capf(const std::string& session, const std::string& device) {
    return capf(session + ":" + device + ":Calling enrollCertUsingEST() csr_file=x") +
           capf(session + ":" + device + ":Enrollment rv = 22 (EST_ERR_AUTH_FAIL) with pkcs7 length = 0") +
           outcome(device, "Failure:CAPF_OP_FAIL_CA_REJECT", "CERT_STATUS_UPGRADE_FAILED_CA_REJECT");
}
std::string audit(int connection, const std::string& device) {
    return "2026-01-01 10:00:00.000 info: audit: connection *" + std::to_string(connection) +
           " from 127.0.0.1, request x: status=403 operation=simpleenroll label=\"\" tls-linked=no account=\"LAB\\ra\" "
           "trust=\"none\" certificate=\"\" subject=\"CN=CP-8865-" +
           device + "\"\n";
}
std::string no_template_at_ces(int connection) {
    const std::string star = "2026/01/01 10:00:00 [info] 1#0: *" + std::to_string(connection);
    return star + " login_to_certsrv_ca: Secure connection to MS CertServ completed\n" + star +
           " navigate_to_certsrv_page: Secure connection to MS CertServ completed: https://h:443/certsrv/certrqxt.asp\n"
           "***EST [WARNING][est_http_request:1435]--> Enrollment failed with rc=22 (EST_ERR_AUTH_FAIL)\n";
}
const std::string kNotAllowed = ": Denied by Policy Module 0x80094012, not allowed.";

TEST(Doctor, ManyDenialsForOneReasonAreOneFinding) {
    LogSet logs;
    logs.add("error.log", denied_at_ces(2, "request id 17" + kNotAllowed));
    logs.add("error.log", denied_at_ces(4, "request id 180" + kNotAllowed));
    logs.add("cesd.stderr", audit(2, "SEP1") + audit(4, "SEP2"));
    logs.add("capf.log", refused_at_capf("1", "SEP1") + refused_at_capf("2", "SEP2"));
    const auto diagnosis = diagnose(logs, "");
    ASSERT_EQ(causes_of(diagnosis), Names{"denied"});
    EXPECT_EQ(diagnosis.findings[0].devices, (Names{"SEP1", "SEP2"}));
}

TEST(Doctor, PhonesThatEnrolInOneSecondAreToldApartByOurLogsOnly) {
    LogSet logs;
    logs.add("error.log", denied_at_ces(2, "request id 17" + kNotAllowed) + no_template_at_ces(4));
    logs.add("capf.log", refused_at_capf("1", "SEP1") + refused_at_capf("2", "SEP2"));
    LogSet ours = logs;
    ours.add("cesd.stderr", audit(2, "SEP1") + audit(4, "SEP2"));
    const auto told_apart = diagnose(ours, "");
    ASSERT_EQ(causes_of(told_apart), (Names{"denied", "template-not-offered"}));
    EXPECT_EQ(told_apart.findings[0].devices, Names{"SEP1"});
    EXPECT_EQ(told_apart.findings[1].devices, Names{"SEP2"});

    const auto unknown = diagnose(logs, "");
    EXPECT_EQ(causes_of(unknown), Names{}) << "either may be the reason of either";
    EXPECT_EQ(unknown.unexplained.size(), 2U);
}

TEST(Doctor, AStartThatFailedIsNotHiddenByAnErrorLogOfAnotherTime) {
    const auto diagnosis = of_files({"ciscora-untrusted.txt", "error-chain.txt"});
    ASSERT_EQ(causes_of(diagnosis), Names{"untrusted-chain"});
    EXPECT_EQ(diagnosis.findings[0].certainty, Certainty::likely);
    EXPECT_NE(diagnosis.findings[0].detail.find("cannot be told"), std::string::npos);
}

TEST(Doctor, WhatCesRefusedIsToldWithoutACallOfCapf) {
    const auto diagnosis = of_files({"error-template-typo.txt", "capf-installed.txt"});
    ASSERT_EQ(causes_of(diagnosis), Names{"template-not-offered"});
    EXPECT_NE(diagnosis.findings[0].detail.find("belongs to no call"), std::string::npos);
    EXPECT_EQ(diagnosis.healthy, Names{"SEP74A02FC0A675"});
    EXPECT_EQ(causes_of(of_files({"error-template-typo.txt", "capf-installed.txt"}, "SEP74A02FC0A675")), Names{})
        << "who asks for a phone hears of that phone";
}

TEST(Doctor, TheWholeTechNoteAtOnce) {
    const auto found = causes_of(of_files({""}));
    for (const std::string name : {"template-not-offered", "slow-ca"})
        EXPECT_NE(std::find(found.begin(), found.end(), name), found.end()) << name;
}

/// CAPF waited ten seconds; `at_ces` are the lines of error.log of that time.
Diagnosis silence(const std::string& at_ces) {
    LogSet logs;
    logs.add("capf.log",
             "09:59:55.000 |   debug 1:SEP1:Calling enrollCertUsingEST() csr_file=x\n"
             "10:00:05.040 |   debug 1:SEP1:Enrollment rv = 35 (EST_ERR_SSL_READ) with pkcs7 length = 0\n");
    if (!at_ces.empty()) logs.add("error.log", at_ces);
    return diagnose(logs, "");
}

TEST(Doctor, WhyCesWasSilentIsForItsOwnLogToSay) {
    const std::string connection = "2026/01/01 09:59:56 [warn] 1#0: *2 ";
    const auto nothing_known = silence("");
    ASSERT_EQ(causes_of(nothing_known), Names{"slow-ca"});
    EXPECT_EQ(nothing_known.findings[0].certainty, Certainty::likely);

    const auto unreachable = silence(connection +
                                     "login_to_certsrv_ca: Curl call for MS CA login failed with return code 28 "
                                     "(Connection timed out after 10001 milliseconds) while SSL EST handshaking\n");
    ASSERT_EQ(causes_of(unreachable), Names{"login-timeout"}) << "the CA issued nothing, it was never reached";

    const auto written_in_vain =
        silence(connection + "login_to_certsrv_ca: Secure connection to MS CertServ completed\n" +
                "***EST [WARNING][est_http_request:1435]--> Enrollment failed with rc=10 (EST_ERR_HTTP_WRITE)\n");
    ASSERT_EQ(causes_of(written_in_vain), Names{"slow-ca"});
    EXPECT_EQ(written_in_vain.findings[0].certainty, Certainty::certain);
}

TEST(Doctor, OfSeveralDaysTheLastIsMeant) {
    LogSet logs;
    logs.add("capf.log", refused_at_capf("1", "SEP1"));
    auto yesterday = no_template_at_ces(2);
    for (std::size_t at = 0; (at = yesterday.find("2026/01/01", at)) != std::string::npos;)
        yesterday.replace(at, 10, "2025/12/31");
    logs.add("error.log", yesterday + denied_at_ces(4, "request id 17" + kNotAllowed));
    EXPECT_EQ(diagnose(logs, "SEP1").findings.at(0).cause->name, "denied");
}

TEST(Doctor, APhoneThatDidNotCallIsNotHealthy) {
    const auto diagnosis = of_files({"capf-installed.txt"}, "SEP000000000000");
    EXPECT_EQ(diagnosis.phones, 0U);
    EXPECT_EQ(diagnosis.healthy, Names{});
    EXPECT_EQ(of_files({"capf-installed.txt"}).phones, 1U);
}

TEST(Doctor, ANumberAloneSaysWhichLogsToFetch) {
    const auto diagnosis = of_text(refused_at_capf("1", "SEP1"));
    ASSERT_EQ(diagnosis.unexplained.size(), 1U);
    EXPECT_NE(diagnosis.unexplained[0].hint.find("rv = 22"), std::string::npos);
    EXPECT_NE(diagnosis.unexplained[0].hint.find("CiscoRA log, error.log of CES, IIS log"), std::string::npos);
}

TEST(Doctor, EveryCauseSaysWhatToDo) {
    Names names;
    for (const auto& one : causes()) {
        names.emplace_back(one.name);
        EXPECT_FALSE(one.title.empty() || one.meaning.empty() || one.cure.empty() || one.pages.empty()) << one.name;
        EXPECT_EQ(&cause(one.name), &one);
        for (const auto page : one.pages)
            EXPECT_TRUE(std::filesystem::exists(std::string(OPENCAPF_TEST_DATA) + "/../../docs/troubleshooting/" +
                                                std::string(page) + ".md"))
                << page;
    }
    std::sort(names.begin(), names.end());
    EXPECT_EQ(std::adjacent_find(names.begin(), names.end()), names.end()) << "no name twice";
    EXPECT_THROW(cause("witchcraft"), std::logic_error);
}

}  // namespace
}  // namespace opencapf::diagnosis
