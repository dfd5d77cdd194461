// SPDX-License-Identifier: Apache-2.0
#include "phone_sim/members.hpp"

#include <gtest/gtest.h>

namespace opencapf::phone_sim {
namespace {

TEST(FleetNames, CountFromOneInHex) {
    const auto names = fleet_names("SEP", 17);
    ASSERT_EQ(names.size(), 17U);
    EXPECT_EQ(names.front(), "SEP000000000001");
    EXPECT_EQ(names[9], "SEP00000000000A");
    EXPECT_EQ(names.back(), "SEP000000000011");
}

TEST(FleetArrival, ByRateOrSpreadOrAtOnce) {
    using std::chrono::milliseconds;
    FleetOptions options;
    options.count = 4;
    EXPECT_EQ(arrival(options, 3, std::nullopt), milliseconds(0));
    EXPECT_EQ(arrival(options, 3, net::Duration(1000)), milliseconds(750));
    options.rate = 2;
    EXPECT_EQ(arrival(options, 3, net::Duration(1000)), milliseconds(1500));
    options.rate = 1e-12;
    EXPECT_GT(arrival(options, 999'999, std::nullopt), std::chrono::hours(24 * 365));
}

TEST(FleetResult, PercentilesAreNearestRankOfTheSuccessful) {
    FleetResult result;
    for (int i = 1; i <= 100; ++i) {
        PhoneResult phone;
        phone.session.outcome = Outcome::done;
        phone.latency_ms = i;
        result.phones.push_back(phone);
    }
    PhoneResult failed;
    failed.latency_ms = 1e6;
    result.phones.push_back(failed);
    result.wall_s = 4;
    EXPECT_EQ(result.failed(), 1U);
    EXPECT_DOUBLE_EQ(result.percentile_ms(0.5), 50);
    EXPECT_DOUBLE_EQ(result.percentile_ms(0.99), 99);
    EXPECT_DOUBLE_EQ(result.percentile_ms(1), 100);
    EXPECT_DOUBLE_EQ(result.enrolments_per_s(), 25);
    EXPECT_DOUBLE_EQ(FleetResult().percentile_ms(0.5), 0);
    EXPECT_DOUBLE_EQ(FleetResult().enrolments_per_s(), 0);
}

}  // namespace
}  // namespace opencapf::phone_sim
