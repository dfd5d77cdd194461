// SPDX-License-Identifier: Apache-2.0
#include "diagnosis/time_index.hpp"

#include <gmock/gmock.h>

namespace opencapf::diagnosis {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr DayTime kMinute = 60'000;

TEST(TimeIndex, FindsWhatLiesInTheWindowInTheOrderOfTheLog) {
    TimeIndex index;
    index.add(10 * kMinute, 2);
    index.add(12 * kMinute, 0);
    index.add(30 * kMinute, 1);
    EXPECT_THAT(index.within(10 * kMinute, 2 * kMinute), ElementsAre(0, 2)) << "both ends count";
    EXPECT_THAT(index.within(13 * kMinute, kMinute), IsEmpty());
    index.add(13 * kMinute, 3);
    EXPECT_THAT(index.within(13 * kMinute, kMinute), ElementsAre(3)) << "what is added later too";
}

TEST(TimeIndex, MidnightIsNoObstacle) {
    TimeIndex index;
    index.add(kDay - 1, 0);
    index.add(1, 1);
    EXPECT_THAT(index.within(kDay - kMinute, 2 * kMinute), ElementsAre(0, 1));
    EXPECT_THAT(index.within(-kMinute, 2 * kMinute), ElementsAre(0, 1)) << "a begin before midnight may be negative";
    EXPECT_THAT(index.within(0, kMinute), ElementsAre(1));
}

}  // namespace
}  // namespace opencapf::diagnosis
