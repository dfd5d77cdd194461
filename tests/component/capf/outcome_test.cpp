// SPDX-License-Identifier: Apache-2.0
#include "phone_sim/mic.hpp"
#include "running_capf.hpp"

#include <filesystem>
#include <gmock/gmock.h>

namespace opencapf::capf::test {
namespace {

using phone_sim::Auth;
using phone_sim::Fault;
using phone_sim::Outcome;

/// Every operation, everything that can go wrong with it on the phone's side, and the status it ends with (cucm-capf.md
/// 1.1). 24 and 25 are missing: no operation but an installation asks a CA.
struct Row {
    const char* name;
    const char* operation;
    const char* auth;
    const char* by;
    Fault fault;
    int status;
    bool stays_armed;
};

class Outcomes : public ::testing::TestWithParam<Row> {};

TEST_P(Outcomes, StandInTheDeviceRow) {
    const Row& row = GetParam();
    RunningCapf capf([&row](Config& config) {
        if (row.fault != Fault::no_answer) return;
        config.protocol.store_timeout = config.protocol.key_generation_timeout = net::Duration(300);
    });
    auto phone = capf.phone("SEP1");
    if (std::string_view(row.auth) == "lsc") {
        phone.auth = Auth::lsc;
        capf.give_lsc("SEP1");
    } else if (std::string_view(row.auth) == "mic") {
        phone.auth = Auth::mic;
        capf.give_mic("SEP1", capf.make_factory("another factory"));
    }
    Json more{{"operation", row.operation}, {"auth", row.auth}, {"by", row.by}};
    if (std::string_view(row.auth) == "string") more["string"] = "13579";
    capf.arm("SEP1", std::move(more));
    phone.fault = row.fault;
    phone.fault_after = 1;
    capf.call(phone);
    // A phone that went away is noticed by the server in its own time: stop() waits for the session.
    capf.stop();
    capf.start();
    const auto [operation, status] = capf.outcome("SEP1");
    EXPECT_EQ(status, row.status) << status_text(status);
    EXPECT_EQ(operation != 1, row.stays_armed);
}

constexpr const char* kPast = "2020:01:01:00:00";
INSTANTIATE_TEST_SUITE_P(
    Rows, Outcomes,
    ::testing::Values(Row{"Upgrade", "install", "null", "", Fault::none, 3, false},
                      Row{"DeleteNothing", "delete", "null", "", Fault::none, 7, false},
                      Row{"TroubleshootNothing", "troubleshoot", "null", "", Fault::none, 5, false},
                      // The phone's LSC comes from a CA that capfd does not trust for phones.
                      Row{"UpgradeBadLsc", "install", "lsc", "", Fault::none, 9, true},
                      Row{"DeleteBadLsc", "delete", "lsc", "", Fault::none, 18, true},
                      Row{"TroubleshootBadLsc", "troubleshoot", "lsc", "", Fault::none, 27, true},
                      Row{"UpgradeBadString", "install", "string", "", Fault::none, 10, true},
                      Row{"DeleteBadString", "delete", "string", "", Fault::none, 19, true},
                      Row{"TroubleshootBadString", "troubleshoot", "string", "", Fault::none, 28, true},
                      Row{"UpgradeBadMic", "install", "mic", "", Fault::none, 11, true},
                      Row{"DeleteBadMic", "delete", "mic", "", Fault::none, 20, true},
                      Row{"TroubleshootBadMic", "troubleshoot", "mic", "", Fault::none, 29, true},
                      Row{"UpgradeBadSignature", "install", "lsc", "", Fault::bad_signature, 12, true},
                      Row{"DeleteBadSignature", "delete", "lsc", "", Fault::bad_signature, 21, true},
                      Row{"TroubleshootBadSignature", "troubleshoot", "lsc", "", Fault::bad_signature, 30, true},
                      Row{"UpgradeVanished", "install", "null", "", Fault::disconnect_after, 13, true},
                      Row{"DeleteVanished", "delete", "null", "", Fault::disconnect_after, 22, true},
                      Row{"TroubleshootVanished", "troubleshoot", "null", "", Fault::disconnect_after, 31, true},
                      Row{"UpgradeSilent", "install", "null", "", Fault::no_answer, 14, false},
                      Row{"DeleteSilent", "delete", "null", "", Fault::no_answer, 23, false},
                      Row{"TroubleshootSilent", "troubleshoot", "null", "", Fault::no_answer, 32, false},
                      Row{"UpgradeLate", "install", "null", kPast, Fault::none, 17, false},
                      Row{"DeleteLate", "delete", "null", kPast, Fault::none, 26, false},
                      Row{"TroubleshootLate", "troubleshoot", "null", kPast, Fault::none, 33, false}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(CapfOperations, DeleteTakesTheLscFromPhoneAndRow) {
    RunningCapf capf;
    capf.arm("SEP1");
    ASSERT_EQ(capf.call("SEP1").session.outcome, Outcome::done);
    capf.arm("SEP1", {{"operation", "delete"}});
    const auto result = capf.call("SEP1");
    EXPECT_EQ(result.session.outcome, Outcome::done) << result.session.detail;
    EXPECT_EQ(result.session.end_reason, capf_protocol::Reason::success);
    EXPECT_EQ(capf.outcome("SEP1"), std::pair(1, 4));
    EXPECT_TRUE(capf.device("SEP1")["lsc"].is_null());
    EXPECT_FALSE(std::filesystem::exists(capf.dir.file("phone-SEP1/SEP1.lsc.pem")));
}

TEST(CapfOperations, TroubleshootBringsLscAndMic) {
    RunningCapf capf;
    capf.arm("SEP1");
    const auto installed = capf.call("SEP1");
    ASSERT_EQ(installed.session.outcome, Outcome::done);
    capf.give_mic("SEP1", capf.make_factory("factory"));
    capf.arm("SEP1", {{"operation", "troubleshoot"}});
    const auto result = capf.call("SEP1");
    EXPECT_EQ(result.session.end_reason, capf_protocol::Reason::no_action);
    EXPECT_EQ(capf.outcome("SEP1"), std::pair(1, 5));
    const auto exported = [&capf](const char* what) {
        return capf.admin({{"command", "lsc.export"}, {"name", "SEP1"}, {"what", what}})["pem"].get<std::string>();
    };
    EXPECT_EQ(exported("fetched-lsc"), installed.session.lsc->pem());
    const phone_sim::PhoneStore store(capf.dir.file("phone-SEP1"), "SEP1");
    EXPECT_EQ(exported("fetched-mic"), store.mic()->pem());
    const std::string trace = capf.trace();
    EXPECT_THAT(trace, ::testing::HasSubstr("Fetched the LSC of the phone, written to " + capf.dir.file("spool")));
    EXPECT_THAT(trace, ::testing::HasSubstr("Fetched the MIC of the phone"));
    EXPECT_THAT(trace, ::testing::HasSubstr("Serial: " + installed.session.lsc->serial_hex()));
    EXPECT_TRUE(std::filesystem::exists(capf.dir.file("spool/fetched/SEP1-MIC.pem")));
}

TEST(CapfOperations, WithoutTheInventionsOnlyTheLscIsFetched) {
    RunningCapf capf([](Config& config) { config.signing_phones = {}; });
    capf.give_mic("SEP1", capf.make_factory("factory"));
    capf.arm("SEP1", {{"operation", "troubleshoot"}});
    capf.call("SEP1");
    EXPECT_EQ(capf.outcome("SEP1"), std::pair(1, 5));
    EXPECT_EQ(capf.device("SEP1")["fetched_mic"], false);
    EXPECT_THAT(capf.trace(), ::testing::HasSubstr("CAPF_FETCH_SUCCESS_BUT_NO_CERT"));
}

}  // namespace
}  // namespace opencapf::capf::test
