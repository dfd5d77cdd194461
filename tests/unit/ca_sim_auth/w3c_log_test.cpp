// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/auth/w3c_log.hpp"

#include "opencapf/base/text.hpp"

#include <cstdlib>
#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace opencapf::ca_sim {
namespace {

using ::testing::ElementsAre;
using ::testing::StartsWith;

// The tech note's enrolment: 2019-01-16 14:05:02.
constexpr std::int64_t kNote = 1547647502;
WallTime at(std::int64_t seconds) { return WallTime(std::chrono::seconds(seconds)); }

W3cEntry note_entry() {
    W3cEntry entry;
    entry.time = at(kNote);
    entry.server_ip = "14.48.31.152";
    entry.method = "GET";
    entry.uri_stem = "/certsrv";
    entry.client_ip = "14.48.31.125";
    entry.user_agent = "CiscoRA 1.0";
    entry.status = 401;
    entry.substatus = 1;
    entry.win32 = 2148074254U;
    return entry;
}

TEST(W3cLine, TheTechNotesLines) {
    W3cEntry entry = note_entry();
    EXPECT_EQ(render_w3c_line(entry),
              "2019-01-16 14:05:02 14.48.31.152 GET /certsrv - 443 - 14.48.31.125 CiscoRA+1.0 - 401 1 2148074254 0");
    entry.user = "MICHAMEN\\ciscora";
    entry.status = 301, entry.substatus = 0, entry.win32 = 0;
    EXPECT_EQ(
        render_w3c_line(entry),
        "2019-01-16 14:05:02 14.48.31.152 GET /certsrv - 443 MICHAMEN\\ciscora 14.48.31.125 CiscoRA+1.0 - 301 0 0 0");
    entry.method = "POST", entry.uri_stem = "/certsrv/certfnsh.asp", entry.status = 200;
    entry.referer = "https://lab-dc.michamen.com:443/certsrv/certrqxt.asp";
    entry.time_taken = std::chrono::milliseconds(15);
    EXPECT_EQ(render_w3c_line(entry),
              "2019-01-16 14:05:02 14.48.31.152 POST /certsrv/certfnsh.asp - 443 MICHAMEN\\ciscora 14.48.31.125 "
              "CiscoRA+1.0 https://lab-dc.michamen.com:443/certsrv/certrqxt.asp 200 0 0 15");
    entry.method = "GET", entry.uri_stem = "/certsrv/certnew.cer", entry.uri_query = "ReqID=10&ENC=b64";
    entry.referer.clear();
    entry.time_taken = std::chrono::milliseconds(0);
    EXPECT_EQ(render_w3c_line(entry),
              "2019-01-16 14:05:02 14.48.31.152 GET /certsrv/certnew.cer ReqID=10&ENC=b64 443 MICHAMEN\\ciscora "
              "14.48.31.125 CiscoRA+1.0 - 200 0 0 0");
}

TEST(W3cLine, NoValueCanForgeAColumnOrALine) {
    W3cEntry entry = note_entry();
    entry.user_agent = "a b\tc\r\nd\x7f+";
    entry.referer = "\n2019-01-16 14:05:02 forged";
    entry.uri_query = " ";
    const std::string line = render_w3c_line(entry);
    EXPECT_EQ(split(line, ' ').size(), 15U);
    EXPECT_EQ(line.find('\n'), std::string::npos);
    EXPECT_EQ(split(line, ' ')[9], "a+b\\x09c\\x0d\\x0ad\\x7f+");
    EXPECT_EQ(split(line, ' ')[5], "+");
    entry.user_agent = std::string(100'000, 'x');
    EXPECT_LT(render_w3c_line(entry).size(), 5000U);
    entry.time_taken = std::chrono::milliseconds(-1);
    EXPECT_EQ(split(render_w3c_line(entry), ' ').back(), "0");
}

TEST(W3cHeader, FifteenFields) {
    const auto header = render_w3c_header(at(kNote));
    EXPECT_THAT(header, ElementsAre("#Software: Microsoft Internet Information Services 10.0", "#Version: 1.0",
                                    "#Date: 2019-01-16 14:05:02", StartsWith("#Fields: date time s-ip ")));
    EXPECT_EQ(split(header.back(), ' ').size(), 16U);
    EXPECT_EQ(w3c_file_name(at(kNote)), "u_ex190116.log");
}

W3cFormat every_field() {
    W3cFormat format;
    for (int i = 0; i <= static_cast<int>(W3cField::time_taken); ++i) format.fields.insert(static_cast<W3cField>(i));
    format.software = "Microsoft Internet Information Services 8.5";
    format.computer_name = "LAB-DC";
    return format;
}

TEST(W3cFields, AllOfThemInIissOrder) {
    const W3cFormat format = every_field();
    EXPECT_EQ(
        render_w3c_header(at(kNote), format),
        (std::vector<std::string>{
            "#Software: Microsoft Internet Information Services 8.5", "#Version: 1.0", "#Date: 2019-01-16 14:05:02",
            "#Fields: date time s-sitename s-computername s-ip cs-method cs-uri-stem cs-uri-query s-port "
            "cs-username c-ip cs-version cs(User-Agent) cs(Cookie) cs(Referer) cs-host sc-status sc-substatus "
            "sc-win32-status sc-bytes cs-bytes time-taken"}));
    W3cEntry entry = note_entry();
    entry.version = "HTTP/1.1";
    entry.cookie = "a=b; c=d";
    entry.host = "lab-dc";
    entry.bytes_sent = 1500;
    entry.bytes_received = 300;
    EXPECT_EQ(render_w3c_line(entry, format),
              "2019-01-16 14:05:02 W3SVC1 LAB-DC 14.48.31.152 GET /certsrv - 443 - 14.48.31.125 HTTP/1.1 CiscoRA+1.0 "
              "a=b;+c=d - lab-dc 401 1 2148074254 1500 300 0");
}

TEST(W3cFields, SomeOfThem) {
    W3cFormat format;
    format.fields = {W3cField::status, W3cField::time, W3cField::host};
    EXPECT_EQ(render_w3c_line(note_entry(), format), "14:05:02 - 401");
    EXPECT_EQ(render_w3c_header(at(kNote), format).back(), "#Fields: time cs-host sc-status");
}

TEST(W3cFields, NamesInAnyCase) {
    for (const W3cField field : every_field().fields) {
        EXPECT_EQ(w3c_field_from_name(w3c_field_name(field)), field);
    }
    EXPECT_EQ(w3c_field_from_name("CS(user-agent)"), W3cField::user_agent);
    EXPECT_EQ(w3c_field_from_name("cs(Authorization)"), std::nullopt);
    EXPECT_EQ(w3c_field_from_name(""), std::nullopt);
}

class W3cLogTest : public ::testing::Test {
protected:
    W3cLogTest() {
        std::string pattern = (std::filesystem::temp_directory_path() / "w3c_log_test.XXXXXX").string();
        if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp");
        directory_ = pattern;
    }
    ~W3cLogTest() override { std::filesystem::remove_all(directory_); }

    [[nodiscard]] std::vector<std::string> lines(const std::string& name) const {
        auto all = split(read_file((directory_ / "W3SVC1" / name).string()), '\n');
        EXPECT_EQ(all.back(), "");
        all.pop_back();
        return all;
    }

    std::filesystem::path directory_;
};

TEST_F(W3cLogTest, HeaderAtStartAndAfterEachRestart) {
    const std::string folder = directory_ / "W3SVC1";
    for (int run = 0; run < 2; ++run) {
        W3cLog log(folder, at(kNote));
        log.write(note_entry());
        log.flush();
    }
    const auto all = lines("u_ex190116.log");
    ASSERT_EQ(all.size(), 10U);
    EXPECT_EQ(all[0], all[5]);
    EXPECT_EQ(all[9], render_w3c_line(note_entry()));
}

TEST_F(W3cLogTest, NewFileAtUtcMidnight) {
    constexpr std::int64_t kMidnight = 1547683200;  // 2019-01-17
    W3cLog log(directory_ / "W3SVC1", at(kNote));
    W3cEntry entry = note_entry();
    for (const std::int64_t time : {kMidnight - 1, kMidnight, kMidnight - 1, kMidnight + 1}) {
        entry.time = at(time);
        log.write(entry);
    }
    log.flush();
    EXPECT_EQ(log.path(), (directory_ / "W3SVC1" / "u_ex190117.log").string());
    EXPECT_EQ(lines("u_ex190116.log").size(), 5U);
    const auto next = lines("u_ex190117.log");
    ASSERT_EQ(next.size(), 7U);
    EXPECT_EQ(next[2], "#Date: 2019-01-17 00:00:00");
    EXPECT_THAT(next[5], StartsWith("2019-01-16 23:59:59 "));
}

TEST_F(W3cLogTest, ReopenFollowsLogrotate) {
    W3cLog log(directory_ / "W3SVC1", at(kNote));
    log.write(note_entry());
    log.flush();
    std::filesystem::rename(log.path(), log.path() + ".1");
    log.reopen(at(kNote));
    log.write(note_entry());
    log.flush();
    EXPECT_EQ(lines("u_ex190116.log").size(), 5U);
    EXPECT_EQ(lines("u_ex190116.log.1").size(), 5U);
}

TEST_F(W3cLogTest, AnotherFormatBeginsWithItsHeader) {
    W3cLog log(directory_ / "W3SVC1", at(kNote));
    log.write(note_entry());
    log.set_format(W3cFormat(), at(kNote));  // the same: nothing happens
    log.set_format(every_field(), at(kNote + 60));
    log.write(note_entry());
    log.flush();
    const auto all = lines("u_ex190116.log");
    ASSERT_EQ(all.size(), 10U);
    EXPECT_EQ(all[5], "#Software: Microsoft Internet Information Services 8.5");
    EXPECT_EQ(all[7], "#Date: 2019-01-16 14:06:02");
    EXPECT_EQ(all[9], render_w3c_line(note_entry(), every_field()));
}

TEST_F(W3cLogTest, UnusableFolder) {
    write_file_atomically((directory_ / "file").string(), "x");
    EXPECT_THROW(W3cLog(directory_ / "file" / "W3SVC1", at(kNote)), std::exception);
}

}  // namespace
}  // namespace opencapf::ca_sim
