// SPDX-License-Identifier: Apache-2.0
#include "opencapf/base/text.hpp"
#include "running_capf.hpp"

#include <filesystem>
#include <gmock/gmock.h>

namespace opencapf::capf::test {
namespace {

using phone_sim::Outcome;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(CapfSession, APhoneThatSignsGetsItsLsc) {
    RunningCapf capf;
    capf.arm("SEP001122334455");
    const auto result = capf.call("SEP001122334455");
    ASSERT_EQ(result.session.outcome, Outcome::done) << result.session.detail;
    EXPECT_EQ(result.session.end_reason, capf_protocol::Reason::success);
    ASSERT_TRUE(result.session.lsc);
    EXPECT_EQ(result.session.lsc->common_name(), "CP-8865-SEP001122334455");

    const auto seen = capf.seen();
    ASSERT_TRUE(seen.csr);
    EXPECT_FALSE(seen.csr->is_unsigned());
    EXPECT_TRUE(seen.csr->verify_signature());
    // libEST's order: first without credentials, then with.
    EXPECT_THAT(seen.requests, ::testing::ElementsAre("POST /.well-known/est/simpleenroll 401",
                                                      "POST /.well-known/est/simpleenroll 200"));

    EXPECT_EQ(capf.outcome("SEP001122334455"), std::pair(1, 3));
    const Json exported = capf.admin({{"command", "lsc.export"}, {"name", "SEP001122334455"}});
    EXPECT_EQ(exported["pem"].get<std::string>(), result.session.lsc->pem());
    const Json lsc = capf.device("SEP001122334455")["lsc"];
    EXPECT_GT(lsc["valid_until"].get<std::int64_t>(), 0);
    EXPECT_GT(lsc["issuer_valid_until"].get<std::int64_t>(), 0);
    EXPECT_FALSE(std::filesystem::exists(capf.dir.file("spool/csr/SEP001122334455.csr")));
    EXPECT_TRUE(std::filesystem::exists(capf.dir.file("spool/cert/SEP001122334455.der")));
}

TEST(CapfSession, AJabberPhoneIsRequestedWithoutASignature) {
    RunningCapf capf;
    capf.arm("CSF123");
    auto phone = capf.phone("CSF123");
    phone.profile = capf_protocol::kProfileJabber;
    const auto result = capf.call(phone);
    ASSERT_EQ(result.session.outcome, Outcome::done) << result.session.detail;
    const auto seen = capf.seen();
    ASSERT_TRUE(seen.csr);
    EXPECT_TRUE(seen.csr->is_unsigned());
    EXPECT_TRUE(seen.csr->verify_no_signature_hash());
}

TEST(CapfSession, AnUnsignedRequestNeedsTheSwitch) {
    RunningCapf capf([](Config& config) { config.allow_unsigned_requests = false; });
    capf.arm("CSF123");
    auto phone = capf.phone("CSF123");
    phone.profile = capf_protocol::kProfileJabber;
    EXPECT_EQ(capf.call(phone).session.end_reason, capf_protocol::Reason::refused);
    EXPECT_EQ(capf.outcome("CSF123"), std::pair(1, 6));
    EXPECT_TRUE(capf.seen().requests.empty());
}

TEST(CapfSession, AuthenticationStringIsCheckedAndCleared) {
    RunningCapf capf;
    capf.arm("SEP1", {{"auth", "string"}, {"string", "13572468"}});
    auto phone = capf.phone("SEP1");
    phone.auth_string = Secret("13572469");
    auto result = capf.call(phone);
    EXPECT_EQ(result.session.outcome, Outcome::no_change);
    EXPECT_EQ(result.session.end_reason, capf_protocol::Reason::refused);
    EXPECT_EQ(capf.outcome("SEP1"), std::pair(2, 10));  // armed still: the user may type again

    phone.auth_string = Secret("13572468");
    result = capf.call(phone);
    EXPECT_EQ(result.session.outcome, Outcome::done) << result.session.detail;
    EXPECT_EQ(capf.outcome("SEP1"), std::pair(1, 3));
    EXPECT_THAT(capf.trace(), Not(HasSubstr("1357246")));
}

TEST(CapfSession, ASecondSessionFindsNothingPending) {
    RunningCapf capf;
    capf.arm("SEP1");
    ASSERT_EQ(capf.call("SEP1").session.outcome, Outcome::done);
    const auto again = capf.call("SEP1");
    EXPECT_EQ(again.session.outcome, Outcome::no_change);
    EXPECT_EQ(again.session.end_reason, capf_protocol::Reason::refused);  // 7, as CUCM
    EXPECT_EQ(capf.outcome("SEP1"), std::pair(1, 3));
}

TEST(CapfSession, NothingPendingMayAnswerZero) {
    RunningCapf capf([](Config& config) { config.protocol.nothing_pending_reason = 0; });
    capf.admin({{"command", "device.add"}, {"names", {"SEP1"}}});
    EXPECT_EQ(capf.call("SEP1").session.end_reason, capf_protocol::Reason::no_action);
}

TEST(CapfSession, UnknownDeviceIsNine) {
    RunningCapf capf;
    const auto result = capf.call("SEP404");
    EXPECT_EQ(result.session.outcome, Outcome::unknown_device);
    EXPECT_EQ(result.session.end_reason, capf_protocol::Reason::unknown_device);
    EXPECT_THAT(capf.trace(), HasSubstr("SEP404:Device not found"));
}

TEST(CapfSession, ALatePhoneIsRefused) {
    RunningCapf capf;
    capf.arm("SEP1", {{"by", "2019:01:20:12:00"}});
    EXPECT_EQ(capf.call("SEP1").session.end_reason, capf_protocol::Reason::refused);
    EXPECT_EQ(capf.outcome("SEP1"), std::pair(1, 17));
}

TEST(CapfSession, AnArmedOperationSurvivesARestart) {
    RunningCapf capf;
    capf.arm("SEP1");
    capf.stop();
    capf.start();
    EXPECT_EQ(capf.outcome("SEP1"), std::pair(2, 2));
    EXPECT_EQ(capf.call("SEP1").session.outcome, Outcome::done);
}

// What capfd wants to know of the EST server it asks before the phone stores: nothing may wait for the network between
// the phone's confirmation and the commit.
TEST(CapfSession, AsksNobodyAfterThePhonesConfirmation) {
    RunningCapf capf;
    capf.arm("SEP1");
    ASSERT_EQ(capf.call("SEP1").session.outcome, Outcome::done);
    const std::string before = capf.seen().trace_at_cacerts;
    EXPECT_THAT(before, HasSubstr("Online Cert Signing successful"));
    EXPECT_THAT(before, Not(HasSubstr("STORE_CERT")));
    EXPECT_EQ(capf.seen().recorded_at_cacerts, 1) << "kill -9 while capfd waits for that answer must lose nothing";
    EXPECT_THAT(capf.trace(), HasSubstr("CAPF_MSG_STORE_CERT_RESP"));
}

TEST(CapfSession, TraceTellsTheTechNotesStory) {
    RunningCapf capf;
    capf.arm("SEP74A02FC0A675");
    ASSERT_EQ(capf.call("SEP74A02FC0A675").session.outcome, Outcome::done);
    const std::string trace = capf.trace();
    const std::string phone = "|   debug 1:SEP74A02FC0A675:";
    const std::vector<std::string> story = {
        "CServiceParameters::Init() Certificate Generation Method=OnlineCA:4",
        "CServiceParameters::OnlineCAInit() Online CA hostname is lab-dc.example.test",
        "|   debug EST set server details success!!",
        phone + "CA Mode is OnlineCA, Initiating Automatic Certificate Enrollment",
        phone + "Calling enrollCertUsingEST() csr_file=",
        phone + "Inside X509_REQ *read_csr()",
        phone + "Completed action in X509_REQ *read_csr()",
        phone + "Enrollment rv = 0 (EST_ERR_NONE) with pkcs7 length = ",
        phone + "Signed Cert written to ",
        phone + "Inside write_binary_file()",
        phone + "Completed action in write_binary_file()",
        phone + "Converting PKCS7 file to PEM format and PEM to DER",
        phone + "Return value from enrollCertUsingEST() : 0",
        phone + "Online Cert Signing successful",
        "|-->findAndPost",
        "|   findAndPost Device found in the cache map SEP74A02FC0A675",
        "|<--findAndPost",
        "|   debug addded ",
        "|   debug Recd event",
        phone + "CA CERT RES certificate ready .",
        phone + "CAPF CORE: Rcvd Event: CAPF_EV_CA_CERT_REP in State: CAPF_STATE_AWAIT_CA_CERT_RESP",
        phone + "CAPF got device certificate",
        "|   debug loadFile('",
        "|   debug loadFile() successfully loaded file: '",
        phone + "Read certificate for device",
        "|   debug LSC is verified. removing CSR at ",
        phone + "Sending STORE_CERT_REQ msg",
        "|<--Select(SEP74A02FC0A675)",
        "|-->SetOperationStatus(Success:CAPF_OP_SUCCESS):0",
        "=>DbStatus=CERT_STATUS_UPGRADE_SUCCESS",
        "|<--SetOperationStatus(Success:CAPF_OP_SUCCESS):0",
        phone + "In capf_ui_set_ph_public_key()",
        phone + "pubKey length: 270",
        "|-->Select(SEP74A02FC0A675)",
        "|   Select(SEP74A02FC0A675) device exists",
        "|   Select(SEP74A02FC0A675) Operation=OPERATION_NONE:1",
        "|   Select(SEP74A02FC0A675) Operation Status =CERT_STATUS_UPGRADE_SUCCESS:3",
        "|   debug MsgType : CAPF_MSG_END_SESSION"};
    std::size_t at = 0;
    for (const auto& line : story) {
        const auto found = trace.find(line, at);
        ASSERT_NE(found, std::string::npos) << "missing, or out of order: " << line << "\n" << trace;
        at = found + line.size();
    }
}

}  // namespace
}  // namespace opencapf::capf::test
