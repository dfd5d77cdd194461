// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/overrides.hpp"

#include "ca_sim/admin_json.hpp"
#include "opencapf/config/reader.hpp"
#include "unit/ca_sim/test_pki.hpp"

#include <gtest/gtest.h>

namespace opencapf::ca_sim {
namespace {

TEST(MergeTemplates, WhatIsStoredCounts) {
    Template changed = test::cisco_ra();
    changed.manager_approval = true;
    changed.duplicates = Duplicates::supersede;
    changed.key_algorithm = KeyAlgorithm::any;
    Template added = test::cisco_ra();
    added.name = "Added";
    added.oid = "1.2.3";
    Template removed = test::cisco_ra();
    removed.name = "Removed";
    removed.oid = "1.2.4";
    const auto merged = merge_templates({test::cisco_ra(), removed}, {{"CISCORA", admin::template_json(changed).dump()},
                                                                      {"Added", admin::template_json(added).dump()},
                                                                      {"removed", ""},
                                                                      {"never there", ""}});
    ASSERT_EQ(merged.size(), 2U);
    EXPECT_TRUE(merged[0].manager_approval);
    EXPECT_EQ(merged[0].duplicates, Duplicates::supersede);
    EXPECT_EQ(merged[1].name, "Added");
    // Nothing is lost on the way through the database.
    EXPECT_EQ(admin::template_json(merged[0]), admin::template_json(changed));
}

TEST(MergeTemplates, DamagedOnesAreAnError) {
    EXPECT_THROW(merge_templates({}, {{"x", "{}"}}), config::ConfigError);
    EXPECT_THROW(merge_templates({}, {{"x", "nonsense"}}), config::ConfigError);
}

TEST(MergeAccounts, WhatIsStoredCounts) {
    const test::TempDir dir;
    write_file_atomically(dir.file("password"), "secret\n", 0600);
    const Bytes hash(16, 7);
    std::vector<AccountConfig> configured{{"kept", dir.file("password"), true, false},
                                          {"gone", dir.file("not there"), true, false},
                                          {"shut", dir.file("password"), true, false},
                                          {"new password", dir.file("not there"), true, false}};
    const auto merged = merge_accounts(configured, {{"GONE", {}, "removed"},
                                                    {"Shut", {}, "locked"},
                                                    {"New Password", hash, "disabled"},
                                                    {"added", hash, "enabled"},
                                                    {"of an older configuration", {}, "enabled"}});
    ASSERT_EQ(merged.size(), 4U);
    EXPECT_EQ(merged[0].name, "kept");
    EXPECT_EQ(merged[1].name, "shut");
    EXPECT_EQ(merged[1].state, AccountState::locked);
    EXPECT_EQ(merged[2].state, AccountState::disabled);
    EXPECT_TRUE(std::holds_alternative<NtHash>(merged[3].password));
    EXPECT_EQ(merged[3].name, "added");
}

TEST(MergeAccounts, ANewPasswordKeepsTheConfiguredState) {
    const std::vector<AccountConfig> configured{{"off", "not there", false, false}, {"on", "not there", true, false}};
    const auto merged = merge_accounts(configured, {{"off", Bytes(16, 7), ""}, {"on", Bytes(16, 7), ""}});
    ASSERT_EQ(merged.size(), 2U);
    EXPECT_EQ(merged[0].state, AccountState::disabled);
    EXPECT_EQ(merged[1].state, AccountState::enabled);
    EXPECT_TRUE(std::holds_alternative<NtHash>(merged[0].password));
}

}  // namespace
}  // namespace opencapf::ca_sim
