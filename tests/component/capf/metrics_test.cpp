// SPDX-License-Identifier: Apache-2.0
#include "running_capf.hpp"
#include "support/metrics_text.hpp"

#include <gmock/gmock.h>

namespace opencapf::capf::test {
namespace {

using opencapf::test::ask_metrics;
using opencapf::test::value_of;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

double operations(const std::string& text, const std::string& operation, const std::string& result) {
    return value_of(text, "capfd_operations_total{operation=\"" + operation + "\",result=\"" + result + "\"}");
}

TEST(CapfMetricsServed, CountAnEnrolmentAndItsPhases) {
    RunningCapf capf;
    capf.arm("SEP1");
    ASSERT_EQ(capf.call("SEP1").session.outcome, phone_sim::Outcome::done);
    const std::string text = ask_metrics(capf.metrics_port());
    EXPECT_EQ(1, operations(text, "install", "success"));
    for (const auto* phase : {"auth", "key", "sign", "wait", "ca", "store", "commit"})
        EXPECT_EQ(1, value_of(text, std::string("capfd_enrolment_phase_seconds_count{phase=\"") + phase + "\"}"))
            << phase;
    EXPECT_EQ(1, value_of(text, "capfd_enrolment_seconds_count"));
    EXPECT_EQ(1, value_of(text, "capfd_lscs"));
    EXPECT_EQ(1, value_of(text, R"(capfd_devices{status="upgrade_success"})"));
    EXPECT_EQ(0, value_of(text, "capfd_devices_armed"));
    EXPECT_EQ(1, value_of(text, "capfd_est_up"));
    EXPECT_EQ(0, value_of(text, "capfd_enrolments_waiting"));
    EXPECT_EQ(0, value_of(text, "capfd_enrolments_at_est"));
}

TEST(CapfMetricsServed, TellHowEachFailureEnded) {
    RunningCapf capf;
    const auto fails = [&](const std::string& name, const std::string& result) {
        EXPECT_NE(capf.call(name).session.outcome, phone_sim::Outcome::done);
        return operations(ask_metrics(capf.metrics_port()), "install", result);
    };
    for (const auto* name : {"SEP1", "SEP2", "SEP3"}) capf.arm(name);
    capf.script([](EstScript& s) { s.status = 401; });
    EXPECT_EQ(1, fails("SEP1", "ca_rejected"));
    capf.script([](EstScript& s) { s.status = 503; });
    EXPECT_EQ(1, fails("SEP2", "ca_communication"));
    EXPECT_EQ(1, value_of(ask_metrics(capf.metrics_port()), "capfd_est_up")) << "503 is an answer";
    capf.script([](EstScript& s) {
        s.status = 200;
        s.wrong_key = true;
    });
    EXPECT_EQ(1, fails("SEP3", "failed"));
    EXPECT_NE(capf.call("SEP4").session.outcome, phone_sim::Outcome::done);
    const std::string text = ask_metrics(capf.metrics_port());
    EXPECT_EQ(1, operations(text, "none", "unknown_device"));
    EXPECT_EQ(0, operations(text, "install", "success"));
    EXPECT_EQ(3, value_of(text, R"(capfd_enrolment_phase_seconds_count{phase="ca"})"));
    EXPECT_EQ(0, value_of(text, R"(capfd_enrolment_phase_seconds_count{phase="commit"})"));
    EXPECT_EQ(4, value_of(text, "capfd_sessions_total"));
}

TEST(CapfMetricsServed, ReadyOnlyWithAnEstServer) {
    RunningCapf capf;
    EXPECT_THAT(ask_metrics(capf.metrics_port(), "/readyz"), StartsWith("HTTP/1.1 200 ")) << "it asked by itself";
    EXPECT_EQ(1, value_of(ask_metrics(capf.metrics_port()), "capfd_est_up"));
    capf.stop();
    capf.stop_est();
    capf.start();
    EXPECT_THAT(ask_metrics(capf.metrics_port(), "/readyz"),
                AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr("the EST server localhost:")));
    EXPECT_THAT(ask_metrics(capf.metrics_port(), "/healthz"), StartsWith("HTTP/1.1 200 "));
    EXPECT_EQ(0, value_of(ask_metrics(capf.metrics_port()), "capfd_ready"));
}

TEST(CapfMetricsServed, NothingIsServedWhenSwitchedOff) {
    RunningCapf capf([](Config& config) { config.metrics.enabled = false; });
    EXPECT_EQ(0, capf.metrics_port());
    capf.arm("SEP1");
    EXPECT_EQ(capf.call("SEP1").session.outcome, phone_sim::Outcome::done);
}

}  // namespace
}  // namespace opencapf::capf::test
