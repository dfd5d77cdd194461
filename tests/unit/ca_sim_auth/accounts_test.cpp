// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/auth/accounts.hpp"

#include <gtest/gtest.h>
#include <stdexcept>

namespace opencapf::ca_sim {
namespace {

Accounts lab() {
    Accounts accounts("LAB", "example.test");
    accounts.add("ciscora", Secret("Secret.1"));
    accounts.add("J\xc3\xbcrgen", Secret("pass"));
    accounts.add("gone", Secret("pass"), AccountState::disabled);
    accounts.add("stuck", Secret("pass"), AccountState::locked);
    return accounts;
}

TEST(Accounts, EverySpellingFindsTheAccount) {
    const Accounts accounts = lab();
    for (const char* spelling :
         {"ciscora", "CISCORA", "LAB\\ciscora", "lab\\CiscoRA", "LAB/ciscora", "example.test\\ciscora",
          "ciscora@example.test", "CiscoRA@EXAMPLE.TEST", "ciscora@lab", ".\\ciscora"}) {
        const Account* account = accounts.find(spelling);
        ASSERT_NE(account, nullptr) << spelling;
        EXPECT_EQ(accounts.canonical(*account), "LAB\\ciscora");
    }
    EXPECT_NE(accounts.find("ciscora", "LAB"), nullptr);
    EXPECT_NE(accounts.find("ciscora", "Example.Test"), nullptr);
    EXPECT_NE(accounts.find("ciscora@example.test", "lab"), nullptr);
    EXPECT_NE(accounts.find("j\xc3\x9crgen"), nullptr);
}

TEST(Accounts, OtherNamesDoNot) {
    const Accounts accounts = lab();
    for (const char* spelling : {"", "cisco", "ciscora ", "OTHER\\ciscora", "ciscora@other.test", "ciscora@", "\\", "@",
                                 "LAB\\LAB\\ciscora", "ciscora@x@example.test", "LAB\\"}) {
        EXPECT_EQ(accounts.find(spelling), nullptr) << spelling;
    }
    EXPECT_EQ(accounts.find("ciscora", "OTHER"), nullptr);
    EXPECT_EQ(accounts.find("LAB\\ciscora", "LAB"), nullptr);
    EXPECT_EQ(accounts.find("ciscora@example.test", "OTHER"), nullptr);
}

TEST(Accounts, RefusesNamesThatCannotBeAddressed) {
    Accounts accounts = lab();
    for (const char* name : {"", "a\\b", "a/b", "a@b", "a:b", "a\nb"}) {
        EXPECT_THROW(accounts.add(name, Secret("x")), std::invalid_argument) << name;
    }
    EXPECT_THROW(accounts.add("CISCORA", Secret("x")), std::invalid_argument);
}

TEST(Accounts, Passwords) {
    const Accounts accounts = lab();
    EXPECT_EQ(accounts.check_password(accounts.find("ciscora"), "Secret.1"), LogonResult::ok);
    EXPECT_EQ(accounts.check_password(accounts.find("ciscora"), "secret.1"), LogonResult::denied);
    EXPECT_EQ(accounts.check_password(accounts.find("ciscora"), ""), LogonResult::denied);
    EXPECT_EQ(accounts.check_password(nullptr, "Secret.1"), LogonResult::denied);
    EXPECT_EQ(accounts.check_password(accounts.find("gone"), "pass"), LogonResult::disabled);
    EXPECT_EQ(accounts.check_password(accounts.find("gone"), "wrong"), LogonResult::denied);
    EXPECT_EQ(accounts.check_password(accounts.find("stuck"), "pass"), LogonResult::locked);
    EXPECT_EQ(accounts.check_password(accounts.find("stuck"), "wrong"), LogonResult::locked);
}

}  // namespace
}  // namespace opencapf::ca_sim
