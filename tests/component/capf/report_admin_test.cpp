// SPDX-License-Identifier: Apache-2.0
#include "running_capf.hpp"

#include <gmock/gmock.h>

namespace opencapf::capf::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Reports : public ::testing::Test {
protected:
    // More than one page of device.list.
    void add(int count) {
        Json names = Json::array();
        for (int i = 0; i < count; ++i) names.push_back("SEP" + std::to_string(1000 + i));
        capf_.admin({{"command", "device.add"}, {"names", names}});
    }
    RunningCapf capf_;
};

TEST_F(Reports, AListOfManyComesInPages) {
    add(130);
    const Json first = capf_.admin({{"command", "device.list"}});
    EXPECT_EQ(first["devices"].size(), 100U);
    EXPECT_EQ(first["more"], true);
    const Json rest = capf_.admin({{"command", "device.list"}, {"after", first["devices"].back()["name"]}});
    EXPECT_EQ(rest["devices"].size(), 30U);
    EXPECT_EQ(rest["devices"].front()["name"], "SEP1100");
    EXPECT_EQ(rest["more"], false);
}

TEST_F(Reports, FindTakesConditionsAndPages) {
    add(30);
    const Json page =
        capf_.admin({{"command", "device.find"}, {"where", {"name begins sep10", "lsc is na"}}, {"limit", 20}});
    EXPECT_EQ(page["devices"].size(), 20U);
    EXPECT_EQ(page["more"], true);
    EXPECT_EQ(capf_.admin({{"command", "device.count"}, {"where", {"name ends 7"}}})["count"], 3);
}

TEST_F(Reports, ARowTellsWhetherThereIsAStringButNeverWhich) {
    capf_.arm("SEP1", {{"auth", "string"}, {"string", "97531864"}});
    const std::string found = capf_.admin({{"command", "device.find"}}).dump();
    EXPECT_THAT(found, HasSubstr("\"authentication_string_set\":true"));
    EXPECT_THAT(found, Not(HasSubstr("97531864")));
}

TEST_F(Reports, SummaryCountsByStatusAndIssuer) {
    add(3);
    capf_.arm("SEP1");
    capf_.call("SEP1");
    ASSERT_EQ(capf_.outcome("SEP1"), std::pair(1, 3));
    capf_.arm("SEP2");
    const Json report = capf_.admin({{"command", "report.lsc"}});
    EXPECT_EQ(report["devices"], 5);
    EXPECT_EQ(report["pending"], 1);
    EXPECT_EQ(report["lsc"], (Json{{"valid", 1}, {"expired", 0}, {"na", 4}, {"unknown", 0}}));
    ASSERT_EQ(report["by_issuer"].size(), 1U);
    EXPECT_EQ(report["by_issuer"][0]["lscs"], 1);
    EXPECT_EQ(report["by_status"].size(), 3U);
    EXPECT_EQ(capf_.admin({{"command", "report.lsc"}, {"where", {"name is sep2"}}})["devices"], 1);
}

TEST_F(Reports, WrongRequestsAreRefused) {
    for (const Json& wrong : {Json{{"where", "name is x"}}, Json{{"where", {1}}}, Json{{"where", {"size is 1"}}},
                              Json{{"limit", 501}}, Json{{"after", 1}}}) {
        Json request{{"command", "device.find"}};
        request.update(wrong);
        EXPECT_EQ(capf_.admin(request)["error"]["code"], "malformed") << wrong;
    }
}

}  // namespace
}  // namespace opencapf::capf::test
