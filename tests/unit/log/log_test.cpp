// SPDX-License-Identifier: Apache-2.0
#include "opencapf/base/text.hpp"
#include "opencapf/log/line_file.hpp"
#include "opencapf/log/operator_log.hpp"
#include "support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <thread>

namespace opencapf::log {
namespace {

using test::TempDir;
using ::testing::HasSubstr;

std::vector<std::string> lines_of(const std::string& path) {
    auto lines = split(read_file(path), '\n');
    EXPECT_EQ(lines.back(), "") << "the last line has no end";
    lines.pop_back();
    return lines;
}

TEST(LineFile, WritesLinesAsTheyAreAndAppends) {
    const TempDir dir;
    {
        LineFile file(dir.file("a.log"));
        file.write("one {} %v");
        file.write(std::vector<std::string>{});
        file.write(std::vector<std::string>{"two", "three"});
        EXPECT_EQ(file.path(), dir.file("a.log"));
    }  // the destructor waits for the file
    EXPECT_EQ(read_file(dir.file("a.log")), "one {} %v\ntwo\nthree\n");
    LineFile again(dir.file("a.log"));
    again.write("four");
    again.flush();
    EXPECT_EQ(read_file(dir.file("a.log")), "one {} %v\ntwo\nthree\nfour\n");
}

TEST(LineFile, KeepsOrderAndBlocksOfSeveralThreads) {
    constexpr int kThreads = 4, kBlocks = 300;
    const TempDir dir;
    LineFile file(dir.file("a.log"));
    std::vector<std::thread> writers;
    for (int t = 0; t < kThreads; ++t) {
        writers.emplace_back([&file, t] {
            for (int b = 0; b < kBlocks; ++b) {
                const std::string id = std::to_string(t) + " " + std::to_string(b);
                file.write({id + " begin", id + " middle", id + " end"});
            }
        });
    }
    for (auto& writer : writers) writer.join();
    file.flush();
    const auto lines = lines_of(file.path());
    ASSERT_EQ(lines.size(), std::size_t{kThreads * kBlocks * 3});
    std::vector<int> next(kThreads, 0);
    for (std::size_t i = 0; i < lines.size(); i += 3) {
        const auto thread = static_cast<std::size_t>(lines[i][0] - '0');
        const std::string id = std::to_string(thread) + " " + std::to_string(next.at(thread)++);
        EXPECT_EQ(lines[i], id + " begin");
        EXPECT_EQ(lines[i + 1], id + " middle");
        EXPECT_EQ(lines[i + 2], id + " end");
    }
}

TEST(LineFile, FlushOfOneFileCoversItsLinesWhileOthersWrite) {
    const TempDir dir;
    LineFile busy(dir.file("busy.log")), quiet(dir.file("quiet.log"));
    std::thread writer([&busy] {
        for (int i = 0; i < 2000; ++i) busy.write("x");
    });
    for (int i = 1; i <= 20; ++i) {
        quiet.write("y");
        quiet.flush();
        EXPECT_EQ(lines_of(quiet.path()).size(), static_cast<std::size_t>(i));
    }
    writer.join();
}

TEST(LineFile, ReopenFollowsLogrotate) {
    const TempDir dir;
    LineFile file(dir.file("a.log"));
    file.write("before");
    file.flush();
    std::filesystem::rename(dir.file("a.log"), dir.file("a.log.1"));
    file.write("between");  // still into the renamed file
    file.reopen();
    file.write("after");
    file.flush();
    EXPECT_EQ(read_file(dir.file("a.log.1")), "before\nbetween\n");
    EXPECT_EQ(read_file(dir.file("a.log")), "after\n");
}

TEST(LineFile, FailedReopenKeepsTheOldFile) {
    const TempDir dir;
    std::filesystem::create_directory(dir.file("logs"));
    LineFile file(dir.file("logs/a.log"));
    std::filesystem::rename(dir.file("logs"), dir.file("old"));
    write_file_atomically(dir.file("logs"), "not a directory", 0600, Durability::survives_process);
    EXPECT_THROW(file.reopen(), std::runtime_error);
    file.write("goes on");
    file.flush();
    EXPECT_EQ(read_file(dir.file("old/a.log")), "goes on\n");
}

TEST(LineFile, NamesAPathItCannotOpen) {
    const TempDir dir;
    try {
        LineFile file(dir.path());
        FAIL() << "opened a directory";
    } catch (const std::runtime_error& error) {
        EXPECT_THAT(error.what(), HasSubstr(dir.path()));
    }
}

TEST(OperatorLog, WritesOneEscapedLinePerEventToStandardError) {
    ::testing::internal::CaptureStderr();
    info("started {}");
    warn("name \"a\nERROR: forged\"");
    error("failed");
    const auto lines = split(::testing::internal::GetCapturedStderr(), '\n');
    ASSERT_EQ(lines.size(), 4U);
    EXPECT_THAT(lines[0], HasSubstr("info: started {}"));
    EXPECT_THAT(lines[1], HasSubstr("warning: name \"a\\x0aERROR: forged\""));
    EXPECT_THAT(lines[2], HasSubstr("error: failed"));
    EXPECT_EQ(lines[3], "");
}

}  // namespace
}  // namespace opencapf::log
