// SPDX-License-Identifier: Apache-2.0
#include "diagnosis/ces_request.hpp"

#include <gtest/gtest.h>

namespace opencapf::diagnosis {
namespace {

std::string audit(const std::string& time, const std::string& id, int status, const std::string& subject,
                  const std::string& account = "LAB\\ra") {
    return "2026-11-28 " + time + " info: audit: connection *7 from 10.0.0.1, request " + id +
           ": status=" + std::to_string(status) + " operation=simpleenroll label=\"\" tls-linked=no account=\"" +
           account + "\" trust=\"none\" certificate=\"\" subject=\"" + subject + "\"\n";
}
std::string access(const std::string& id, int status, const std::string& seconds, const std::string& agent = "x") {
    return "10.0.0.1 - LAB\\x5Cra [28/Nov/2026:12:00:09 +0000] \"POST /.well-known/est/simpleenroll HTTP/1.1\" " +
           std::to_string(status) + " 17 \"-\" \"" + agent + "\" rid=" + id + " rt=" + seconds + "\n";
}
/// A call that asked CES at 12:00:00.000 and was told three seconds later.
Episode call(const std::string& device) {
    Episode episode;
    episode.device = device;
    episode.session = "3";
    episode.asked = 12 * 3'600'000;
    episode.told = *episode.asked + 3000;
    return episode;
}
std::size_t count(const std::string& text, const Episode& episode, DayTime ahead = 0) {
    LogSet logs;
    logs.add("cesd.stderr", text);
    return requests_of(read_ces_requests(logs), episode, ahead).size();
}

TEST(CesRequest, ReadsTheAuditLine) {
    LogSet logs;
    logs.add("cesd.stderr",
             "2026-11-28 12:00:00.000 info: cesd 0.1.0 is ready\n" +
                 audit("12:00:01.250", "abc-1", 200, "CN=CP-8865-SEP1") +
                 "2026-11-28 12:00:01.300 warning: connection *7 from 10.0.0.1, request abc-1: answered 400: no\n");
    const auto requests = read_ces_requests(logs);
    ASSERT_EQ(requests.size(), 1U);
    EXPECT_EQ(requests[0].date, "2026-11-28");
    EXPECT_EQ(requests[0].end, 12 * 3'600'000 + 1250);
    EXPECT_EQ(requests[0].connection, "7");
    EXPECT_EQ(requests[0].id, "abc-1");
    EXPECT_EQ(requests[0].status, 200);
    EXPECT_EQ(requests[0].operation, "simpleenroll");
    EXPECT_EQ(requests[0].account, "LAB\\ra");
    EXPECT_EQ(requests[0].subject, "CN=CP-8865-SEP1");
    EXPECT_EQ(requests[0].line->number, 2U);
    EXPECT_FALSE(requests[0].taken) << "there is no access.log";
}

TEST(CesRequest, TakesTheDurationFromTheAccessLog) {
    LogSet logs;
    logs.add("access.log", access("id", 401, "0.001") + access("id", 200, "2.345", "\\x22 rid=other rt=9.999") +
                               access("else", 200, "7.000"));
    logs.add("cesd.stderr", audit("12:00:00.100", "id", 401, "", "") + audit("12:00:02.500", "id", 200, "CN=SEP1") +
                                audit("12:00:03.000", "unknown", 200, "CN=SEP1"));
    EXPECT_EQ(logs.lines(Log::access).size(), 3U);
    const auto requests = read_ces_requests(logs);
    ASSERT_EQ(requests.size(), 3U);
    EXPECT_EQ(requests[0].taken, 1) << "one id, two requests";
    EXPECT_EQ(requests[1].taken, 2345);
    EXPECT_EQ(requests[1].access->number, 2U);
    EXPECT_FALSE(requests[2].taken);
}

TEST(CesRequest, BelongsToTheCallThatItNames) {
    EXPECT_EQ(count(audit("12:00:01.000", "3-SEP1-00ff00ff", 401, "", ""), call("SEP1")), 1U) << "by its id";
    EXPECT_EQ(count(audit("12:00:01.000", "whatever", 200, "CN=CP-8865-sep1,OU=x"), call("SEP1")), 1U);
    EXPECT_EQ(count(audit("12:00:01.000", "whatever", 200, "CN=CP-8865-SEP12"), call("SEP1")), 0U) << "another phone";
    EXPECT_EQ(count(audit("12:00:01.000", "4-SEP1-00ff00ff", 200, "CN=SEP1"), call("SEP1")), 0U) << "another call";
    EXPECT_EQ(count(audit("12:00:01.000", "whatever", 401, "", ""), call("SEP1")), 0U) << "it names nobody";
    Episode silent = call("SEP1");
    silent.asked.reset();
    EXPECT_EQ(count(audit("12:00:01.000", "whatever", 200, "CN=SEP1"), silent), 0U) << "CAPF did not ask";
}

TEST(CesRequest, IsFoundByThePhoneThatItNames) {
    std::vector<CesRequest> requests(4);
    requests[0].subject = "CN=CP-8865-SEP020000000001,OU=lab";
    requests[1].id = "7-csf-jdoe-0a1b2c3d";
    requests[2].subject = "CN=Cisco-CSF-MMOE";
    requests[3].subject = "CN=CP-8865-SEP020000000002";
    const CesRequestIndex index(requests);
    ASSERT_EQ(index.near("sep020000000001").size(), 1U);
    EXPECT_EQ(index.near("SEP020000000001")[0].subject, requests[0].subject);
    ASSERT_EQ(index.near("CSF-JDOE").size(), 1U) << "by the rare part of its name";
    EXPECT_EQ(index.near("CSF-JDOE")[0].id, requests[1].id);
    EXPECT_TRUE(index.near("SEP02000000000").empty()) << "a part of a name is another name";
    EXPECT_TRUE(index.near("").empty());
}

TEST(CesRequest, BelongsToTheTimeOfTheCall) {
    const auto at = [](const std::string& time) { return audit(time, "whatever", 200, "CN=SEP1"); };
    EXPECT_EQ(count(at("11:59:50.000"), call("SEP1")), 0U);
    EXPECT_EQ(count(at("12:01:00.000"), call("SEP1")), 1U) << "CES went on after CAPF had given up";
    EXPECT_EQ(count(at("12:30:00.000"), call("SEP1")), 0U);
    EXPECT_EQ(count(at("17:00:01.000"), call("SEP1"), 5 * 3'600'000), 1U) << "CES' clock is hours ahead";
    Episode night = call("SEP1");
    night.asked = kDay - 1000;
    night.told = 2000;
    EXPECT_EQ(count(at("00:00:00.500"), night), 1U) << "over midnight";
    LogSet logs;
    logs.add("access.log", access("whatever", 200, "1.000"));
    logs.add("cesd.stderr", at("12:01:00.000"));
    EXPECT_TRUE(requests_of(read_ces_requests(logs), call("SEP1")).empty()) << "it began after the call";
}

TEST(CesRequest, NoPeersTextBecomesARecord) {
    LogSet logs;
    logs.add("cesd.stderr", audit("12:00:01.000", "id", 200, "CN=12:00:00.000 | debug 1:SEP1:x") +
                                "2026-11-28 12:00:00.000 info: audit: connection *\n2026-11-28 12:00:00.000 info: \n");
    logs.add("access.log", access("id", 200, "0.001", "a 12:00:00.000 | debug x") + "x [1/ \" rid=\n");
    EXPECT_TRUE(logs.lines(Log::capf).empty());
    const auto requests = read_ces_requests(logs);
    ASSERT_EQ(requests.size(), 1U);
    EXPECT_EQ(requests[0].subject, "CN=12:00:00.000 | debug 1:SEP1:x");
    EXPECT_EQ(requests[0].taken, 1);
}

}  // namespace
}  // namespace opencapf::diagnosis
