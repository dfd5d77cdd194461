// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/auth/spnego.hpp"

#include "spnego_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace opencapf::ca_sim {
namespace {

using test::kerberos_oid;
using test::neg_token_init;
using test::neg_token_resp;
using test::ntlm_oid;
using test::windows_kerberos_oid;
using ::testing::ElementsAre;

const Bytes kLong(300, 0x55);  // needs a length of two octets

TEST(Spnego, InitListsMechanismsInOrder) {
    const Bytes negoex = *from_hex("060a2b06010401823702021e");
    const auto parsed =
        parse_spnego(neg_token_init({windows_kerberos_oid(), kerberos_oid(), negoex, ntlm_oid()}, kLong));
    ASSERT_TRUE(parsed);
    const auto& init = std::get<SpnegoInit>(*parsed);
    EXPECT_THAT(init.mechs,
                ElementsAre(SpnegoMech::kerberos, SpnegoMech::kerberos, SpnegoMech::other, SpnegoMech::ntlm));
    EXPECT_EQ(init.mech_token, kLong);
}

TEST(Spnego, InitWithFlagsAndMicAndWithoutToken) {
    const Bytes fields = test::concatenated({test::tlv(0xa0, test::tlv(0x30, ntlm_oid())), *from_hex("a10403020106"),
                                             test::tlv(0xa3, test::tlv(0x04, kLong))});
    const auto parsed = parse_spnego(
        test::tlv(0x60, test::concatenated({*from_hex("06062b0601050502"), test::tlv(0xa0, test::tlv(0x30, fields))})));
    ASSERT_TRUE(parsed);
    EXPECT_TRUE(std::get<SpnegoInit>(*parsed).mech_token.empty());
}

TEST(Spnego, ResponseWithAndWithoutMic) {
    for (const Bytes& mic : {Bytes{}, Bytes(16, 1)}) {
        const auto parsed = parse_spnego(neg_token_resp(kLong, mic));
        ASSERT_TRUE(parsed);
        EXPECT_EQ(std::get<SpnegoResponse>(*parsed).token, kLong);
    }
}

TEST(Spnego, EveryTruncationAndEveryExtensionIsRefused) {
    for (const Bytes& whole : {neg_token_init({kerberos_oid(), ntlm_oid()}, kLong), neg_token_resp(kLong, Bytes(16, 1)),
                               neg_token_init({ntlm_oid()}, Bytes{1})}) {
        ASSERT_TRUE(parse_spnego(whole));
        for (std::size_t size = 0; size < whole.size(); ++size) {
            const auto parsed = parse_spnego(ByteView(whole).first(size));
            ASSERT_FALSE(parsed) << size;
            EXPECT_EQ(parsed.error().code, Errc::malformed);
        }
        Bytes longer = whole;
        longer.push_back(0);
        EXPECT_FALSE(parse_spnego(longer));
    }
}

TEST(Spnego, MalformedTokens) {
    for (const char* hex : {
             "",
             "6000",
             "600806062b0601050502",              // nothing behind the OID
             "600a06062b06010505026000",          // another choice
             "600e06062b0601050502a0043002a000",  // empty [0]
             "6084ffffffff",                      // length of four octets
             "6080",                              // indefinite length
             "61020000",
             "a100",
             "a10230"
             "05",
             "a1073005a203040500",  // token longer than its frame
             "4e544c4d53535000",
         }) {
        EXPECT_FALSE(parse_spnego(*from_hex(hex))) << hex;
    }
    EXPECT_FALSE(parse_spnego(neg_token_init({}, kLong)));
    EXPECT_FALSE(parse_spnego(neg_token_init({*from_hex("020101")}, kLong)));  // no OID
    Bytes many;
    for (int i = 0; i < 16; ++i) many = test::concatenated({many, ntlm_oid()});
    EXPECT_TRUE(parse_spnego(neg_token_init({many}, kLong)));
    EXPECT_FALSE(parse_spnego(neg_token_init({many, ntlm_oid()}, kLong)));
}

TEST(Spnego, AnswersAsOnTheWire) {
    EXPECT_EQ(to_hex(build_spnego_answer(NegState::accept_completed, false, {})), "a1073005a0030a0100");
    EXPECT_EQ(to_hex(build_spnego_answer(NegState::accept_incomplete, true, {})),
              "a1153013a0030a0101a10c060a2b06010401823702020a");
    const Bytes answer = build_spnego_answer(NegState::accept_incomplete, true, kLong);
    const auto parsed = parse_spnego(answer);  // the client's grammar is the server's
    ASSERT_TRUE(parsed);
    EXPECT_EQ(std::get<SpnegoResponse>(*parsed).token, kLong);
    EXPECT_EQ(to_hex(ByteView(answer).first(4)), "a182014b");  // 4 + 5 + 14 + 4 + 4 + 300
}

TEST(Spnego, BareKerberos) {
    EXPECT_TRUE(is_bare_kerberos(test::tlv(0x60, test::concatenated({kerberos_oid(), Bytes{1, 0}}))));
    EXPECT_FALSE(is_bare_kerberos(neg_token_init({kerberos_oid()}, kLong)));
    EXPECT_FALSE(is_bare_kerberos({}));
    EXPECT_FALSE(is_bare_kerberos(*from_hex("6003060100")));
}

}  // namespace
}  // namespace opencapf::ca_sim
