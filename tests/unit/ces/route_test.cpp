// SPDX-License-Identifier: Apache-2.0
#include "ces/server/route.hpp"

#include <gtest/gtest.h>

namespace opencapf::ces {
namespace {

const std::string kBase = "/.well-known/est/";

TEST(Route, S01_EveryOperationHasItsPath) {
    EXPECT_EQ(route_of(kBase + "cacerts").operation, Operation::cacerts);
    EXPECT_EQ(route_of(kBase + "simpleenroll").operation, Operation::enroll);
    EXPECT_EQ(route_of(kBase + "simplereenroll").operation, Operation::reenroll);
    EXPECT_EQ(route_of(kBase + "csrattrs").operation, Operation::csrattrs);
    EXPECT_EQ(route_of(kBase + "serverkeygen").operation, Operation::server_keygen);
    EXPECT_EQ(route_of(kBase + "fullcmc").operation, Operation::full_cmc);
    EXPECT_TRUE(route_of(kBase + "cacerts").label.empty());
}

TEST(Route, S02_OneLabelThatIsNoOperation) {
    const auto route = route_of(kBase + "phones-2/simpleenroll");
    EXPECT_EQ(route.label, "phones-2");
    EXPECT_EQ(route.operation, Operation::enroll);
    EXPECT_EQ(route_of(kBase + "simpleenroll/cacerts").operation, Operation::none);
    for (const char* wrong : {"", "a b", "a/b", "caf\xc3\xa9", "a%41", "..", ".", "cacerts", "fullcmc", "a\r\nb"})
        EXPECT_FALSE(is_label(wrong)) << wrong;
    EXPECT_TRUE(is_label(std::string(128, 'a')));
    EXPECT_FALSE(is_label(std::string(129, 'a')));
}

TEST(Route, S03_EverythingElseLeadsNowhere) {
    for (const char* path :
         {"", "/", "/.well-known/est", "/.well-known/est/", "/est/cacerts", "/.well-known/est/a/b/cacerts",
          "/.well-known/est//cacerts", "/.well-known/est/a/", "/.well-known/est/nothing", "x/.well-known/est/cacerts"})
        EXPECT_EQ(route_of(path).operation, Operation::none) << path;
}

TEST(Route, S04_PathsAreTakenByTheLetter) {
    EXPECT_EQ(route_of(kBase + "CACERTS").operation, Operation::none);
    EXPECT_EQ(route_of(kBase + "cacerts/").operation, Operation::none);
    EXPECT_EQ(route_of("/.Well-Known/est/cacerts").operation, Operation::none);
}

}  // namespace
}  // namespace opencapf::ces
