// SPDX-License-Identifier: Apache-2.0
#include "diagnosis/clock_offset.hpp"

#include <gtest/gtest.h>

namespace opencapf::diagnosis {
namespace {

constexpr DayTime kHour = 3'600'000;

/// A message there that took `there` milliseconds and one back, with a clock that is `ahead`.
ClockOffset round_trip(DayTime at, DayTime ahead, DayTime there, DayTime back) {
    const auto wrapped = [](DayTime time) { return since(0, time); };
    ClockOffset offset;
    offset.capf_first(wrapped(at), wrapped(at + there + ahead));
    offset.other_first(wrapped(at + 100 + ahead), wrapped(at + 100 + back));
    return offset;
}

TEST(ClockOffset, AgreesWhenNothingSpeaksAgainstIt) {
    EXPECT_EQ(round_trip(kHour, 0, 5, 5).ahead(), 0);
    EXPECT_EQ(round_trip(kHour, 3, 10, 10).ahead(), 0) << "three milliseconds cannot be told from a slow network";
    EXPECT_EQ(round_trip(kHour, 0, 0, 0).ahead(), 0);
    EXPECT_FALSE(ClockOffset().ahead()) << "nothing is known";
}

TEST(ClockOffset, IsTheMiddleOfWhatIsPossible) {
    const auto offset = round_trip(kHour, 5000, 10, 10);
    EXPECT_EQ(offset.ahead(), 5000);
    EXPECT_EQ(offset.lowest(), 4989) << "a time may be cut by a millisecond";
    EXPECT_EQ(offset.highest(), 5011);
    EXPECT_EQ(round_trip(kHour, -70'000, 10, 10).ahead(), -70'000);
}

TEST(ClockOffset, PrefersATimeZoneToTheMiddle) {
    EXPECT_EQ(round_trip(kHour, 2 * kHour + 7, 20, 20).ahead(), 2 * kHour);
    EXPECT_EQ(round_trip(kHour, -kHour / 4 - 7, 20, 20).ahead(), -kHour / 4);
    EXPECT_EQ(round_trip(kHour, 2 * kHour + 7, 5, 5).ahead(), 2 * kHour + 7) << "the network is not that slow";
}

TEST(ClockOffset, EachMessageNarrowsIt) {
    auto offset = round_trip(kHour, 5000, 400, 10);
    offset.capf_first(kHour + 1000, kHour + 6010);
    EXPECT_EQ(offset.ahead(), 5000);
}

TEST(ClockOffset, HoursAndMidnightAreNoObstacle) {
    for (const DayTime zone : {-11 * kHour, -5 * kHour, 5 * kHour + kHour / 2, 11 * kHour}) {
        EXPECT_EQ(round_trip(kHour, zone, 10, 10).ahead(), zone);
        EXPECT_EQ(round_trip(kDay - 50, zone, 10, 10).ahead(), zone) << "the call runs into the next day";
    }
    const auto far = round_trip(kHour, kDay / 2, 10, 10);
    ASSERT_TRUE(far.ahead()) << "differences on both sides of the day's end";
    EXPECT_EQ(since(0, *far.ahead()), kDay / 2);
}

TEST(ClockOffset, OneBoundIsBetterThanNone) {
    ClockOffset late;
    late.capf_first(kHour, kHour + 50);
    EXPECT_EQ(late.ahead(), 0);
    ClockOffset early;
    early.capf_first(kHour, kHour - 5000);
    EXPECT_EQ(early.ahead(), -5000);
    ClockOffset other;
    other.other_first(kHour + 5000, kHour);
    EXPECT_EQ(other.ahead(), 5000);
}

TEST(ClockOffset, SaysWhenNoOffsetFits) {
    auto offset = round_trip(kHour, 5000, 10, 10);
    EXPECT_FALSE(offset.contradictory());
    offset.other_first(kHour + 17'000, kHour + 10'000);
    EXPECT_TRUE(offset.contradictory());
    EXPECT_FALSE(offset.ahead());
    EXPECT_TRUE(offset.lowest() && offset.highest()) << "to show why";
}

}  // namespace
}  // namespace opencapf::diagnosis
