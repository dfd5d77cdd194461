// SPDX-License-Identifier: Apache-2.0
#include "diagnosis/log_set.hpp"

#include <gtest/gtest.h>
#include <stdexcept>

namespace opencapf::diagnosis {
namespace {

TEST(LogSet, TellsFilesByTheirContents) {
    LogSet logs;
    logs.add("a", "12:31:03.354 |-->debug\n12:31:03.354 |   debug Recd event\n");
    logs.add("b", "nginx: [warn] pop_enabled off\n***EST [INFO][f:1]--> x\n");
    logs.add("c", "***EST [INFO][f:1]--> x\n2019/03/05 12:31:21 [info] 1#0: text\n");
    logs.add(
        "d",
        "#Software: Microsoft Internet Information Services 8.5\n#Fields: date\n2019-03-05 17:31:15 1.2.3.4 GET / \n");
    logs.add("e", "2026-11-28 17:16:40.287 warning: text\n");
    EXPECT_EQ(logs.lines(Log::capf).size(), 2U);
    EXPECT_EQ(logs.lines(Log::ciscora).size(), 2U);
    EXPECT_EQ(logs.lines(Log::error_log).size(), 2U);
    ASSERT_EQ(logs.lines(Log::iis).size(), 1U) << "comment lines are left out";
    EXPECT_EQ(logs.lines(Log::iis)[0].number, 3U);
    EXPECT_EQ(logs.lines(Log::daemon).size(), 1U);
    EXPECT_TRUE(logs.skipped().empty());
}

TEST(LogSet, NamesWhatItDoesNotKnow) {
    LogSet logs;
    logs.add("notes.txt", "buy milk\n");
    logs.add("empty", "");
    EXPECT_TRUE(logs.empty());
    EXPECT_EQ(logs.skipped(), std::vector<std::string>{"notes.txt"});
    EXPECT_THROW(logs.read("/no/such/directory"), std::runtime_error);
}

TEST(LogSet, FindsLostLineEnds) {
    LogSet logs;
    logs.add("copied", "nginx: [warn] one nginx: [error] two ***EST [INFO][f:1]--> three\r\n");
    const auto& lines = logs.lines(Log::ciscora);
    ASSERT_EQ(lines.size(), 3U);
    EXPECT_EQ(lines[1].text, "nginx: [error] two");
    EXPECT_EQ(lines[2].text, "***EST [INFO][f:1]--> three");
}

TEST(LogSet, NoInputBreaksIt) {
    for (const auto& text :
         std::vector<std::string>{std::string("\0\0\0", 3), std::string(100'000, ' '), std::string("\n\n\r\n"),
                                  std::string("12:31:03.354 |"), std::string("***EST [")}) {
        LogSet logs;
        logs.add("x", text);
    }
}

}  // namespace
}  // namespace opencapf::diagnosis
