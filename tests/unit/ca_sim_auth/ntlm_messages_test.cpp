// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/auth/ntlm_messages.hpp"

#include "ntlm_client.hpp"

#include <gtest/gtest.h>

namespace opencapf::ca_sim {
namespace {

const NtlmTarget kTarget{"LAB", "example.test", "LAB-DC", "lab-dc.example.test"};
constexpr NtlmChallenge8 kServer{0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef};

WallTime at(std::int64_t seconds) { return WallTime(std::chrono::seconds(seconds)); }

TEST(NtlmMessages, FileTime) {
    EXPECT_EQ(filetime(at(0)), 116444736000000000U);
    EXPECT_EQ(filetime(at(1) + std::chrono::milliseconds(500)), 116444736015000000U);
    EXPECT_EQ(filetime(at(-1)), 116444735990000000U);
}

TEST(NtlmMessages, Type1OfEveryMeasuredLength) {
    for (const std::size_t size : {16U, 32U, 40U, 42U, 47U, 48U, 50U}) {
        const auto message = parse_negotiate(test::type1(0x00088206, size));
        ASSERT_TRUE(message) << size;
        EXPECT_EQ(message->flags, 0x00088206U);
    }
}

TEST(NtlmMessages, Type1Refusals) {
    const Bytes good = test::type1(0x00088206, 16);
    for (std::size_t size = 0; size < 16; ++size) {
        EXPECT_FALSE(parse_negotiate(ByteView(good).first(size))) << size;
    }
    Bytes other = good;
    other[0] = 'M';
    EXPECT_FALSE(parse_negotiate(other));
    other = good;
    other[8] = 4;
    EXPECT_FALSE(ntlm_message_type(other));
    other[8] = 3;
    EXPECT_FALSE(parse_negotiate(other));
}

TEST(NtlmMessages, Type2ByteForByte) {
    const auto message = build_challenge(NegotiateMessage{0xe2889032}, {"LAB", "a.b", "DC", "dc.a.b"}, kServer, at(0));
    // requests_ntlm offers OEM only here; flags echo ESS, version, 128 and 56, never SIGN, SEAL or KEY_EXCH.
    EXPECT_EQ(to_hex(message.wire),
              "4e544c4d53535000"
              "02000000"
              "0300030038000000"
              "028289a2"
              "0123456789abcdef"
              "0000000000000000"
              "460046003b000000"
              "0a0039380000000f"
              "4c4142"
              "02000600"
              "4c0041004200"
              "01000400"
              "44004300"
              "04000600"
              "61002e006200"
              "03000c00"
              "640063002e0061002e006200"
              "05000600"
              "61002e006200"
              "07000800"
              "00803ed5deb19d01"
              "00000000");
}

TEST(NtlmMessages, Type2FlagsFollowTheClient) {
    const auto flags = [](std::uint32_t client) {
        return build_challenge(NegotiateMessage{client}, kTarget, kServer, at(0)).flags;
    };
    constexpr std::uint32_t kFixed = kNtlmNtlm | kNtlmAlwaysSign | kNtlmTargetTypeDomain | kNtlmTargetInfo;
    EXPECT_EQ(flags(0x00088206), kFixed | kNtlmOem | kNtlmRequestTarget | kNtlmExtendedSessionSecurity);  // curl
    EXPECT_EQ(flags(0x00088207), kFixed | kNtlmUnicode | kNtlmRequestTarget | kNtlmExtendedSessionSecurity);
    EXPECT_EQ(flags(0x00000202), kFixed | kNtlmOem);  // wget
    EXPECT_EQ(flags(0), kFixed | kNtlmOem);
    EXPECT_EQ(flags(0xffffffff) & 0x40000030U, 0U);  // KEY_EXCH, SEAL, SIGN
}

TEST(NtlmMessages, Type2TargetInfoReadsBack) {
    const auto message = build_challenge(NegotiateMessage{kNtlmUnicode}, kTarget, kServer, at(1547647502));
    const ByteView wire = message.wire;
    const auto pairs = parse_av_pairs(wire.subspan(test::get_number(wire, 44, 4), test::get_number(wire, 40, 2)));
    ASSERT_TRUE(pairs);
    ASSERT_EQ(pairs->size(), 6U);
    EXPECT_EQ((*pairs)[0].value, le_bytes(u"LAB"));
    EXPECT_EQ((*pairs)[3].id, AvId::dns_computer);
    EXPECT_EQ((*pairs)[3].value, le_bytes(u"lab-dc.example.test"));
    EXPECT_EQ((*pairs)[5].id, AvId::timestamp);
    EXPECT_EQ(wire.size(), test::get_number(wire, 44, 4) + test::get_number(wire, 40, 2));
}

TEST(NtlmMessages, AvPairRefusals) {
    EXPECT_TRUE(parse_av_pairs(Bytes{}));
    EXPECT_TRUE(parse_av_pairs(*from_hex("020002004100 00000000 ffff")));
    EXPECT_FALSE(parse_av_pairs(*from_hex("020003004100")));
    EXPECT_FALSE(parse_av_pairs(*from_hex("0200ffff4100")));
    EXPECT_FALSE(parse_av_pairs(*from_hex("020002004100 07")));
}

TEST(NtlmMessages, Type3OffsetsOutsideTheMessage) {
    const Bytes one = test::type1();
    const auto two = build_challenge(NegotiateMessage{0x00088207}, kTarget, kServer, at(0));
    const Bytes good = test::answer(one, two.wire);
    ASSERT_TRUE(parse_authenticate(good, true));
    const auto size = static_cast<std::uint32_t>(good.size());
    for (const std::size_t field : {12U, 20U, 28U, 36U, 44U}) {
        for (const std::uint32_t offset : {size, size - 1, 0xffffffffU, 0xfffffff0U, 0x80000000U}) {
            Bytes bad = good;
            for (std::size_t i = 0; i < 4; ++i) bad[field + 4 + i] = static_cast<std::uint8_t>(offset >> (8 * i));
            EXPECT_FALSE(parse_authenticate(bad, true)) << field << " " << offset;
        }
        Bytes bad = good;
        bad[field] = 0xff, bad[field + 1] = 0xff;
        EXPECT_FALSE(parse_authenticate(bad, true)) << field;
    }
}

TEST(NtlmMessages, Type3OddUnicodeLength) {
    test::Parts parts;
    parts.user = Bytes{'a', 0, 'b'};
    EXPECT_FALSE(parse_authenticate(test::type3(parts), true));
    EXPECT_EQ(parse_authenticate(test::type3(parts), false)->user, (std::u16string{u'a', u'\0', u'b'}));
}

}  // namespace
}  // namespace opencapf::ca_sim
