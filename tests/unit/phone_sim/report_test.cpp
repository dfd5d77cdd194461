// SPDX-License-Identifier: Apache-2.0
#include "phone_sim/report.hpp"

#include "phone_sim/progress.hpp"

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

TEST(Report, AFleetCountsItsOutcomes) {
    FleetResult fleet;
    fleet.phones.push_back(phone(Outcome::done, Operation::install));
    fleet.phones.push_back(phone(Outcome::unknown_device, Operation::none));
    fleet.phones.push_back(phone(Outcome::unknown_device, Operation::none));
    EXPECT_EQ(json::parse(fleet_json(fleet))["outcomes"], (json{{"done", 1}, {"unknown-device", 2}}));
    EXPECT_THAT(fleet_text(fleet), ::testing::ContainsRegex("unknown-device +2\n"));
}

TEST(Report, AnEstateTellsWhoWasWithoutAnLsc) {
    EstateResult estate;
    estate.phones.push_back({"SEP1", 3, 0, true, Outcome::no_change, ""});
    estate.phones.push_back({"SEP2", 1, 12.4, true, Outcome::done, ""});
    estate.phones.push_back({"SEP3", 0, 0, false, Outcome::communication, "line\nbroken"});
    estate.outcomes = {4, 0, 9, 0, 1, 0, 0};
    estate.latencies_ms = {10, 20, 30, 40};
    EXPECT_FALSE(estate.good());
    const auto out = json::parse(estate_json(estate));
    EXPECT_EQ(out["installs"], 4);
    EXPECT_EQ(out["sessions"], 14);
    EXPECT_EQ(out["phones_by_installs"], (json{{"0", 1}, {"1", 1}, {"3", 1}}));
    EXPECT_EQ(out["installs_of"]["SEP1"], 3);
    EXPECT_EQ(out["ever_without_valid_lsc"][0]["name"], "SEP2");
    EXPECT_EQ(out["without_valid_lsc_at_end"][0]["name"], "SEP3");
    EXPECT_EQ(out["p50_ms"], 20);
    const auto text = estate_text(estate);
    EXPECT_THAT(text, ::testing::HasSubstr("SEP2: was without a valid LSC for 12 s\n"));
    EXPECT_THAT(text, ::testing::HasSubstr("SEP3: has no valid LSC (line\\x0abroken)\n"));
    EXPECT_THAT(text, ::testing::EndsWith("sessions 14, installs 4, ever without a valid LSC 1, without one now 1"));
}

TEST(Report, TheProgressLineFillsItsBar) {
    Progress progress;
    progress.phones = 8;
    progress.sessions = 4;
    progress.failed = 1;
    const auto line = progress_line(progress, 0.5, std::chrono::duration<double>(2), 10);
    EXPECT_EQ(line, "[#####.....] 2 s, 8 phones, 4 sessions (2.0/s), 0 installs, 1 failed");
    EXPECT_THAT(progress_line(progress, 7, std::chrono::duration<double>(0), 4), ::testing::StartsWith("[####] 0 s"));
}

}  // namespace
}  // namespace opencapf::phone_sim
