// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/auth/lockout.hpp"

#include "ca_sim/auth/accounts.hpp"

#include <atomic>
#include <gtest/gtest.h>
#include <thread>

namespace opencapf::ca_sim {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using Verdict = Lockout::Verdict;

class LockoutTest : public ::testing::Test {
protected:
    LockoutTest() { lockout_->set_policy({3, minutes(30), minutes(10)}); }

    void fail(int times, const char* account = "ciscora") {
        for (int i = 0; i < times; ++i) lockout_->attempt(account, false);
    }

    WallTime now_{std::chrono::hours(24 * 365 * 50)};
    std::shared_ptr<Lockout> lockout_ = std::make_shared<Lockout>([this] { return now_; });
};

TEST_F(LockoutTest, TheThresholdLocksEvenTheRightPasswordOut) {
    EXPECT_EQ(lockout_->attempt("ciscora", false), Verdict::wrong);
    EXPECT_EQ(lockout_->attempt("CISCORA", false), Verdict::wrong);
    EXPECT_FALSE(lockout_->locked("ciscora"));
    EXPECT_EQ(lockout_->state("ciscora").failures, 2U);
    EXPECT_EQ(lockout_->attempt("ciscora", false), Verdict::wrong);  // the third is still judged by its password
    EXPECT_TRUE(lockout_->locked("CiscoRA"));
    EXPECT_EQ(lockout_->attempt("ciscora", true), Verdict::locked);
    EXPECT_EQ(lockout_->attempt("ciscora", false), Verdict::locked);
    EXPECT_EQ(lockout_->attempt("other", true), Verdict::pass);
    EXPECT_EQ(lockout_->state("ciscora").until, now_ + minutes(30));
}

TEST_F(LockoutTest, ALockRunsOutAndLeavesACleanSheet) {
    fail(3);
    now_ += minutes(30) - seconds(1);
    EXPECT_EQ(lockout_->attempt("ciscora", true), Verdict::locked);
    now_ += seconds(1);
    EXPECT_FALSE(lockout_->locked("ciscora"));
    EXPECT_EQ(lockout_->state("ciscora").failures, 0U);
    fail(2);
    EXPECT_FALSE(lockout_->locked("ciscora"));
    EXPECT_EQ(lockout_->attempt("ciscora", true), Verdict::pass);
}

TEST_F(LockoutTest, TriesWhileLockedDoNotProlongIt) {
    fail(3);
    now_ += minutes(29);
    fail(10);
    now_ += minutes(1);
    EXPECT_EQ(lockout_->attempt("ciscora", true), Verdict::pass);
}

TEST_F(LockoutTest, ASuccessAndAPauseForgetWhatWasCounted) {
    fail(2);
    EXPECT_EQ(lockout_->attempt("ciscora", true), Verdict::pass);
    fail(2);
    EXPECT_FALSE(lockout_->locked("ciscora"));
    now_ += minutes(10);
    fail(2);
    EXPECT_FALSE(lockout_->locked("ciscora"));
    now_ += minutes(10) - seconds(1);
    fail(1);
    EXPECT_TRUE(lockout_->locked("ciscora"));
}

TEST_F(LockoutTest, WithoutDurationOnlyAnAdministratorUnlocks) {
    lockout_->set_policy({1, seconds(0), minutes(10)});
    fail(1);
    now_ += std::chrono::hours(10'000);
    EXPECT_TRUE(lockout_->locked("ciscora"));
    EXPECT_EQ(lockout_->state("ciscora").until, std::nullopt);
    EXPECT_TRUE(lockout_->unlock("CISCORA"));
    EXPECT_FALSE(lockout_->unlock("ciscora"));
    EXPECT_EQ(lockout_->attempt("ciscora", true), Verdict::pass);
}

TEST_F(LockoutTest, LockingByHandHoldsWithoutAnyPolicy) {
    lockout_->set_policy({});
    fail(100);
    EXPECT_FALSE(lockout_->locked("ciscora"));
    lockout_->lock("ciscora");
    now_ += std::chrono::hours(10'000);
    EXPECT_EQ(lockout_->attempt("ciscora", true), Verdict::locked);
    EXPECT_TRUE(lockout_->unlock("ciscora"));
    EXPECT_FALSE(lockout_->locked("ciscora"));
}

TEST_F(LockoutTest, ReloadKeepsAccountsThatStay) {
    fail(2, "stays");
    fail(3, "goes");
    lockout_->retain({"STAYS", "new"});
    EXPECT_EQ(lockout_->state("stays").failures, 2U);
    EXPECT_FALSE(lockout_->locked("goes"));
    lockout_->set_policy({2, minutes(1), minutes(10)});
    fail(1, "stays");
    EXPECT_TRUE(lockout_->locked("stays"));
}

TEST_F(LockoutTest, ParallelTriesCannotExceedTheThreshold) {
    lockout_->set_policy({10, minutes(30), minutes(10)});
    std::atomic<int> judged{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (int n = 0; n < 100; ++n) judged += lockout_->attempt("ciscora", false) == Verdict::wrong ? 1 : 0;
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(judged, 10);
}

TEST_F(LockoutTest, AccountsCountOverAllWaysToLogIn) {
    const std::vector<AccountSource> sources{{"ciscora", Secret("Secret.1")},
                                             {"hashed", nt_hash(u"Secret.2")},
                                             {"gone", Secret("Secret.1"), AccountState::disabled}};
    const Accounts accounts("LAB", "example.test", sources, lockout_);
    EXPECT_EQ(accounts.names(), (std::vector<std::string>{"ciscora", "gone", "hashed"}));
    const Account* account = accounts.find("hashed");
    EXPECT_EQ(accounts.check_password(account, "Secret.2"), LogonResult::ok);
    EXPECT_EQ(accounts.check_password(account, "x"), LogonResult::denied);
    EXPECT_EQ(accounts.logon(account, false), LogonResult::denied);
    EXPECT_EQ(accounts.check_password(account, "x"), LogonResult::denied);
    EXPECT_EQ(accounts.check_password(account, "Secret.2"), LogonResult::locked);
    EXPECT_EQ(accounts.check_password(account, "x"), LogonResult::locked);  // as AD: whoever asks
    EXPECT_EQ(accounts.logon_with_ticket(account), LogonResult::locked);
    EXPECT_EQ(accounts.logon_with_ticket(accounts.find("gone")), LogonResult::disabled);
    EXPECT_EQ(accounts.logon_with_ticket(nullptr), LogonResult::denied);
    // Other accounts made from another list share what was counted.
    const Accounts again("LAB", "example.test", sources, lockout_);
    EXPECT_EQ(again.check_password(again.find("HASHED"), "Secret.2"), LogonResult::locked);
    EXPECT_EQ(again.logon_with_ticket(again.find("ciscora")), LogonResult::ok);
}

TEST_F(LockoutTest, UnknownUsersAreNotRemembered) {
    const Accounts accounts("LAB", "example.test", {}, lockout_);
    for (int i = 0; i < 10; ++i) EXPECT_EQ(accounts.check_password(accounts.find("nobody"), "x"), LogonResult::denied);
    EXPECT_EQ(lockout_->state("nobody").failures, 0U);
}

TEST(Principals, OnlyPlainUsersOfTheRealm) {
    Accounts accounts("LAB", "example.test");
    accounts.add("ciscora", Secret("x"));
    EXPECT_NE(accounts.find_principal("ciscora@EXAMPLE.TEST"), nullptr);
    EXPECT_NE(accounts.find_principal("CiscoRA@example.test"), nullptr);
    for (const char* name : {"ciscora", "ciscora@LAB", "ciscora@OTHER.TEST", "ciscora@", "@EXAMPLE.TEST",
                             "LAB/ciscora@EXAMPLE.TEST", "LAB\\ciscora@EXAMPLE.TEST",
                             "ciscora\\@example.test@EXAMPLE.TEST", "ciscora@example.test@EXAMPLE.TEST", ""}) {
        EXPECT_EQ(accounts.find_principal(name), nullptr) << name;
    }
}

}  // namespace
}  // namespace opencapf::ca_sim
