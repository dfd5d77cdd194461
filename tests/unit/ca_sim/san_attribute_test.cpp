// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/san_attribute.hpp"

#include <gtest/gtest.h>

namespace opencapf::ca_sim {
namespace {

TEST(SanAttribute, WritesEachKindOfName) {
    EXPECT_EQ(to_hex(names_of_attribute("dns=a.b").value()), "30058203612e62");
    EXPECT_EQ(to_hex(names_of_attribute("EMAIL=a@b").value()), "30058103614062");
    EXPECT_EQ(to_hex(names_of_attribute("url=http:x").value()), "30088606687474703a78");
    EXPECT_EQ(to_hex(names_of_attribute("ipaddress=192.0.2.1").value()), "30068704c0000201");
    EXPECT_EQ(to_hex(names_of_attribute("ipaddress=2001:db8::1").value()), "3012871020010db8000000000000000000000001");
    EXPECT_EQ(to_hex(names_of_attribute("upn=a@b").value()), "3015a013060a2b060104018237140203a0050c03614062");
}

TEST(SanAttribute, TakesSeveralNamesAndSkipsEmptyParts) {
    EXPECT_EQ(to_hex(names_of_attribute(" dns = a & dns=b&").value()), "3006820161820162");
}

TEST(SanAttribute, RefusesWhatItDoesNotUnderstand) {
    for (const char* wrong : {"", "&", "dns", "dns=", "dns=a b", "dns=\xc3\xa4", "ipaddress=1.2.3", "guid=12",
                              "dn=CN=x", "dns=a\r\nb", "=a"}) {
        const auto names = names_of_attribute(wrong);
        ASSERT_FALSE(names) << wrong;
        EXPECT_EQ(names.error().code, Errc::malformed);
    }
    std::string many;
    for (int i = 0; i < 65; ++i) many += "dns=a&";
    EXPECT_FALSE(names_of_attribute(many));
    EXPECT_FALSE(names_of_attribute("dns=" + std::string(2000, 'a')));
}

}  // namespace
}  // namespace opencapf::ca_sim
