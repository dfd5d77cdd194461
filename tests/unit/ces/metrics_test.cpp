// SPDX-License-Identifier: Apache-2.0
#include "ces/metrics.hpp"

#include "support/metrics_text.hpp"

#include <gmock/gmock.h>

namespace opencapf::ces {
namespace {

using test::value_of;

TEST(CesMetrics, TableIsInOrder) { EXPECT_THAT(metrics::problems_of(metric_families()), ::testing::IsEmpty()); }

TEST(CesMetrics, CountsRequestsByOperationAndStatus) {
    const metrics::Registry registry(metric_families());
    const Metrics metrics(registry);
    metrics.answered(EstOperation::enroll, 200);
    metrics.answered(EstOperation::csrattrs, 204);
    metrics.answered(EstOperation::other, 500);
    metrics.answered(EstOperation::other, 299);  // never sent; must not vanish
    const std::string text = registry.text();
    EXPECT_EQ(1, value_of(text, R"(cesd_requests_total{operation="simpleenroll",status="200"})"));
    EXPECT_EQ(1, value_of(text, R"(cesd_requests_total{operation="csrattrs",status="204"})"));
    EXPECT_EQ(2, value_of(text, R"(cesd_requests_total{operation="other",status="500"})"));
}

TEST(CesMetrics, CountsAndTimesTheStepsAtTheCa) {
    const metrics::Registry registry(metric_families());
    const Metrics metrics(registry);
    const Error timeout{Errc::timeout, ""}, strange{Errc::io, ""};
    metrics.asked(CaStep::login, metrics::Seconds(0.02), nullptr);
    metrics.asked(CaStep::submit, metrics::Seconds(10), &timeout);
    metrics.asked(CaStep::chain, metrics::Seconds(1), &strange);
    const std::string text = registry.text();
    EXPECT_EQ(1, value_of(text, R"(cesd_ca_steps_total{step="login",result="success"})"));
    EXPECT_EQ(1, value_of(text, R"(cesd_ca_steps_total{step="submit",result="timeout"})"));
    EXPECT_EQ(1, value_of(text, R"(cesd_ca_steps_total{step="chain",result="protocol"})"));
    EXPECT_EQ(1, value_of(text, R"(cesd_ca_step_seconds_bucket{step="login",le="0.025"})"));
    EXPECT_EQ(0, value_of(text, R"(cesd_ca_step_seconds_bucket{step="submit",le="5"})"));
    EXPECT_EQ(10, value_of(text, R"(cesd_ca_step_seconds_sum{step="submit"})"));
}

TEST(CesMetrics, ARefusalIsAnAnswerOfTheCa) {
    const auto answered = [](Errc code) {
        const Error error{code, ""};
        return ca_answered(&error);
    };
    EXPECT_TRUE(ca_answered(nullptr));
    for (const Errc code : {Errc::unauthorized, Errc::rejected, Errc::protocol, Errc::pending})
        EXPECT_TRUE(answered(code)) << to_string(code);
    for (const Errc code : {Errc::timeout, Errc::unreachable, Errc::tls, Errc::unavailable})
        EXPECT_FALSE(answered(code)) << to_string(code);
}

}  // namespace
}  // namespace opencapf::ces
