// SPDX-License-Identifier: Apache-2.0
#include "diagnosis/log_names.hpp"

#include <algorithm>
#include <gmock/gmock.h>
#include <string>
#include <vector>

namespace opencapf::diagnosis {
namespace {

using Names = std::vector<std::string>;

Names oldest_first(Names names) {
    std::sort(names.begin(), names.end(), is_older_name);
    return names;
}

TEST(LogNames, RotatedFilesComeBeforeTheOneThatIsBeingWritten) {
    EXPECT_EQ(oldest_first({"capf.log", "capf.log.1", "capf.log.10.gz", "capf.log.2.gz"}),
              (Names{"capf.log.10.gz", "capf.log.2.gz", "capf.log.1", "capf.log"}));
    EXPECT_EQ(oldest_first({"d/capf.log", "d/capf.log-20261128", "d/capf.log-20261127.gz"}),
              (Names{"d/capf.log-20261127.gz", "d/capf.log-20261128", "d/capf.log"}));
    EXPECT_EQ(oldest_first({"capf.log", "capf-20261128.log"}), (Names{"capf-20261128.log", "capf.log"}));
}

TEST(LogNames, NumbersInNamesCountAsNumbers) {
    EXPECT_EQ(oldest_first({"CAPF10.txt", "CAPF9.txt", "CAPF0000011.txt"}),
              (Names{"CAPF9.txt", "CAPF10.txt", "CAPF0000011.txt"}));
    EXPECT_EQ(oldest_first({"u_ex261201.log", "u_ex261128.log"}), (Names{"u_ex261128.log", "u_ex261201.log"}));
    EXPECT_EQ(oldest_first({"10.0.0.2", "10.0.0.1", "", "7"}).size(), 4U) << "no name breaks it";
}

TEST(LogNames, IsAStrictOrder) {
    const Names names{"a", "a.1", "a-20261128", "a1", "a01", "b.2", "1", "01", "", ".1", "-20261128", "a.1.gz"};
    for (const auto& one : names) {
        EXPECT_FALSE(is_older_name(one, one)) << one;
        for (const auto& other : names)
            EXPECT_EQ(is_older_name(one, other) || is_older_name(other, one), one != other) << one << ' ' << other;
    }
}

}  // namespace
}  // namespace opencapf::diagnosis
