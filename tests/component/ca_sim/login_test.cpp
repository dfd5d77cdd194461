// SPDX-License-Identifier: Apache-2.0
// What of a log-in only the whole daemon shows: counts over connections, and the log's optional columns.
#include "component/ca_sim/running_ca.hpp"
#include "support/tls_peer.hpp"

#include <gmock/gmock.h>

namespace opencapf::ca_sim {
namespace {

using test::RunningCa;

constexpr const char* kChallenged = "GET /certsrv - - CiscoRA+1.0 - 401 1 2148074254";
constexpr const char* kWrong = "GET /certsrv - - Mozilla/5.0 - 401 1 1326";
constexpr const char* kGuest = "GET /certsrv - LAB\\guest Mozilla/5.0 - 301 0 0";

TEST(LogIn, WrongPasswordsOfManyConnectionsLockTheAccount) {
    RunningCa ca;
    ca.config().authentication.lockout.threshold = 3;
    ca.start();
    EXPECT_EQ(ca.ntlm("LAB\\ciscora", "wrong")->get("/certsrv").status, 401U);
    EXPECT_EQ(ca.basic("ciscora", "wrong")->get("/certsrv").status, 401U);
    EXPECT_EQ(ca.basic("guest")->get("/certsrv").status, 301U);
    EXPECT_EQ(ca.ntlm()->get("/certsrv").status, 301U);  // forgets the two before
    for (int i = 0; i < 3; ++i) EXPECT_EQ(ca.basic("CISCORA", "wrong")->get("/certsrv").status, 401U);
    EXPECT_EQ(ca.basic()->get("/certsrv").status, 401U);
    EXPECT_EQ(ca.ntlm()->get("/certsrv").status, 401U);
    EXPECT_EQ(ca.basic("guest")->get("/certsrv").status, 301U);
    // Each connection has its loop, so the order of the lines is not certain.
    EXPECT_THAT(ca.log_lines(13), testing::UnorderedElementsAre(
                                      kChallenged, "GET /certsrv - - CiscoRA+1.0 - 401 1 2148074252", kWrong,    //
                                      kGuest, kChallenged, "GET /certsrv - LAB\\ciscora CiscoRA+1.0 - 301 0 0",  //
                                      kWrong, kWrong, kWrong, "GET /certsrv - - Mozilla/5.0 - 401 1 1909",       //
                                      kChallenged, "GET /certsrv - - CiscoRA+1.0 - 401 1 2148074252", kGuest));
}

/// The last line of the log once it has `count` lines that are no comment; empty after 10 s.
std::string line_of(RunningCa& ca, std::size_t count) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (std::chrono::steady_clock::now() < deadline) {
        ca.app().flush_log();
        std::vector<std::string> lines;
        for (const std::string& line : split(read_file(ca.app().log_path()), '\n')) {
            if (!line.empty() && line.front() != '#') lines.push_back(line);
        }
        if (lines.size() >= count) return lines[count - 1];
        std::this_thread::yield();
    }
    return {};
}

TEST(LogIn, BytesOnTheWireCookieHostAndVersion) {
    RunningCa ca;
    ca.config().log_format.fields = {W3cField::host,   W3cField::version,    W3cField::cookie,
                                     W3cField::status, W3cField::bytes_sent, W3cField::bytes_received};
    ca.start();
    opencapf::test::TlsPeer peer(ca.app().port());
    const std::string first =
        "POST /certsrv/certfnsh.asp HTTP/1.1\r\nHost: lab-dc\r\nCookie: a=b; c\r\nContent-Length: 5\r\n\r\nMode=";
    peer.send("\r\n" + first);  // a line end too many is no part of the request
    const std::string refused = peer.read_answer();
    const std::string second = "GET /nowhere HTTP/1.0\r\n\r\n";
    peer.send(second);
    const std::string missing = peer.read_all();
    EXPECT_EQ(line_of(ca, 1),
              "HTTP/1.1 a=b;+c lab-dc 401 " + std::to_string(refused.size()) + " " + std::to_string(first.size()));
    EXPECT_EQ(line_of(ca, 2),
              "HTTP/1.0 - - 404 " + std::to_string(missing.size()) + " " + std::to_string(second.size()));
}

}  // namespace
}  // namespace opencapf::ca_sim
