// SPDX-License-Identifier: Apache-2.0
#include "opencapf/base/bytes.hpp"

#include "opencapf/base/clock.hpp"
#include "opencapf/base/result.hpp"
#include "opencapf/base/text.hpp"

#include <cstdlib>
#include <gmock/gmock.h>
#include <set>

namespace opencapf {
namespace {

using std::chrono::milliseconds;
using std::chrono::system_clock;

TEST(Hex, GoesBothWays) {
    const Bytes all{0x00, 0x0f, 0x7f, 0x80, 0xff};
    EXPECT_EQ(to_hex(all), "000f7f80ff");
    EXPECT_EQ(from_hex("000F7f80fF"), all);
    EXPECT_EQ(from_hex(" 00 0f\t7f\r\n80ff\n"), all);
    EXPECT_EQ(from_hex(""), Bytes{});
}

TEST(Hex, RefusesOtherCharactersAndHalfBytes) {
    for (const char* text : {"0", "000", "0g", "0x00", "00:11", "-1"}) EXPECT_FALSE(from_hex(text)) << text;
    EXPECT_FALSE(from_hex(std::string_view("00\0", 3)));
}

struct Base64Vector {
    const char* plain;
    const char* encoded;
};
class Base64Rfc4648 : public ::testing::TestWithParam<Base64Vector> {};

TEST_P(Base64Rfc4648, GoesBothWays) {
    const auto& [plain, encoded] = GetParam();
    EXPECT_EQ(to_base64(as_bytes(plain)), encoded);
    const auto back = from_base64(encoded);
    ASSERT_TRUE(back);
    EXPECT_EQ(as_text(*back), plain);
}

INSTANTIATE_TEST_SUITE_P(Section10, Base64Rfc4648,
                         ::testing::Values(Base64Vector{"", ""}, Base64Vector{"f", "Zg=="}, Base64Vector{"fo", "Zm8="},
                                           Base64Vector{"foo", "Zm9v"}, Base64Vector{"foob", "Zm9vYg=="},
                                           Base64Vector{"fooba", "Zm9vYmE="}, Base64Vector{"foobar", "Zm9vYmFy"}));

TEST(Base64, WrapsWithTheLineEndGiven) {
    const auto data = as_bytes("foobarfoobar");  // 16 characters
    EXPECT_EQ(to_base64(data, 8, "\r\n"), "Zm9vYmFy\r\nZm9vYmFy\r\n");
    EXPECT_EQ(to_base64(data, 10), "Zm9vYmFyZm\n9vYmFy\n");
    EXPECT_EQ(to_base64(data, 64), "Zm9vYmFyZm9vYmFy\n");
    EXPECT_EQ(to_base64({}, 64), "");
}

TEST(Base64, ReadsWrappedTextAndEveryByteValue) {
    Bytes all;
    for (unsigned i = 0; i < 256; ++i) all.push_back(static_cast<std::uint8_t>(i));
    EXPECT_EQ(from_base64(to_base64(all, 64, "\r\n")), all);
    EXPECT_EQ(from_base64(" Zm9\t vYmFy \r\n"), from_hex("666f6f626172"));
    EXPECT_EQ(from_base64("Zg =\r\n= "), from_hex("66"));
}

TEST(Base64, RefusesGarbageAndMisplacedPadding) {
    for (const char* text : {"Zg", "Zg=", "Z", "Zg===", "Zg==Zg==", "Z===", "=", "====", "Zm9v=", "Zm=v", "Zm9v!",
                             "Zm9-", "Zm9_", "Zg==A", "Zm8==", "\x80Zm9"})
        EXPECT_FALSE(from_base64(text)) << text;
    EXPECT_FALSE(from_base64(std::string_view("Zm9\0", 4)));
}

TEST(EqualConstantTime, ComparesContentAndLength) {
    EXPECT_TRUE(equal_constant_time({}, {}));
    EXPECT_TRUE(equal_constant_time(as_bytes("abc"), as_bytes("abc")));
    EXPECT_FALSE(equal_constant_time(as_bytes("abc"), as_bytes("abd")));
    EXPECT_FALSE(equal_constant_time(as_bytes("abc"), as_bytes("ab")));
    EXPECT_FALSE(equal_constant_time({}, as_bytes("a")));
}

TEST(RandomBytes, HasTheSizeAskedForAndNeverRepeats) {
    EXPECT_TRUE(random_bytes(0).empty());
    std::set<Bytes> seen;
    for (int i = 0; i < 50; ++i) seen.insert(random_bytes(16));
    EXPECT_EQ(seen.size(), 50U);
    EXPECT_EQ(seen.begin()->size(), 16U);
}

TEST(Text, CaseChangesAsciiOnly) {
    EXPECT_EQ(to_lower("AbZ-09\xc3\x84"), "abz-09\xc3\x84");
    EXPECT_EQ(to_upper("aBz-09\xc3\xa4"), "ABZ-09\xc3\xa4");
    EXPECT_TRUE(iequals("Content-TYPE", "content-type"));
    EXPECT_FALSE(iequals("content", "content-type"));
    EXPECT_FALSE(iequals("a[", "A{"));  // 0x5b and 0x7b differ in the case bit only
}

TEST(Text, TrimsAndSplits) {
    EXPECT_EQ(trim(" \t\r\nx y\n "), "x y");
    EXPECT_EQ(trim(" \t"), "");
    EXPECT_THAT(split("a,,b,", ','), ::testing::ElementsAre("a", "", "b", ""));
    EXPECT_THAT(split("", ','), ::testing::ElementsAre(""));
}

TEST(Printable, NeverLetsALineBeForged) {
    EXPECT_EQ(printable("SEP1\r\nERROR"), "SEP1\\x0d\\x0aERROR");
    EXPECT_EQ(printable(std::string_view("a\0\x7f\x1b[2J", 7)), "a\\x00\\x7f\\x1b[2J");
    EXPECT_EQ(printable("\xc2\x9b[2J"), "\\xc2\\x9b[2J") << "a terminal takes it for ESC [";
    EXPECT_EQ(printable("back\\slash \xc3\xa4"), "back\\slash \xc3\xa4");
}

TEST(Printable, CutsWithAMark) {
    EXPECT_EQ(printable("12345", 5), "12345");
    EXPECT_EQ(printable("123456", 5), "12345...");
    EXPECT_EQ(printable(std::string(5000, 'x')), std::string(1024, 'x') + "...");
}

TEST(HtmlEscape, CoversTextAndAttributes) {
    EXPECT_EQ(html_escape("<a href=\"x\" id='y'>R&D</a>"),
              "&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;R&amp;D&lt;/a&gt;");
    EXPECT_EQ(html_escape("plain"), "plain");
}

TEST(PercentCoding, DecodesAsBrowsersAndIisDo) {
    EXPECT_EQ(percent_decode("a%20b%2Bc+d", true), "a b+c d");
    EXPECT_EQ(percent_decode("a+b", false), "a+b");
    EXPECT_EQ(percent_decode("%41%4a%4A", false), "AJJ");
    EXPECT_EQ(percent_decode("100%", false), "100%");
    EXPECT_EQ(percent_decode("%4", false), "%4");
    EXPECT_EQ(percent_decode("%zz% 4%%41", false), "%zz% 4%A");
    EXPECT_EQ(percent_decode("%00x", false), std::string_view("\0x", 2));
}

TEST(PercentCoding, EncodesEverythingReserved) {
    EXPECT_EQ(percent_encode("AZaz09-._~"), "AZaz09-._~");
    EXPECT_EQ(percent_encode("a b+/=\xff"), "a%20b%2B%2F%3D%FF");
    std::string all;
    for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
    EXPECT_EQ(percent_decode(percent_encode(all), true), all);
}

TEST(Clock, FormatsInUtcAndInTheLocalZone) {
    const auto time = system_clock::from_time_t(1'700'000'000) + milliseconds(789);  // 2023-11-14 22:13:20 UTC
    EXPECT_EQ(format_utc(time, "%Y-%m-%d %H:%M:%S"), "2023-11-14 22:13:20");
    EXPECT_EQ(milliseconds_of(time), 789);
    ::setenv("TZ", "TST-2", 1);  // POSIX: two hours east
    ::tzset();
    EXPECT_EQ(format_local(time, "%d/%H:%M"), "15/00:13");
    ::unsetenv("TZ");
    ::tzset();
}

TEST(Clock, RoundsDownBeforeTheEpochToo) {
    const auto time = system_clock::from_time_t(0) - milliseconds(1);
    EXPECT_EQ(format_utc(time, "%Y-%m-%d %H:%M:%S"), "1969-12-31 23:59:59");
    EXPECT_EQ(milliseconds_of(time), 999);
}

TEST(Result, NamesEveryErrorOnceAndAddsContext) {
    std::set<std::string_view> names;
    constexpr int kCodes = static_cast<int>(Errc::internal) + 1;
    for (int i = 0; i < kCodes; ++i) names.insert(to_string(static_cast<Errc>(i)));
    EXPECT_EQ(names.size(), static_cast<std::size_t>(kCodes));
    const Error error = Error{Errc::timeout, "no answer"}.with("TLS handshake");
    EXPECT_EQ(error.code, Errc::timeout);
    EXPECT_EQ(error.message, "TLS handshake: no answer");
}

}  // namespace
}  // namespace opencapf
