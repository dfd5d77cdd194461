// SPDX-License-Identifier: Apache-2.0
#include "capf/device.hpp"
#include "capf/renewal/plan.hpp"

#include <array>
#include <cstdio>
#include <gtest/gtest.h>

namespace opencapf::capf::renewal {
namespace {

constexpr std::int64_t kDay = 86'400, kYear = 365 * kDay, kFrom = 1'700'000'000;

std::string phone(unsigned number) {
    char name[32];
    std::snprintf(name, sizeof name, "SEP0011AA%06X", number);
    return name;
}

TEST(RenewalSpread, IsTheSameForAName) {
    EXPECT_EQ(spread("SEP001122334455"), spread("sep001122334455"));
    EXPECT_DOUBLE_EQ(spread("SEP001122334455"), 0.6042700356963973) << "it must not differ between versions";
}

// A roll-out of 40,000 phones of one batch: no hundredth of the window may get more than a few per cent too many.
TEST(RenewalSpread, IsEvenForABatchOfPhones) {
    constexpr unsigned kPhones = 40'000, kParts = 100;
    std::array<unsigned, kParts> counts{};
    for (unsigned i = 0; i < kPhones; ++i) {
        const double at = spread(phone(i));
        ASSERT_TRUE(at >= 0 && at < 1) << at;
        ++counts.at(static_cast<std::size_t>(at * kParts));
    }
    double chi_squared = 0;
    for (const auto count : counts) {
        const double expected = double{kPhones} / kParts, off = count - expected;
        chi_squared += off * off / expected;
    }
    EXPECT_LT(chi_squared, 160) << "99 degrees of freedom: more than that has a chance of one in 10,000";
}

TEST(RenewalWindow, IsAPartOfTheValidityOrDays) {
    Settings settings;
    settings.window_percent = 25;
    EXPECT_EQ(window(settings, kFrom, kFrom + 400 * kDay), 100 * kDay);
    settings.window_days = 120;
    EXPECT_EQ(window(settings, kFrom, kFrom + 400 * kDay), 120 * kDay) << "the earlier of both";
    settings.window_days = 300;
    EXPECT_EQ(window(settings, kFrom, kFrom + 400 * kDay), 200 * kDay) << "a fresh LSC must not be due";
    settings.window_days = 0;
    EXPECT_EQ(window(settings, 0, kFrom + kYear), kYear / 4) << "unknown beginning: a year";
}

TEST(RenewalDue, LiesInTheFirstPartOfTheWindow) {
    Settings settings;
    settings.window_percent = 20;
    settings.jitter_percent = 50;
    const std::int64_t until = kFrom + 1000 * kDay;
    for (unsigned i = 0; i < 1000; ++i) {
        const auto due = due_at(settings, phone(i), kFrom, until);
        EXPECT_GE(due, until - 200 * kDay);
        EXPECT_LT(due, until - 100 * kDay);
    }
    settings.jitter_percent = 0;
    EXPECT_EQ(due_at(settings, "SEP1", kFrom, until), until - 200 * kDay);
}

Subject subject(const std::string& name, int failures = 0) {
    Subject s;
    s.device = name;
    s.valid_from = kFrom;
    s.valid_until = kFrom + kYear;
    s.failures = failures;
    return s;
}

TEST(RenewalDue, AnExpiredLscIsDueUnlessItHasToProveThePhone) {
    Settings settings;
    const Subject one = subject("SEP1");
    EXPECT_FALSE(is_due(settings, one, kFrom + kDay));
    EXPECT_TRUE(is_due(settings, one, kFrom + kYear - 1));
    EXPECT_FALSE(is_due(settings, one, kFrom + kYear));
    for (const auto auth : {AuthMode::null_string, AuthMode::existing_mic}) {
        settings.auth = auth;
        EXPECT_TRUE(is_due(settings, one, kFrom + kYear));
        EXPECT_TRUE(is_due(settings, one, kFrom + 2 * kYear));
    }
}

TEST(RenewalDue, NotWhilePendingExcludedOrPausing) {
    const Settings settings;
    const std::int64_t late = kFrom + kYear - kDay;
    Subject one = subject("SEP1");
    one.pending = true;
    EXPECT_FALSE(is_due(settings, one, late));
    one = subject("SEP1");
    one.excluded = true;
    EXPECT_FALSE(is_due(settings, one, late));
    one = subject("SEP1");
    one.next_try = late + 1;
    EXPECT_FALSE(is_due(settings, one, late));
    EXPECT_TRUE(is_due(settings, one, late + 1));
}

TEST(RenewalOrder, FewerFailuresComeFirst) {
    std::vector<Subject> subjects{subject("SEP1", 2), subject("SEP2"), subject("SEP3", 1), subject("SEP4")};
    EXPECT_FALSE(keep_first(subjects, 4));
    EXPECT_TRUE(keep_first(subjects, 3));
    std::string names;
    for (const auto& one : subjects) names += one.device;
    EXPECT_EQ(names, "SEP2SEP4SEP3");
    EXPECT_TRUE(keep_first(subjects, 0));
    EXPECT_TRUE(subjects.empty());
}

TEST(RenewalGain, IsALaterEnd) {
    EXPECT_TRUE(gained_nothing(kFrom + kYear, kFrom, kFrom + kYear));
    EXPECT_TRUE(gained_nothing(kFrom + kYear, kFrom, kFrom + kYear + kDay)) << "less than a hundredth, not over a day";
    EXPECT_FALSE(gained_nothing(kFrom + kYear, kFrom, kFrom + kYear + kDay + 1));
    EXPECT_FALSE(gained_nothing(kFrom + 30, kFrom, kFrom + 60)) << "LSCs of a minute, in a lab";
    EXPECT_TRUE(gained_nothing(kFrom, 0, kFrom)) << "unknown beginning";
    EXPECT_FALSE(gained_nothing(kFrom, 0, kFrom + 1));
}

TEST(RenewalRetry, PauseDoublesUpToItsMaximum) {
    Settings settings;
    settings.retry_pause = std::chrono::seconds(100);
    settings.retry_pause_max = std::chrono::seconds(350);
    const auto pause = [&](int failures) { return next_try(settings, failures, kFrom, kFrom + kYear) - kFrom; };
    EXPECT_EQ(pause(1), 100);
    EXPECT_EQ(pause(2), 200);
    EXPECT_EQ(pause(3), 350);
    EXPECT_EQ(pause(1'000'000), 350);
}

TEST(RenewalRetry, ComesBeforeTheEnd) {
    Settings settings;
    settings.retry_pause = std::chrono::seconds(1000);
    EXPECT_EQ(next_try(settings, 1, kFrom, kFrom + 400) - kFrom, 100);
    EXPECT_GT(next_try(settings, 1, kFrom, kFrom + 1), kFrom);
}

TEST(RenewalDeadline, IsRoundedUpToAMinute) {
    Settings settings;
    settings.deadline = std::chrono::seconds(60);
    const auto now = std::chrono::system_clock::from_time_t(kFrom + 1);
    const auto deadline = parse_finish_time(finish_by(settings, now));
    ASSERT_TRUE(deadline);
    EXPECT_GE(*deadline, now + std::chrono::seconds(60));
    EXPECT_LT(*deadline, now + std::chrono::seconds(120));
}

}  // namespace
}  // namespace opencapf::capf::renewal
