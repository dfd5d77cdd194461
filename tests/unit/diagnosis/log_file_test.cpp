// SPDX-License-Identifier: Apache-2.0
#include "diagnosis/log_file.hpp"

#include "diagnosis/log_set.hpp"
#include "support/temp_dir.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fstream>
#include <gtest/gtest.h>
#include <map>
#include <memory>

namespace opencapf::diagnosis {
namespace {

using Members = std::map<std::string, std::string>;
using Writer = std::unique_ptr<archive, int (*)(archive*)>;

constexpr char kTrace[] = "12:32:04.628 |-->debug\n12:32:04.628 |   debug something\n";

class LogFile : public ::testing::Test {
protected:
    std::string path(const std::string& name) { return folder_.file(name); }

    std::string plain(const std::string& name, const std::string& text) {
        std::ofstream(path(name), std::ios::binary) << text;
        return path(name);
    }
    std::string packed(const std::string& name, const Members& members, int (*format)(archive*),
                       int (*filter)(archive*)) {
        const Writer a(archive_write_new(), archive_write_free);
        format(a.get());
        filter(a.get());
        EXPECT_EQ(archive_write_open_filename(a.get(), path(name).c_str()), ARCHIVE_OK);
        for (const auto& [member, text] : members) {
            const std::unique_ptr<archive_entry, void (*)(archive_entry*)> entry(archive_entry_new(),
                                                                                 archive_entry_free);
            archive_entry_set_pathname(entry.get(), member.c_str());
            archive_entry_set_filetype(entry.get(), AE_IFREG);
            archive_entry_set_perm(entry.get(), 0600);
            archive_entry_set_size(entry.get(), static_cast<la_int64_t>(text.size()));
            EXPECT_EQ(archive_write_header(a.get(), entry.get()), ARCHIVE_OK);
            archive_write_data(a.get(), text.data(), text.size());
        }
        return path(name);
    }
    static Members read(const std::string& file, const LogLimits& limits = {}) {
        Members found;
        read_log_file(file, limits, [&](const std::string& name, const std::string& text) { found[name] = text; });
        return found;
    }

private:
    test::TempDir folder_;
};

TEST_F(LogFile, ACompressedTraceIsReadAsWhatIsInIt) {
    const auto file = packed("trace.gzo", {{"x", kTrace}}, archive_write_set_format_raw, archive_write_add_filter_gzip);
    EXPECT_EQ(read(file), (Members{{file, kTrace}}));
}

TEST_F(LogFile, AnArchiveIsReadMemberByMember) {
    for (const auto& [name, format, filter] :
         {std::tuple{"a.zip", &archive_write_set_format_zip, &archive_write_add_filter_none},
          std::tuple{"a.tgz", &archive_write_set_format_ustar, &archive_write_add_filter_gzip},
          std::tuple{"a.tar", &archive_write_set_format_ustar, &archive_write_add_filter_none}}) {
        const auto file =
            packed(name, {{"node/capf.txt", kTrace}, {"node/nginx1.txt", "nginx: [warn] x\n"}}, format, filter);
        EXPECT_EQ(read(file),
                  (Members{{file + ":node/capf.txt", kTrace}, {file + ":node/nginx1.txt", "nginx: [warn] x\n"}}))
            << name;
    }
}

TEST_F(LogFile, PowerShellsUtf16BecomesText) {
    const std::string little(
        "\xff\xfe"
        "a\0\xe4\0\xac\x20\n\0",
        10),
        big("\xfe\xff"
            "\0a\0\xe4\x20\xac\0\n",
            10);
    EXPECT_EQ(read(plain("le.log", little)).begin()->second, "a\xc3\xa4\xe2\x82\xac\n");
    EXPECT_EQ(read(plain("be.log", big)).begin()->second, "a\xc3\xa4\xe2\x82\xac\n");
    EXPECT_EQ(read(plain("bom.log",
                         "\xef\xbb\xbf"
                         "a\n"))
                  .begin()
                  ->second,
              "a\n");
    EXPECT_EQ(read(plain("odd.log", std::string("\xff\xfe"
                                                "a\0b",
                                                5)))
                  .begin()
                  ->second,
              "a");
}

TEST_F(LogFile, BoundsHold) {
    LogLimits limits;
    limits.max_file_bytes = 10;
    const std::string text = "0123456789abcdef";
    EXPECT_EQ(read(plain("long.log", text), limits).begin()->second, "6789abcdef") << "the end";
    const auto gz = packed("long.gz", {{"x", text}}, archive_write_set_format_raw, archive_write_add_filter_gzip);
    EXPECT_EQ(read(gz, limits).begin()->second, "6789abcdef");

    const auto two =
        packed("two.zip", {{"a", "a"}, {"b", "b"}}, archive_write_set_format_zip, archive_write_add_filter_none);
    limits.max_files = 1;
    EXPECT_THROW(read(two, limits), std::runtime_error);

    const auto bomb = packed("bomb.gz", {{"x", std::string(3'000'000, '0')}}, archive_write_set_format_raw,
                             archive_write_add_filter_gzip);
    limits.max_total_bytes = 1'000'000;
    EXPECT_THROW(read(bomb, limits), std::runtime_error);
    const auto zip = packed("bomb.zip", {{"x", std::string(3'000'000, '0')}}, archive_write_set_format_zip,
                            archive_write_add_filter_none);
    EXPECT_THROW(read(zip, limits), std::runtime_error) << "what a zip unpacks to counts, not what it is";
    LogSet logs;
    limits.max_file_bytes = 2'000'000;
    const auto big = plain("big.log", std::string(1'500'000, 'x'));
    EXPECT_THROW(logs.read(big, limits), std::length_error) << "all files together";
}

TEST_F(LogFile, ADamagedFileStopsNoDirectory) {
    const auto file = packed("cut.gz", {{"x", std::string(5000, 'a') + kTrace}}, archive_write_set_format_raw,
                             archive_write_add_filter_gzip);
    std::filesystem::resize_file(file, 25);
    plain("good.log", kTrace);
    LogSet logs;
    logs.read(path(""));
    EXPECT_EQ(logs.lines(Log::capf).size(), 2U);
    ASSERT_EQ(logs.unreadable().size(), 1U);
    EXPECT_NE(logs.unreadable()[0].find("cut.gz"), std::string::npos);
    EXPECT_THROW(LogSet().read(file), std::runtime_error) << "named by hand, it has to be readable";
}

TEST_F(LogFile, TheFileThatIsBeingWrittenIsTheLast) {
    plain("capf.log", "12:00:02.000 |   debug new\n");
    plain("capf.log.1", "12:00:01.000 |   debug old\n");
    LogSet logs;
    logs.read(path(""));
    ASSERT_EQ(logs.lines(Log::capf).size(), 2U);
    EXPECT_EQ(logs.lines(Log::capf)[1].text, "12:00:02.000 |   debug new");
}

}  // namespace
}  // namespace opencapf::diagnosis
