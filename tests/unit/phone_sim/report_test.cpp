// SPDX-License-Identifier: Apache-2.0
#include "phone_sim/report.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace opencapf::phone_sim {
namespace {

using nlohmann::json;

PhoneResult phone(Outcome outcome, Operation operation) {
    PhoneResult result;
    result.name = "SEP1";
    result.session.outcome = outcome;
    result.session.operation = operation;
    return result;
}

TEST(Report, ShowsTheMenuText) {
    EXPECT_EQ(result_text(phone(Outcome::done, Operation::install)), "LSC: Installed");
    EXPECT_EQ(result_text(phone(Outcome::done, Operation::remove)), "LSC: Not Installed (deleted as the server asked)");
    auto failed = phone(Outcome::failed, Operation::install);
    failed.session.detail = "why";
    EXPECT_EQ(result_text(failed), "LSC: Not Installed (why)");
}

TEST(Report, TextOfTheServerCannotBreakALineOrTheJson) {
    auto failed = phone(Outcome::protocol, Operation::none);
    failed.session.detail = "bad\n\x1b[2J\xff";
    EXPECT_EQ(result_text(failed).find('\n'), std::string::npos);
    EXPECT_EQ(result_text(failed).find('\x1b'), std::string::npos);
    const auto text = result_json(failed, PhoneOptions(), "/nowhere");
    EXPECT_EQ(text.find('\n'), std::string::npos);
    EXPECT_EQ(json::parse(text)["outcome"], "protocol-error");
}

TEST(Report, JsonTellsNullWithoutEndSession) {
    auto lost = phone(Outcome::communication, Operation::install);
    lost.session.changed = true;
    const auto out = json::parse(result_json(lost, PhoneOptions(), "/nowhere"));
    EXPECT_TRUE(out["end_reason"].is_null());
    EXPECT_EQ(out["installed"], false);
    EXPECT_EQ(out["changed"], true);
    EXPECT_FALSE(out.contains("certificate"));
}

TEST(Report, FleetListsLatenciesAndFailures) {
    FleetResult fleet;
    fleet.phones.push_back(phone(Outcome::done, Operation::install));
    fleet.phones.push_back(phone(Outcome::no_change, Operation::none));
    fleet.wall_s = 2;
    const auto out = json::parse(fleet_json(fleet));
    EXPECT_EQ(out["phones"], 2);
    EXPECT_EQ(out["failed"], 1);
    EXPECT_EQ(out["latencies"].size(), 1U);
    EXPECT_EQ(out["failures"][0]["outcome"], "no-change");
    EXPECT_THAT(fleet_text(fleet), ::testing::StartsWith("SEP1: LSC: Not Installed ("));
    EXPECT_THAT(fleet_text(fleet), ::testing::HasSubstr("phones 2, failed 1, 2.00 s, 0.5 enrolments/s"));
}

}  // namespace
}  // namespace opencapf::phone_sim
