// SPDX-License-Identifier: Apache-2.0
#include "phone_sim/lsc_watch.hpp"

#include "support/pki.hpp"

#include <gtest/gtest.h>

namespace opencapf::phone_sim {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

/// Valid from yesterday for `days` days.
x509::Certificate lsc(int days) { return test::make_self_signed({.common_name = "SEP1", .days = days}).certificate; }

class Watch : public ::testing::Test {
protected:
    WallTime now = std::chrono::system_clock::now();
    LscWatch watch;
};

TEST_F(Watch, BeforeTheFirstLscNothingIsMissing) {
    watch.begin(std::nullopt, now);
    watch.finish(now + hours(1000));
    EXPECT_EQ(watch.longest_gap().count(), 0);
    EXPECT_FALSE(watch.valid_at_end());
    EXPECT_EQ(watch.installs(), 0U);
}

TEST_F(Watch, ARenewalInTimeLeavesNoGap) {
    watch.installed(lsc(2), now);
    watch.installed(lsc(3), now + hours(23));
    watch.finish(now + hours(40));
    EXPECT_EQ(watch.longest_gap().count(), 0);
    EXPECT_TRUE(watch.valid_at_end());
    EXPECT_EQ(watch.installs(), 2U);
}

TEST_F(Watch, ARenewalTooLateLeavesTheTimeBetween) {
    const auto first = lsc(2);
    watch.installed(first, now);
    watch.installed(lsc(5), first.not_after() + seconds(31));
    watch.finish(first.not_after() + hours(1));
    EXPECT_DOUBLE_EQ(watch.longest_gap().count(), 30) << "the named second still counts";
    EXPECT_TRUE(watch.valid_at_end());
}

TEST_F(Watch, AnLscThatExpiresAndIsNotRenewed) {
    const auto first = lsc(2);
    watch.installed(first, now);
    watch.finish(first.not_after() + seconds(11));
    EXPECT_DOUBLE_EQ(watch.longest_gap().count(), 10);
    EXPECT_FALSE(watch.valid_at_end());
}

TEST_F(Watch, ADeletedLscIsMissingUntilTheNext) {
    watch.installed(lsc(5), now);
    watch.removed(now + seconds(100));
    watch.installed(lsc(5), now + seconds(160));
    watch.finish(now + seconds(200));
    EXPECT_DOUBLE_EQ(watch.longest_gap().count(), 60);
    EXPECT_TRUE(watch.valid_at_end());
}

TEST_F(Watch, WhatThePhoneHadBeforeCountsOnlyWhileItIsValid) {
    const auto old = lsc(2);
    watch.begin(old, now);
    watch.finish(old.not_after() + seconds(2));
    EXPECT_DOUBLE_EQ(watch.longest_gap().count(), 1);
    LscWatch late;
    late.begin(old, old.not_after() + hours(1));
    late.finish(old.not_after() + hours(2));
    EXPECT_EQ(late.longest_gap().count(), 0);
}

TEST_F(Watch, AnLscThatIsValidLaterOnlyReplacedTheOldOne) {
    const auto future = test::make_self_signed({.common_name = "SEP1", .days_from = 1, .days = 2}).certificate;
    watch.installed(future, now);
    EXPECT_GT(watch.longest_gap(), hours(23));
}

}  // namespace
}  // namespace opencapf::phone_sim
