// SPDX-License-Identifier: Apache-2.0
#include "running_capf.hpp"

#include <gmock/gmock.h>

namespace opencapf::capf::test {
namespace {

using ::testing::HasSubstr;

class Profiles : public ::testing::Test {
protected:
    Json ask(const std::string& command, Json more) {
        Json request{{"command", command}};
        request.update(more);
        return capf_.admin(request);
    }
    Json add(const std::string& user, const std::string& instance) {
        return ask("profile.add", {{"user", user}, {"instance", instance}});
    }
    Json arm(const std::string& name, Json more) {
        Json request{{"name", name}, {"operation", "install"}};
        request.update(more);
        return ask("profile.arm", request);
    }
    Json profile(const std::string& name) { return ask("profile.show", {{"name", name}})["profile"]; }
    void call(const std::string& name, const std::string& string) {
        auto client = capf_.phone(name);
        client.auth_string = Secret(string);
        capf_.call(client);
    }

    RunningCapf capf_;
};

TEST_F(Profiles, AnApplicationGetsItsCertificateWithAStringThatCountsOnce) {
    EXPECT_EQ(add("jtapi.app", "inst1")["name"], "jtapi.app.inst1");
    EXPECT_EQ(arm("jtapi.app.inst1", {{"string", "4711"}})["ok"], true);
    EXPECT_EQ(profile("jtapi.app.inst1")["authentication_string_set"], true);
    call("jtapi.app.inst1", "4711");
    const Json after = profile("jtapi.app.inst1");
    EXPECT_EQ(after["status"], 3) << after;
    EXPECT_EQ(after["operation"], 1);
    EXPECT_EQ(after["lsc"], "valid");
    EXPECT_EQ(after["authentication_string_set"], false);
    EXPECT_EQ(after["user"], "jtapi.app");
    EXPECT_EQ(after["instance"], "inst1");
}

TEST_F(Profiles, AWrongStringGetsNothing) {
    add("jtapi", "1");
    arm("jtapi.1", {{"string", "4711"}});
    call("jtapi.1", "4712");
    EXPECT_EQ(profile("jtapi.1")["status"], 10);
    EXPECT_EQ(profile("jtapi.1")["lsc"], "na");
}

TEST_F(Profiles, AStringCanBeGenerated) {
    add("jtapi", "1");
    const Json answer = arm("jtapi.1", {{"generate_string", true}});
    const auto digits = answer["strings"]["jtapi.1"].get<std::string>();
    EXPECT_THAT(digits, ::testing::MatchesRegex("[0-9]{8}"));
    call("jtapi.1", digits);
    EXPECT_EQ(profile("jtapi.1")["status"], 3);
}

TEST_F(Profiles, NothingArmsThemInAnotherWay) {
    add("jtapi", "1");
    for (const Json& other : {Json{{"operation", "install"}}, Json{{"operation", "delete"}},
                              Json{{"operation", "install"}, {"auth", "lsc"}},
                              Json{{"operation", "troubleshoot"}, {"auth", "string"}, {"string", "1234"}}}) {
        Json request{{"names", {"jtapi.1"}}};
        request.update(other);
        EXPECT_EQ(ask("device.arm", request)["error"]["code"], "conflict") << other;
    }
    EXPECT_EQ(arm("jtapi.1", {{"operation", "delete"}, {"string", "1234"}})["error"]["code"], "malformed");
    EXPECT_EQ(arm("jtapi.1", Json::object())["error"]["code"], "malformed");
    EXPECT_EQ(profile("jtapi.1")["operation"], 1);
}

TEST_F(Profiles, TheyAreNoPhones) {
    add("jtapi", "1");
    capf_.arm("SEP1");
    EXPECT_EQ(ask("device.list", Json::object())["devices"].size(), 1U);
    EXPECT_EQ(ask("device.find", Json::object())["devices"].size(), 1U);
    EXPECT_EQ(ask("device.count", {{"where", {"kind is any"}}})["count"], 2);
    const Json list = ask("profile.list", {{"where", {"lsc is na"}}});
    ASSERT_EQ(list["profiles"].size(), 1U);
    EXPECT_EQ(list["profiles"][0]["kind"], "application");
    EXPECT_EQ(ask("profile.show", {{"name", "SEP1"}})["error"]["code"], "not_found");
    EXPECT_EQ(ask("profile.remove", {{"name", "SEP1"}})["error"]["code"], "not_found");
    EXPECT_EQ(ask("profile.remove", {{"name", "JTAPI.1"}})["ok"], true);
    EXPECT_EQ(ask("profile.show", {{"name", "jtapi.1"}})["error"]["code"], "not_found");
}

TEST_F(Profiles, WrongOnesAreRefused) {
    add("jtapi", "1");
    EXPECT_EQ(add("JTAPI", "1")["error"]["code"], "conflict");
    for (const auto& [user, instance] : {std::pair<std::string, std::string>{"", "1"},
                                         {"../x", "1"},
                                         {"jtapi", ""},
                                         {"jtapi", "a-b"},
                                         {"jtapi", "1.2"},
                                         {"jtapi", std::string(60, 'x')},
                                         {"jtapi", std::string(129, 'x')}})
        EXPECT_EQ(add(user, instance)["error"]["code"], "malformed") << user << ' ' << instance;
    EXPECT_THAT(add("jtapi", std::string(60, 'x'))["error"]["message"].get<std::string>(), HasSubstr("64 characters"));
}

}  // namespace
}  // namespace opencapf::capf::test
