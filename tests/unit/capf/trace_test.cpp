// SPDX-License-Identifier: Apache-2.0
#include "capf/trace_events.hpp"

#include <gmock/gmock.h>

namespace opencapf::capf {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// 14:05:05.289 in whatever zone the tests run.
WallTime moment() {
    std::tm parts{};
    parts.tm_year = 119;
    parts.tm_mon = 0;
    parts.tm_mday = 16;
    parts.tm_hour = 14;
    parts.tm_min = 5;
    parts.tm_sec = 5;
    parts.tm_isdst = -1;
    return std::chrono::system_clock::from_time_t(std::mktime(&parts)) + std::chrono::milliseconds(289);
}

std::vector<std::string> render(const event::Any& event) { return render_trace(event, moment()); }

const event::Phone kPhone{2, "SEP74A02FC0A675"};

// The lines below are the tech note's, with the three blanks its web copy lost (cucm-capf.md 5.1).
TEST(Trace, SandwichOfTheTechNote) {
    EXPECT_THAT(
        render(event::StoreSent{kPhone}),
        ElementsAre("14:05:05.289 |-->debug", "14:05:05.289 |   debug 2:SEP74A02FC0A675:Sending STORE_CERT_REQ msg",
                    "14:05:05.289 |<--debug"));
}

TEST(Trace, EnrollmentStart) {
    const auto lines = render(event::EnrollmentStarted{kPhone, "/tmp/capf/csr/SEP74A02FC0A675.csr"});
    EXPECT_EQ(
        lines.at(1),
        "14:05:05.289 |   debug 2:SEP74A02FC0A675:CA Mode is OnlineCA, Initiating Automatic Certificate Enrollment");
    EXPECT_EQ(lines.at(4),
              "14:05:05.289 |   debug 2:SEP74A02FC0A675:Calling enrollCertUsingEST() "
              "csr_file=/tmp/capf/csr/SEP74A02FC0A675.csr");
    EXPECT_EQ(lines.at(7), "14:05:05.289 |   debug 2:SEP74A02FC0A675:Inside X509_REQ *read_csr()");
    EXPECT_EQ(lines.size(), 9u);
}

TEST(Trace, EnrollmentAnswers) {
    EXPECT_EQ(render(event::EnrollmentAnswered{kPhone, 0, "EST_ERR_NONE", 1963}).at(1),
              "14:05:05.289 |   debug 2:SEP74A02FC0A675:Enrollment rv = 0 (EST_ERR_NONE) with pkcs7 length = 1963");
    EXPECT_EQ(render(event::EnrollmentAnswered{kPhone, 35, "EST_ERR_SSL_READ", 0}).at(1),
              "14:05:05.289 |   debug 2:SEP74A02FC0A675:Enrollment rv = 35 (EST_ERR_SSL_READ) with pkcs7 length = 0");
    const auto failed = render(event::EnrollmentFailed{kPhone, 35, "silence", 10});
    EXPECT_EQ(failed.at(1),
              "14:05:05.289 |   debug 2:SEP74A02FC0A675:est_client_enroll_csr() Failed! Could not obtain new "
              "certificate. Aborting.");
    EXPECT_EQ(failed.at(4), "14:05:05.289 |   debug 2:SEP74A02FC0A675:Return value from enrollCertUsingEST() : 35");
    EXPECT_EQ(failed.at(7), "14:05:05.289 |   debug 2:SEP74A02FC0A675:Online Cert Signing Failed");
    EXPECT_EQ(failed.at(10), "14:05:05.289 |   debug addded 10 to readset");
}

TEST(Trace, SetOperationStatusOfTheTechNote) {
    const event::OperationEnded event{"SEP74A02FC0A675", Operation::install, OperationResult::success, 3,
                                      Operation::none};
    EXPECT_THAT(
        render(event),
        ElementsAre(
            "14:05:05.289 |-->SetOperationStatus(Success:CAPF_OP_SUCCESS):0",
            "14:05:05.289 |   SetOperationStatus(Success:CAPF_OP_SUCCESS):0 Operation status Value is '0'",
            "14:05:05.289 |-->CAPFDevice::MapCapf_OpStatusToDBLTypeCertificateStatus(OPERATION_UPGRADE, Suc",
            "14:05:05.289 |   CAPFDevice::MapCapf_OpStatusToDBLTypeCertificateStatus(OPERATION_UPGRADE, Suc "
            "=>DbStatus=CERT_STATUS_UPGRADE_SUCCESS",
            "14:05:05.289 |<--CAPFDevice::MapCapf_OpStatusToDBLTypeCertificateStatus(OPERATION_UPGRADE, Suc",
            "14:05:05.289 |   SetOperationStatus(Success:CAPF_OP_SUCCESS):0 Operation status is set to 1",
            "14:05:05.289 |   SetOperationStatus(Success:CAPF_OP_SUCCESS):0 Operation status is set to "
            "Success:CAPF_OP_SUCCESS",
            "14:05:05.289 |   SetOperationStatus(Success:CAPF_OP_SUCCESS):0 sql query - (UPDATE Device SET "
            "tkCertificateOperation=1, tkcertificatestatus='3' WHERE my_lower(name)=my_lower('SEP74A02FC0A675'))",
            "14:05:05.289 |<--SetOperationStatus(Success:CAPF_OP_SUCCESS):0"));
}

TEST(Trace, SelectOfTheTechNote) {
    Device device;
    device.name = "SEP74A02FC0A675";
    device.status = kStatusUpgradeSuccess;
    device.finish_by = "2019:01:20:12:00";
    EXPECT_THAT(
        render(event::DeviceSelected{device, AuthMode::string}),
        ElementsAre("14:05:05.289 |-->Select(SEP74A02FC0A675)",
                    "14:05:05.289 |   Select(SEP74A02FC0A675) device exists",
                    "14:05:05.289 |   Select(SEP74A02FC0A675) BEFORE DB query Authentication Mode=AUTH_BY_STR:1",
                    "14:05:05.289 |   Select(SEP74A02FC0A675) KeySize=KEY_SIZE_2048:3",
                    "14:05:05.289 |   Select(SEP74A02FC0A675) ECKeySize=INVALID:0",
                    "14:05:05.289 |   Select(SEP74A02FC0A675) KeyOrder=KEYORDER_RSA_ONLY:1",
                    "14:05:05.289 |   Select(SEP74A02FC0A675) Operation=OPERATION_NONE:1",
                    "14:05:05.289 |   Select(SEP74A02FC0A675) Operation Status =CERT_STATUS_UPGRADE_SUCCESS:3",
                    "14:05:05.289 |   Select(SEP74A02FC0A675) Authentication Mode=AUTH_BY_NULL_STR:2",
                    "14:05:05.289 |   Select(SEP74A02FC0A675) Operation Should Finish By=2019:01:20:12:00"));
    EXPECT_THAT(render(event::SelectLeft{device.name}), ElementsAre("14:05:05.289 |<--Select(SEP74A02FC0A675)"));
}

TEST(Trace, CertificateReadyOfTheTechNote) {
    const auto lines = render(event::CertificateReady{kPhone, "CAPF_EV_CA_CERT_REP", "CAPF_STATE_AWAIT_CA_CERT_RESP",
                                                      "/tmp/capf/cert/SEP74A02FC0A675.der"});
    EXPECT_EQ(lines.at(1), "14:05:05.289 |   debug 2:SEP74A02FC0A675:CA CERT RES certificate ready .");
    EXPECT_EQ(lines.at(4),
              "14:05:05.289 |   debug 2:SEP74A02FC0A675:CAPF CORE: Rcvd Event: CAPF_EV_CA_CERT_REP in State: "
              "CAPF_STATE_AWAIT_CA_CERT_RESP");
    EXPECT_EQ(lines.at(7), "14:05:05.289 |   debug 2:SEP74A02FC0A675:CAPF got device certificate");
    EXPECT_EQ(lines.at(10), "14:05:05.289 |   debug loadFile('/tmp/capf/cert/SEP74A02FC0A675.der')");
    EXPECT_EQ(lines.at(13),
              "14:05:05.289 |   debug loadFile() successfully loaded file: '/tmp/capf/cert/SEP74A02FC0A675.der'");
    EXPECT_EQ(lines.at(16), "14:05:05.289 |   debug 2:SEP74A02FC0A675:Read certificate for device");
}

TEST(Trace, StartUpOfTheTechNote) {
    const auto lines = render(event::ServiceParametersRead{CertificateIssuer::online, OnlineCaType::microsoft,
                                                           "lab-dc.michamen.com", 443, "CiscoRA", ""});
    EXPECT_EQ(lines.front(), "14:05:05.289 |   CServiceParameters::Init() Certificate Generation Method=OnlineCA:4");
    EXPECT_THAT(lines, ::testing::Contains("14:05:05.289 |   CServiceParameters::OnlineCAInit() Online CA Port : 443"));
    EXPECT_THAT(lines, ::testing::Contains(
                           "14:05:05.289 |   CServiceParameters::OnlineCAInit() Online CA Template is CiscoRA"));
    EXPECT_EQ(render(event::EstClientReady{1367}).at(7),
              "14:05:05.289 |   debug cacert read success. cacert length : 1367");
}

TEST(Trace, PublicKeyIsNamedByItsLength) {
    const auto lines = render(event::PublicKeyStored{kPhone, Bytes(270, 0x30)});
    EXPECT_EQ(lines.at(7), "14:05:05.289 |   debug 2:SEP74A02FC0A675:pubKey length: 270");
}

TEST(Trace, APeerCannotForgeALine) {
    const auto lines = render(event::UnknownDevice{1, "SEP1\n14:05:05.289 |   debug forged"});
    ASSERT_EQ(lines.size(), 3u);
    EXPECT_THAT(lines[1], HasSubstr("SEP1\\x0a14:05"));
}

}  // namespace
}  // namespace opencapf::capf
