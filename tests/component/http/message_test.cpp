// SPDX-License-Identifier: Apache-2.0
#include "opencapf/http/message.hpp"

#include <gmock/gmock.h>

namespace opencapf::http {
namespace {

using ::testing::ElementsAre;
using Pair = std::pair<std::string, std::string>;

TEST(Headers, CompareWithoutCaseAndKeepSpellingAndOrder) {
    Headers headers;
    headers.add("Content-Type", "a");
    headers.add("content-TYPE", "b");
    EXPECT_EQ(headers.get("CONTENT-type"), "a");
    EXPECT_TRUE(headers.has("content-type"));
    EXPECT_FALSE(headers.has("content"));
    EXPECT_EQ(headers.get("missing"), "");
    EXPECT_THAT(headers.fields(), ElementsAre(Pair("Content-Type", "a"), Pair("content-TYPE", "b")));
}

TEST(Form, DecodesPairsInOrder) {
    EXPECT_THAT(
        parse_form("Mode=newreq&A=1%2B1+x&&B&=v&C=a=b&"),
        ElementsAre(Pair("Mode", "newreq"), Pair("A", "1+1 x"), Pair("B", ""), Pair("", "v"), Pair("C", "a=b")));
    EXPECT_TRUE(parse_form("").empty());
}

TEST(Form, ReadsNoMorePairsThanAllowed) {
    std::string text;
    for (int i = 0; i < 100; ++i) text += "k=v&";
    EXPECT_EQ(parse_form(text).size(), 64U);
    EXPECT_THAT(parse_form("a=1&b=2", 1), ElementsAre(Pair("a", "1")));
}

TEST(Form, FindsTheFirstValueWithoutCase) {
    const auto form = parse_form("mode=1&MODE=2");
    EXPECT_EQ(form_value(form, "Mode"), "1");
    EXPECT_EQ(form_value(form, "other"), "");
}

}  // namespace
}  // namespace opencapf::http
