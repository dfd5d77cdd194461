// SPDX-License-Identifier: Apache-2.0
#include "capf/metrics.hpp"

#include "support/metrics_text.hpp"

#include <gmock/gmock.h>

namespace opencapf::capf {
namespace {

using test::value_of;

TEST(CapfMetrics, TableIsInOrder) { EXPECT_THAT(metrics::problems_of(metric_families()), ::testing::IsEmpty()); }

TEST(CapfMetrics, CountsEveryResultOfEveryOperationUnderItsName) {
    const metrics::Registry registry(metric_families());
    const Metrics metrics(registry);
    const auto count = [&](const std::string& operation, const std::string& result) {
        return value_of(registry.text(),
                        "capfd_operations_total{operation=\"" + operation + "\",result=\"" + result + "\"}");
    };
    metrics.ended(Operation::install, OperationResult::success);
    metrics.ended(Operation::remove, OperationResult::late);
    metrics.ended(Operation::none, SessionEnd::unknown_device);
    metrics.ended(Operation::troubleshoot, SessionEnd::internal_failure);
    EXPECT_EQ(1, count("install", "success"));
    EXPECT_EQ(1, count("remove", "late"));
    EXPECT_EQ(1, count("none", "unknown_device"));
    EXPECT_EQ(1, count("troubleshoot", "internal_failure"));
    EXPECT_EQ(0, count("install", "late"));
    for (const auto* label : {"failed", "bad_auth_string", "ca_communication", "ca_rejected", "nothing_pending"})
        EXPECT_EQ(0, count("install", label));
    metrics.ended(Operation::install, OperationResult::ca_communication);
    EXPECT_EQ(1, count("install", "ca_communication"));
}

TEST(CapfMetrics, ShowsDevicesUnderTheirStatus) {
    const metrics::Registry registry(metric_families());
    const Metrics metrics(registry);
    DeviceFigures figures;
    figures.by_status.resize(35);
    figures.by_status[kStatusUpgradeSuccess] = 40;
    figures.by_status[10] = 2;
    figures.by_status[34] = 1;
    figures.armed = 5;
    figures.lscs = 41;
    figures.expired = 1;
    figures.within_7_days = 2;
    figures.within_30_days = 3;
    figures.within_90_days = 4;
    metrics.show(figures);
    const std::string text = registry.text();
    EXPECT_EQ(40, value_of(text, R"(capfd_devices{status="upgrade_success"})"));
    EXPECT_EQ(2, value_of(text, R"(capfd_devices{status="upgrade_failed_invalid_authentication_string"})"));
    EXPECT_EQ(1, value_of(text, R"(capfd_devices{status="upgrade_failed_no_support_for_ec_only_in_capf_version_3"})"));
    EXPECT_EQ(0, value_of(text, R"(capfd_devices{status="none"})"));
    EXPECT_EQ(5, value_of(text, "capfd_devices_armed"));
    EXPECT_EQ(41, value_of(text, "capfd_lscs"));
    EXPECT_EQ(1, value_of(text, "capfd_lscs_expired"));
    EXPECT_EQ(2, value_of(text, R"(capfd_lscs_expiring{within="7d"})"));
    EXPECT_EQ(3, value_of(text, R"(capfd_lscs_expiring{within="30d"})"));
    EXPECT_EQ(4, value_of(text, R"(capfd_lscs_expiring{within="90d"})"));
}

TEST(CapfMetrics, WithoutARegistryNothingHappens) {
    const Metrics metrics;
    metrics.ended(Operation::install, OperationResult::success);
    metrics.took(Phase::commit, metrics::Seconds(1));
    metrics.show(DeviceFigures());
    metrics.sessions.session_started();
}

}  // namespace
}  // namespace opencapf::capf
