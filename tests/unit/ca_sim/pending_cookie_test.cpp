// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/pending_cookie.hpp"

#include <gmock/gmock.h>

namespace opencapf::ca_sim {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

const WallTime kNow = WallTime(std::chrono::seconds(1'600'000'000));  // 2020-09-13 12:26:40 UTC

PendingEntry entry(std::int64_t id, std::string type = "Saved-Request Certificate [9/13/2020, 2:26:40 PM]") {
    PendingEntry made;
    made.request_id = id;
    made.friendly_type = std::move(type);
    return made;
}

/// The Cookie header a browser makes of a Set-Cookie header.
std::string sent_back(const std::string& set_cookie) { return "a=b; " + set_cookie.substr(0, set_cookie.find(';')); }

TEST(PendingCookie, ComesBackAsItWasSet) {
    PendingEntry second = entry(12, "");
    second.save_certificate = false;
    second.target_store_flags = "7";
    const auto entries = parse_pending_cookie(sent_back(pending_set_cookie({entry(3), second}, kNow, 10)));
    ASSERT_EQ(entries.size(), 2U);
    EXPECT_EQ(entries[0].request_id, 3);
    EXPECT_EQ(entries[0].friendly_type, "Saved-Request Certificate (9/13/2020, 2:26:40 PM)");
    EXPECT_TRUE(entries[0].save_certificate);
    EXPECT_EQ(entries[1].request_id, 12);
    EXPECT_FALSE(entries[1].save_certificate);
    EXPECT_EQ(entries[1].target_store_flags, "7");
}

TEST(PendingCookie, LivesAsLongAsSaid) {
    const std::string header = pending_set_cookie({entry(3)}, kNow, 10);
    EXPECT_THAT(header, StartsWith("Requests=%5B3%2C0%2Cyes%2CSaved-Request%20"));
    EXPECT_THAT(header, HasSubstr("; expires=Wed, 23-Sep-2020 12:26:40 GMT;"));
    EXPECT_THAT(header, HasSubstr("; secure; path=/"));
}

TEST(PendingCookie, NothingLeftDeletesIt) {
    EXPECT_THAT(pending_set_cookie({}, kNow, 10), StartsWith("Requests=; expires=Thu, 01-Jan-1970 00:00:00 GMT;"));
}

TEST(PendingCookie, BrowsersPlusIsABlank) {
    const auto entries = parse_pending_cookie("Requests=%5B7%2C0%2Cyes%2CSaved%2DRequest+Certificate%5D");
    ASSERT_EQ(entries.size(), 1U);
    EXPECT_EQ(entries[0].friendly_type, "Saved-Request Certificate");
}

TEST(PendingCookie, BrokenTuplesAreLeftOut) {
    for (const char* value : {"", "[", "[]", "[1]", "[1,2,3", "[x,0,yes,T]", "[0,0,yes,T]", "[99999999999,0,yes,T]"}) {
        EXPECT_TRUE(parse_pending_cookie("Requests=" + std::string(value)).empty()) << value;
    }
    EXPECT_TRUE(parse_pending_cookie("").empty());
    EXPECT_TRUE(parse_pending_cookie("XRequests=[1,0,yes,T]").empty());
    const auto entries = parse_pending_cookie("Requests=[x,0,yes,T][5,<b>,maybe,T,U][6");
    ASSERT_EQ(entries.size(), 1U);
    EXPECT_EQ(entries[0].target_store_flags, "0");
    EXPECT_EQ(entries[0].friendly_type, "T,U");
}

TEST(PendingCookie, NothingBreaksOutOfATuple) {
    const auto entries =
        parse_pending_cookie(sent_back(pending_set_cookie({entry(1, "a]b[2,0,yes,c;\r\nSet-Cookie: x=y")}, kNow, 10)));
    ASSERT_EQ(entries.size(), 1U);
    EXPECT_EQ(entries[0].friendly_type, "a)b(2,0,yes,c;  Set-Cookie: x=y");
}

TEST(PendingCookie, LongTypesAreCutBetweenCharacters) {
    const auto entries =
        parse_pending_cookie(sent_back(pending_set_cookie({entry(1, std::string(79, 'a') + "\xc3\xa4")}, kNow, 10)));
    ASSERT_EQ(entries.size(), 1U);
    EXPECT_EQ(entries[0].friendly_type, std::string(79, 'a'));
}

TEST(PendingCookie, KeepsTheNewestWithinItsSize) {
    std::vector<PendingEntry> entries;
    for (std::int64_t id = 1; id <= 100; ++id) remember(entries, entry(id, std::string(500, '\xff')));
    EXPECT_EQ(entries.size(), kMaxPendingEntries);
    const std::string header = pending_set_cookie(entries, kNow, 10);
    EXPECT_LT(header.size(), 4096U);
    const auto kept = parse_pending_cookie(sent_back(header));
    ASSERT_GT(kept.size(), 5U);
    EXPECT_EQ(kept.back().request_id, 100);
    EXPECT_EQ(kept.front().request_id, 101 - static_cast<std::int64_t>(kept.size()));
}

TEST(PendingCookie, HugeOnesAreNotRead) {
    std::string value;
    while (value.size() <= kMaxPendingCookie) value += "[1,0,yes,T]";
    EXPECT_TRUE(parse_pending_cookie("Requests=" + value).empty());
}

TEST(PendingCookie, EachIdStandsOnce) {
    std::vector<PendingEntry> entries{entry(1), entry(2)};
    remember(entries, entry(1, "again"));
    ASSERT_EQ(entries.size(), 2U);
    EXPECT_EQ(entries.back().friendly_type, "again");
    EXPECT_TRUE(forget(entries, 2));
    EXPECT_FALSE(forget(entries, 2));
    EXPECT_EQ(entries.size(), 1U);
}

}  // namespace
}  // namespace opencapf::ca_sim
