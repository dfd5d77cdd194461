// SPDX-License-Identifier: Apache-2.0
#include "capf/bulk/job.hpp"

#include <gtest/gtest.h>

namespace opencapf::capf::bulk {
namespace {

// A moment of a day in January, local time.
WallTime at(const std::string& hour_minute) { return parse_finish_time("2027:01:15:" + hour_minute).value(); }

TEST(BulkWindow, MayCrossMidnight) {
    const auto night = parse_window("22:00-05:30").value();
    EXPECT_TRUE(is_open(night, at("22:00")));
    EXPECT_TRUE(is_open(night, at("00:00")));
    EXPECT_TRUE(is_open(night, at("05:29")));
    EXPECT_FALSE(is_open(night, at("05:30")));
    EXPECT_FALSE(is_open(night, at("21:59")));
    const auto day = parse_window("08:00-12:00").value();
    EXPECT_TRUE(is_open(day, at("08:00")));
    EXPECT_FALSE(is_open(day, at("12:00")));
    EXPECT_FALSE(is_open(day, at("07:59")));
    EXPECT_TRUE(is_open(DailyWindow{}, at("03:00"))) << "the whole day";
    const auto evening = parse_window("18:00-24:00").value();
    EXPECT_TRUE(is_open(evening, at("23:59")));
    EXPECT_FALSE(is_open(evening, at("00:00")));
}

TEST(BulkWindow, IsReadStrictly) {
    EXPECT_EQ(to_string(parse_window("22:00-05:30").value()), "22:00-05:30");
    for (const auto* text : {"", "22-05", "22:00-5:30", "25:00-05:00", "22:60-05:00", "22:00 05:00", "24:00-05:00",
                             "22:00-05:00 ", "2a:00-05:00"})
        EXPECT_FALSE(parse_window(text)) << text;
}

TEST(BulkBudget, IsWhatBothLimitsLeave) {
    Throttle throttle;
    throttle.max_concurrent = 10;
    EXPECT_EQ(budget(throttle, 4, 1000), 6U);
    EXPECT_EQ(budget(throttle, 11, 0), 0U);
    throttle.per_minute = 5;
    EXPECT_EQ(budget(throttle, 0, 2), 3U);
    EXPECT_EQ(budget(throttle, 9, 2), 1U);
    EXPECT_EQ(budget(throttle, 0, 7), 0U);
}

TEST(BulkEta, FollowsThePaceAndTheLimit) {
    Job job;
    job.started = 1000;
    job.progress = {90, 0, 0, 0};
    EXPECT_FALSE(seconds_left(job, 1010)) << "nothing has ended yet";
    job.progress = {80, 10, 8, 2};
    EXPECT_EQ(seconds_left(job, 1010), 90);
    job.throttle.per_minute = 10;
    EXPECT_EQ(seconds_left(job, 1010), 480);
    job.progress = {0, 0, 98, 2};
    EXPECT_EQ(seconds_left(job, 1010), 0);
}

}  // namespace
}  // namespace opencapf::capf::bulk
