// SPDX-License-Identifier: Apache-2.0
#include "ces/certsrv/html.hpp"

#include <gmock/gmock.h>

namespace opencapf::ces {
namespace {

TEST(HtmlTest, ReadsQuotedAndUnquotedAttributes) {
    const auto tags = html_tags("<P ID=locPageTitle><a href='x' NAME = \"n&amp;m\" value=v/>t</P >");
    ASSERT_EQ(tags.size(), 3U);
    EXPECT_EQ(tags[0].name, "p");
    EXPECT_EQ(tags[0].id, "locPageTitle");
    EXPECT_EQ(tags[1].field, "n&m");
    EXPECT_EQ(tags[1].value, "v/");
    EXPECT_TRUE(tags[2].closing);
    EXPECT_EQ(tags[2].name, "p");
}

TEST(HtmlTest, SkipsCommentsAndScripts) {
    const auto tags = html_tags("<!-- <b> --><script>if (a<b) x='<i>';</SCRIPT><u>");
    ASSERT_EQ(tags.size(), 3U);
    EXPECT_EQ(tags[0].name, "script");
    EXPECT_EQ(tags[1].name, "script");
    EXPECT_TRUE(tags[1].closing);
    EXPECT_EQ(tags[2].name, "u");
}

TEST(HtmlTest, BrokenPagesEndQuietly) {
    for (const char* page :
         {"<", "<a", "<a b=", "<a b='", "<!--", "<script>", "</", "<a =>", "<a \"=\"x", "a < b", "<a /"})
        EXPECT_LE(html_tags(page).size(), 1U) << page;
    EXPECT_EQ(html_tags(std::string(1000, '<') + "b>").size(), 1U);
    std::string many;
    for (int i = 0; i < 500; ++i) many += "<b>";
    EXPECT_EQ(html_tags(many, 100).size(), 100U);
}

TEST(HtmlTest, DecodesEntitiesItKnows) {
    EXPECT_EQ(html_unescape("a&amp;b&lt;c&GT;&quot;&#39;&#x41;&nbsp;&unknown;&#0;&#x110000;&"),
              "a&b<c>\"'A &unknown;&#0;&#x110000;&");
    EXPECT_EQ(html_unescape("&#252;&#x20AC;&#x1F600;"), "\xC3\xBC\xE2\x82\xAC\xF0\x9F\x98\x80");
}

TEST(HtmlTest, StripsTagsAndFoldsBlanks) {
    EXPECT_EQ(html_strip("<P>\r\n\t\tone <b>two</b>\n<script>x</script> three<br>"), "one two three");
}

TEST(HtmlTest, FindsIgnoringCase) {
    EXPECT_EQ(find_ignoring_case("xxCertNew.CERyy", "certnew.cer"), 2U);
    EXPECT_EQ(find_ignoring_case("abcabc", "ABC", 1), 3U);
    EXPECT_EQ(find_ignoring_case("abc", "d"), std::string_view::npos);
    EXPECT_EQ(find_ignoring_case("abc", "a", 4), std::string_view::npos);
}

}  // namespace
}  // namespace opencapf::ces
