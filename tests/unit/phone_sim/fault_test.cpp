// SPDX-License-Identifier: Apache-2.0
#include "phone_sim/fault.hpp"

#include <gmock/gmock.h>

namespace opencapf::phone_sim {
namespace {

TEST(FaultNames, WithAndWithoutANumber) {
    EXPECT_EQ(parse_fault("none").value().fault, Fault::none);
    EXPECT_EQ(parse_fault("no-answer").value().after, 0);
    EXPECT_EQ(parse_fault("no-answer:3").value().after, 3);
    EXPECT_EQ(parse_fault("disconnect-after=4").value().after, 4) << "as it was written before";
    EXPECT_EQ(parse_fault("slow").value().delay, net::Duration(5000));
    EXPECT_EQ(parse_fault("slow:0.25").value().delay, net::Duration(250));
}

TEST(FaultNames, RefusesWhatItDoesNotKnow) {
    for (const char* text : {"", "list", "slow:", "slow:-1", "slow:nan", "slow:inf", "slow:99999", "no-answer:10",
                             "no-answer:1.5", "no-answer:1e300", "wrong-key:1", "Slow", "slow:1x"}) {
        EXPECT_FALSE(parse_fault(text)) << text;
    }
}

TEST(FaultNames, TheListNamesThemAll) {
    const auto list = fault_list();
    for (const char* name : {"no-answer", "slow", "wrong-session", "split-records", "garbage-key", "wrong-key",
                             "store-failure", "disconnect-after", "bad-signature", "other-certificate"}) {
        EXPECT_TRUE(parse_fault(name)) << name;
        EXPECT_THAT(list, ::testing::HasSubstr(name));
    }
}

}  // namespace
}  // namespace opencapf::phone_sim
