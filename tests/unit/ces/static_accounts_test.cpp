// SPDX-License-Identifier: Apache-2.0
#include "ces/auth/static_accounts.hpp"

#include "opencapf/base/password_hash.hpp"
#include "opencapf/base/text.hpp"
#include "support/loops.hpp"
#include "support/temp_dir.hpp"

#include <gmock/gmock.h>

namespace opencapf::ces {
namespace {

using opencapf::test::run_on;
using opencapf::test::TempDir;
using testing::HasSubstr;

class PasswordCheckerTest : public testing::Test {
protected:
    PasswordCheckerTest() : loops_(1), pool_(std::make_unique<net::WorkPool>(1)) { loops_.start(); }
    ~PasswordCheckerTest() override {
        pool_.reset();
        loops_.stop();
    }
    std::shared_ptr<const StaticAccounts> accounts(const std::string& text) {
        write_file_atomically(dir_.file("accounts"), text, 0600);
        return std::make_shared<const StaticAccounts>(StaticAccounts::load(dir_.file("accounts")));
    }
    std::string outcome(PasswordChecker& checker, const std::shared_ptr<const StaticAccounts>& list,
                        const std::string& name, const std::string& password, PasswordChecker::Limits limits = {}) {
        const auto result =
            run_on<Result<void>>(loops_[0], [&] { return checker.check(list, name, Secret(password), limits); });
        return result ? "right" : std::string(to_string(result.error().code));
    }
    TempDir dir_;
    net::LoopPool loops_;
    std::unique_ptr<net::WorkPool> pool_;
    WallTime now_ = std::chrono::system_clock::now();
};

TEST_F(PasswordCheckerTest, RightAndWrongAndUnknown) {
    PasswordChecker checker(*pool_, [this] { return now_; });
    const auto list = accounts("a:" + hash_password(Secret("one")) + "\nb:" + hash_password(Secret("two")) + "\n");
    EXPECT_EQ(outcome(checker, list, "A", "one"), "right");
    EXPECT_EQ(outcome(checker, list, "a", "two"), "unauthorized");
    EXPECT_EQ(outcome(checker, list, "b", "two"), "right");
    EXPECT_EQ(outcome(checker, list, "c", "two"), "unauthorized");
    EXPECT_EQ(outcome(checker, nullptr, "a", "one"), "unauthorized");
}

TEST_F(PasswordCheckerTest, TooManyAtOnceAreTurnedAway) {
    PasswordChecker checker(*pool_, [this] { return now_; });
    const auto list = accounts("a:" + hash_password(Secret("one")) + "\n");
    PasswordChecker::Limits none;
    none.max_waiting = 0;
    EXPECT_EQ(outcome(checker, list, "a", "one", none), "unavailable");
    EXPECT_EQ(outcome(checker, list, "a", "one"), "right");
    EXPECT_EQ(outcome(checker, list, "a", "one", none), "right");  // remembered: no check is needed
    EXPECT_EQ(outcome(checker, list, "a", "two", none), "unavailable");
}

TEST_F(PasswordCheckerTest, MemoryEndsWithTimeWithNumberAndWithTheHash) {
    PasswordChecker checker(*pool_, [this] { return now_; });
    const auto list = accounts("a:" + hash_password(Secret("one")) + "\nb:" + hash_password(Secret("two")) + "\n");
    PasswordChecker::Limits one;
    one.max_remembered = 1;
    PasswordChecker::Limits none = one;
    none.max_waiting = 0;  // only what is remembered is right
    EXPECT_EQ(outcome(checker, list, "a", "one", one), "right");
    EXPECT_EQ(outcome(checker, list, "a", "one", none), "right");
    EXPECT_EQ(outcome(checker, list, "b", "two", one), "right");
    EXPECT_EQ(outcome(checker, list, "a", "one", none), "unavailable");
    EXPECT_EQ(outcome(checker, list, "b", "two", none), "right");
    EXPECT_EQ(outcome(checker, accounts("b:" + hash_password(Secret("two")) + "\n"), "b", "two", none), "unavailable");
    now_ += std::chrono::seconds(61);
    EXPECT_EQ(outcome(checker, list, "b", "two", none), "unavailable");
}

TEST_F(PasswordCheckerTest, BrokenFilesNameTheLine) {
    const auto problem = [this](const std::string& text) -> std::string {
        try {
            accounts(text);
        } catch (const std::runtime_error& error) {
            return error.what();
        }
        return "none";
    };
    const auto hash = hash_password(Secret("x"));
    EXPECT_EQ(problem("# nobody\n\n"), "none");
    EXPECT_THAT(problem("\nno colon\n"), HasSubstr("line 2"));
    EXPECT_THAT(problem("a:plain\n"), HasSubstr("line 1"));
    EXPECT_THAT(problem("a:" + hash + "\nA:" + hash + "\n"), HasSubstr("twice"));
}

}  // namespace
}  // namespace opencapf::ces
