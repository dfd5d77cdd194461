// SPDX-License-Identifier: Apache-2.0
#include "capf/device.hpp"

#include <gtest/gtest.h>

namespace opencapf::capf {
namespace {

TEST(FinishTime, IsLocalTime) {
    const auto time = parse_finish_time("2019:01:20:12:00");
    ASSERT_TRUE(time);
    EXPECT_EQ(format_local(*time, "%Y-%m-%d %H:%M:%S"), "2019-01-20 12:00:00");
}

class BadFinishTime : public ::testing::TestWithParam<const char*> {};
TEST_P(BadFinishTime, IsRefused) { EXPECT_FALSE(parse_finish_time(GetParam())) << GetParam(); }
INSTANTIATE_TEST_SUITE_P(Texts, BadFinishTime,
                         ::testing::Values("", "2019", "2019:01:20:12", "2019:01:20:12:00:00", "2019:02:31:12:00",
                                           "2019:13:01:12:00", "2019:01:20:24:61", "tomorrow", "2019:01:20:12:00x"));

TEST(DeviceName, IsSafeAsAFileName) {
    EXPECT_TRUE(is_valid_device_name("SEP74A02FC0A675"));
    EXPECT_TRUE(is_valid_device_name("CSF-user.name_1"));
    for (const auto* name : {"", "..", ".hidden", "a/b", "a b", "a\nb", "a'b", "\xc3\xa4"})
        EXPECT_FALSE(is_valid_device_name(name)) << name;
    EXPECT_FALSE(is_valid_device_name(std::string(129, 'a')));
    EXPECT_TRUE(is_valid_device_name(std::string(128, 'a')));
}

}  // namespace
}  // namespace opencapf::capf
