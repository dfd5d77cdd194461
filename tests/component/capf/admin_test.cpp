// SPDX-License-Identifier: Apache-2.0
#include "running_capf.hpp"

#include <gmock/gmock.h>

namespace opencapf::capf::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Refusal {
    const char* name;
    Json request;
    const char* message;
};

class AdminRefusal : public ::testing::TestWithParam<Refusal> {};

TEST_P(AdminRefusal, SaysWhatIsWrong) {
    RunningCapf capf;
    capf.admin({{"command", "device.add"}, {"names", {"SEP1"}}});
    const Json answer = capf.admin(GetParam().request);
    EXPECT_EQ(answer["ok"], false);
    EXPECT_THAT(answer["error"]["message"].get<std::string>(), HasSubstr(GetParam().message));
    EXPECT_EQ(capf.outcome("SEP1"), std::pair(1, 1));
}

Json arm_with(const char* key, Json value) {
    Json request = {{"command", "device.arm"}, {"names", {"SEP1"}}, {"operation", "install"}};
    request[key] = std::move(value);
    return request;
}

INSTANTIATE_TEST_SUITE_P(
    Requests, AdminRefusal,
    ::testing::Values(Refusal{"UnknownCommand", {{"command", "reboot"}}, "unknown command"},
                      Refusal{"NoCommand", Json::object(), "command: expected a string"},
                      Refusal{"NoNames", {{"command", "device.add"}}, "names: expected an array"},
                      Refusal{"PathAsName", {{"command", "device.add"}, {"names", {"../x"}}}, "is no device name"},
                      Refusal{"TooLongForACertificate",
                              {{"command", "device.add"}, {"names", {std::string(57, 'S')}}, {"model", "CP-8865"}},
                              "longer than the 64 characters"},
                      Refusal{"Twice", {{"command", "device.add"}, {"names", {"SEP1"}}}, "already there"},
                      Refusal{
                          "UnknownDevice", {{"command", "device.show"}, {"name", "SEP9"}}, "there is no device SEP9"},
                      Refusal{"NoLsc", {{"command", "lsc.export"}, {"name", "SEP1"}}, "has no such certificate"},
                      Refusal{"BadOperation", arm_with("operation", "reboot"), "expected one of install, delete"},
                      Refusal{"BadAuth", arm_with("auth", "fingerprint"), "expected one of string, null"},
                      Refusal{"StringMissing", arm_with("auth", "string"), "4 to 10 digits"},
                      Refusal{"StringWithoutMode", arm_with("string", "1234"), "only with authentication by string"},
                      Refusal{"OtherKeySize", arm_with("rsa", 1000), "expected 512, 1024"},
                      Refusal{"WeakKey", arm_with("rsa", 512), "allow_rsa_512"},
                      Refusal{"OtherCurve", arm_with("ec", 300), "expected 256, 384 or 521"},
                      Refusal{"OtherKeyOrder", arm_with("key_order", "dsa"), "expected one of rsa, ec"},
                      Refusal{"BadDeadline", arm_with("by", "soon"), "YYYY:MM:DD:HH:MM"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Admin, OtherVersionsAndGarbageAreRefused) {
    RunningCapf capf;
    const auto socket = capf.dir.file("capfd.sock");
    for (const auto* line : {"not json", "[]", "{}", R"({"version":2,"command":"device.list"})", "\xff\xfe"}) {
        const auto answer = process::admin_request(socket, line);
        ASSERT_TRUE(answer) << line;
        EXPECT_THAT(*answer, HasSubstr("\"ok\":false")) << line;
    }
}

TEST(Admin, GeneratesAStringForEachDevice) {
    RunningCapf capf;
    capf.admin({{"command", "device.add"}, {"names", {"SEP1", "SEP2"}}});
    const Json answer = capf.admin({{"command", "device.arm"},
                                    {"names", {"SEP1", "SEP2"}},
                                    {"operation", "install"},
                                    {"auth", "string"},
                                    {"generate_string", true}});
    const auto first = answer["strings"]["SEP1"].get<std::string>(),
               second = answer["strings"]["SEP2"].get<std::string>();
    EXPECT_THAT(first, ::testing::MatchesRegex("[0-9]{8}"));
    EXPECT_NE(first, second);
}

TEST(Admin, ListNeverTellsTheAuthenticationString) {
    RunningCapf capf;
    capf.arm("SEP1", {{"auth", "string"}, {"string", "97531864"}});
    const std::string list = capf.admin({{"command", "device.list"}}).dump();
    EXPECT_THAT(list, HasSubstr("SEP1"));
    EXPECT_THAT(list, Not(HasSubstr("97531864")));
}

TEST(Admin, DisarmingAndRemoving) {
    RunningCapf capf;
    capf.arm("SEP1");
    EXPECT_EQ(capf.outcome("SEP1"), std::pair(2, 2));
    capf.admin({{"command", "device.arm"}, {"names", {"SEP1"}}, {"operation", "none"}});
    EXPECT_EQ(capf.outcome("SEP1"), std::pair(1, 1));
    EXPECT_EQ(capf.admin({{"command", "device.remove"}, {"name", "SEP1"}})["ok"], true);
    EXPECT_EQ(capf.admin({{"command", "device.show"}, {"name", "SEP1"}})["ok"], false);
}

TEST(Admin, AnOperationExpiresAsTheEnterpriseParameterSays) {
    RunningCapf capf([](Config& config) { config.enterprise.operation_expires_days = 3; });
    capf.arm("SEP1");
    const auto deadline = parse_finish_time(capf.device("SEP1")["finish_by"].get<std::string>());
    ASSERT_TRUE(deadline);
    const auto left = *deadline - std::chrono::system_clock::now();
    EXPECT_GT(left, std::chrono::hours(70));  // an hour for a change of the clocks
    EXPECT_LT(left, std::chrono::hours(74));
    capf.arm("SEP1", {{"by", "never"}});
    EXPECT_EQ(capf.device("SEP1")["finish_by"], "");
}

TEST(Admin, KnowsTheParametersByTheirDocumentedNames) {
    RunningCapf capf([](Config& config) { config.service.validity_days = 100; });
    const Json list = capf.admin({{"command", "parameter.list"}})["parameters"];
    EXPECT_EQ(list[0]["name"], "Certificate Issuer to Endpoint");
    EXPECT_EQ(list[0]["value"], "Online CA");
    EXPECT_EQ(list[0]["default"], "Cisco Certificate Authority Proxy Function");
    const Json shown = capf.admin(
        {{"command", "parameter.show"}, {"name", "duration of certificate validity (in days)"}})["parameter"];
    EXPECT_EQ(shown["value"], "100");
    EXPECT_EQ(shown["range"], "1-1825");
    EXPECT_EQ(shown["key"], "/service_parameters/duration_of_certificate_validity");
    EXPECT_EQ(capf.admin({{"command", "parameter.show"}, {"name", "keep_alive"}})["parameter"]["value"], "15");
    EXPECT_EQ(capf.admin({{"command", "parameter.show"}, {"name", "none"}})["error"]["code"], "not_found");
    EXPECT_EQ(list.dump().find("secret"), std::string::npos);
}

}  // namespace
}  // namespace opencapf::capf::test
