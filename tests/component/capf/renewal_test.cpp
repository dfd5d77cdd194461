// SPDX-License-Identifier: Apache-2.0
#include "running_capf.hpp"
#include "support/metrics_text.hpp"

#include <gmock/gmock.h>
#include <thread>

namespace opencapf::capf::test {
namespace {

using opencapf::test::ask_metrics;
using opencapf::test::metrics_once;
using opencapf::test::value_of;
using ::testing::HasSubstr;

// The monitor works by itself: a condition and a deadline instead of a guess at its duration.
bool eventually(const std::function<bool()>& holds) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!holds()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return true;
}

void fast(Config& config) {
    config.renewal.enabled = true;
    config.renewal.interval = std::chrono::milliseconds(100);
    config.renewal.auth = AuthMode::null_string;
    config.renewal.jitter_percent = 0;
    config.renewal.sweep_grace = std::chrono::milliseconds(0);
    config.renewal.retry_pause = std::chrono::milliseconds(100);
}

void short_lived(Config& config) {
    fast(config);
    let_capf_sign(config);
    config.service.lab_validity = std::chrono::seconds(4);
    config.renewal.window_percent = 50;
}

Json renewal(RunningCapf& capf, const std::string& name) {
    const Json answer = capf.admin({{"command", "renewal.list"}});
    for (const auto& row : answer.at("renewals"))
        if (row["name"] == name) return row;
    return nullptr;
}

std::vector<std::string> alarms(RunningCapf& capf, bool cleared = false) {
    std::vector<std::string> found;
    const Json answer = capf.admin({{"command", "alarm.list"}, {"cleared", cleared}});
    for (const auto& row : answer.at("alarms"))
        found.push_back(row["name"].get<std::string>() + ' ' + row["alarm"].get<std::string>());
    return found;
}

bool renew_now(RunningCapf& capf, const std::string& name) {
    return capf.admin({{"command", "renewal.now"}, {"names", {name}}})["ok"].get<bool>();
}

TEST(CapfRenewal, RenewsBeforeTheEndAndSurvivesARestartInTheMiddle) {
    RunningCapf capf(short_lived);
    capf.arm("SEP1");
    ASSERT_EQ(capf.call("SEP1").session.outcome, phone_sim::Outcome::done);
    const auto first = capf.device("SEP1")["lsc"];
    EXPECT_EQ(capf.outcome("SEP1"), std::pair(1, 3)) << "a fresh LSC is not due";
    ASSERT_TRUE(eventually([&] { return capf.outcome("SEP1") == std::pair(2, 2); }));
    EXPECT_LT(unix_seconds(std::chrono::system_clock::now()), first["valid_until"].get<std::int64_t>());
    EXPECT_EQ(capf.device("SEP1")["lsc"], first) << "it stays until there is another";
    capf.stop();
    capf.start();
    EXPECT_EQ(renewal(capf, "SEP1")["armed"], true);
    ASSERT_EQ(capf.call("SEP1").session.outcome, phone_sim::Outcome::done);
    EXPECT_NE(capf.device("SEP1")["lsc"]["serial"], first["serial"]);
    EXPECT_TRUE(eventually([&] { return renewal(capf, "SEP1")["renewed"] == 1; }));
    const auto* renewed = R"(capfd_renewals_total{result="renewed"})";
    EXPECT_EQ(1, value_of(metrics_once(capf.metrics_port(), renewed, 1), renewed));
    EXPECT_THAT(capf.trace(), HasSubstr("Renewal of SEP1 is due"));
}

TEST(CapfRenewal, AnExcludedDeviceExpiresWithAnAlarm) {
    RunningCapf capf(short_lived);
    capf.arm("SEP1");
    ASSERT_EQ(capf.call("SEP1").session.outcome, phone_sim::Outcome::done);
    ASSERT_EQ(capf.admin({{"command", "renewal.exclude"}, {"names", {"SEP1"}}})["ok"], true);
    ASSERT_TRUE(eventually([&] { return alarms(capf) == std::vector<std::string>{"SEP1 lsc_expired"}; }));
    EXPECT_EQ(capf.outcome("SEP1"), std::pair(1, 3));
    EXPECT_THAT(alarms(capf, true), ::testing::Contains("SEP1 lsc_expiring"));
    EXPECT_TRUE(eventually(
        [&] { return value_of(ask_metrics(capf.metrics_port()), R"(capfd_alarms{kind="lsc_expired"})") == 1; }));
    EXPECT_TRUE(eventually([&] { return capf.trace().find("ALARM lsc_expired: SEP1") != std::string::npos; }));
}

TEST(CapfRenewal, AFailedRenewalLeavesTheLscAndIsCountedUntilOneSucceeds) {
    const auto change = [](Config& config) {
        fast(config);
        config.renewal.alarm_failures = 2;
    };
    RunningCapf capf(change);
    capf.arm("SEP1");
    ASSERT_EQ(capf.call("SEP1").session.outcome, phone_sim::Outcome::done);
    const auto first = capf.device("SEP1")["lsc"];
    ASSERT_FALSE(first.is_null());
    capf.script([](EstScript& s) { s.status = 503; });
    for (int i = 1; i <= 2; ++i) {
        ASSERT_TRUE(renew_now(capf, "SEP1"));
        EXPECT_NE(capf.call("SEP1").session.outcome, phone_sim::Outcome::done);
        ASSERT_TRUE(eventually([&] { return renewal(capf, "SEP1")["failures"] == i; }));
        EXPECT_EQ(capf.device("SEP1")["lsc"], first);
    }
    EXPECT_TRUE(eventually([&] { return alarms(capf) == std::vector<std::string>{"SEP1 renewal_failing"}; }));
    EXPECT_TRUE(eventually([&] {
        return capf.admin({{"command", "daemon.status"}}).dump().find("1 LSC renewal failing") != std::string::npos;
    }));
    capf.script([](EstScript& s) { s.status = 200; });
    ASSERT_TRUE(renew_now(capf, "SEP1"));
    EXPECT_EQ(capf.call("SEP1").session.outcome, phone_sim::Outcome::done);
    EXPECT_TRUE(eventually([&] { return alarms(capf).empty(); }));
    EXPECT_EQ(renewal(capf, "SEP1")["failures"], 0);
}

TEST(CapfRenewal, AnOperationNoPhoneCameForEndsAtItsDeadline) {
    RunningCapf capf(fast);
    capf.arm("SEP1", {{"by", "2020:01:01:00:00"}});
    EXPECT_TRUE(eventually([&] { return capf.outcome("SEP1") == std::pair(1, 17); }));
    EXPECT_TRUE(eventually([&] { return capf.trace().find("CAPF_OP_FAIL_LATE_REQUEST") != std::string::npos; }));
    const auto* swept = "capfd_operations_swept_total";
    EXPECT_EQ(1, value_of(metrics_once(capf.metrics_port(), swept, 1), swept));
}

}  // namespace
}  // namespace opencapf::capf::test
