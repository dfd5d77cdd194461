// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/der.hpp"

#include <gtest/gtest.h>

namespace opencapf::ca_sim::der {
namespace {

TEST(Der, WritesLengthsAndIntegers) {
    EXPECT_EQ(to_hex(unsigned_integer(0)), "020100");
    EXPECT_EQ(to_hex(unsigned_integer(127)), "02017f");
    EXPECT_EQ(to_hex(unsigned_integer(128)), "02020080");
    EXPECT_EQ(to_hex(unsigned_integer(0xffffffff)), "020500ffffffff");
    EXPECT_EQ(element(kOctetString, Bytes(127)).size(), 129U);
    EXPECT_EQ(to_hex(ByteView(element(kOctetString, Bytes(128))).first(3)), "048180");
    EXPECT_EQ(to_hex(ByteView(element(kOctetString, Bytes(70000))).first(5)), "0483011170");
}

TEST(Der, OidsAndStringsComeBack) {
    const Bytes body = constructed(kSequence, {oid("1.3.6.1.4.1.311.21.7"), bmp_string("Z\xc3\xa4h\xe2\x82\xac")});
    Cursor cursor(body);
    auto inner = cursor.enter(kSequence);
    ASSERT_TRUE(inner);
    EXPECT_EQ(inner->oid(), "1.3.6.1.4.1.311.21.7");
    EXPECT_EQ(inner->bmp_string(), "Z\xc3\xa4h\xe2\x82\xac");
    EXPECT_TRUE(inner->rest().empty());
    EXPECT_EQ(to_hex(bmp_string("CA")), "1e0400430041");
    EXPECT_EQ(to_hex(bmp_string("\xff")), "1e02fffd");
    EXPECT_THROW(oid("nonsense"), std::invalid_argument);
}

TEST(Der, CursorRefusesWhatDoesNotFit) {
    for (const char* bad : {"", "30", "3005", "3080", "308400000001", "30820100", "0402ffff"}) {
        const Bytes bytes = *from_hex(bad);
        EXPECT_FALSE(Cursor(bytes).enter(kSequence)) << bad;
    }
    const Bytes odd = *from_hex("1e03004300");
    EXPECT_FALSE(Cursor(odd).bmp_string());
    const Bytes broken_oid = *from_hex("060180");
    EXPECT_FALSE(Cursor(broken_oid).oid());
}

}  // namespace
}  // namespace opencapf::ca_sim::der
