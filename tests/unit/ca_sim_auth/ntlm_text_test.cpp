// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/auth/ntlm_text.hpp"

#include <gtest/gtest.h>

namespace opencapf::ca_sim {
namespace {

TEST(NtlmText, Utf8RoundTrip) {
    for (const std::string text : {"", "ciscora", "J\xc3\xbcrgen", "\xe2\x82\xac", "\xf0\x9f\x93\x9e phone"}) {
        const auto wide = utf16_from_utf8(text);
        ASSERT_TRUE(wide) << text;
        EXPECT_EQ(utf8_from_utf16(*wide), text);
        EXPECT_EQ(utf16_from_le_bytes(le_bytes(*wide)), *wide);
    }
    EXPECT_EQ(utf16_from_utf8("\xf0\x9f\x93\x9e")->size(), 2U);
}

TEST(NtlmText, RefusesBrokenUtf8) {
    for (const std::string_view text : {"\x80", "\xc0\x80", "\xc3", "\xe0\x80\x80", "\xed\xa0\x80", "\xf0\x80\x80\x80",
                                        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe2\x82", "\xc3("}) {
        EXPECT_FALSE(utf16_from_utf8(text)) << to_hex(as_bytes(text));
    }
    EXPECT_EQ(utf16_from_text("J\xfcrgen"), u"J\u00fcrgen");
}

TEST(NtlmText, LoneSurrogatesAndOddLengths) {
    EXPECT_EQ(utf8_from_utf16(std::u16string(1, char16_t{0xd800})), "\xef\xbf\xbd");
    EXPECT_EQ(utf8_from_utf16(std::u16string{char16_t{0xd800}, u'a'}),
              "\xef\xbf\xbd"
              "a");
    EXPECT_FALSE(utf16_from_le_bytes(Bytes{1, 2, 3}));
}

TEST(NtlmText, UpperCase) {
    EXPECT_EQ(upper(u"ciscoRA-1"), u"CISCORA-1");
    EXPECT_EQ(upper(u"j\u00fcrgen \u00f7 \u00ff"), u"J\u00dcRGEN \u00f7 \u0178");
    EXPECT_EQ(upper(u"\u0159\u017e\u010d\u0131"), u"\u0158\u017d\u010c\u0131");
    EXPECT_EQ(upper(u"\u03b1\u03c2"), u"\u0391\u03a3");
    EXPECT_EQ(upper(u"\u0436\u0451"), u"\u0416\u0401");
}

}  // namespace
}  // namespace opencapf::ca_sim
