// SPDX-License-Identifier: Apache-2.0
#include "opencapf/http/clock_check.hpp"

#include "support/loops.hpp"
#include "support/raw_tls_server.hpp"

#include <functional>
#include <gmock/gmock.h>

namespace opencapf::http {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::HasSubstr;

class ClockCheckTest : public ::testing::Test {
protected:
    ClockCheckTest() : loops_(1) { loops_.start(); }
    ~ClockCheckTest() override { loops_.stop(); }

    static std::function<std::string()> dated(seconds offset) {
        return [offset] {
            return "HTTP/1.1 401 Unauthorized\r\ndate: " +
                   format_utc(std::chrono::system_clock::now() + offset, "%a, %d %b %Y %H:%M:%S GMT") +
                   "\r\nContent-Length: 0\r\n\r\n";
        };
    }
    Check check_text(const std::string& answer) {
        return check([&answer] { return answer; });
    }

    Task<Check> ask(net::EndpointQuestion question) {
        auto endpoint = co_await net::check_endpoint(loops_[0], question);
        std::string path = "/certsrv";
        auto check = co_await check_clock(std::move(question), endpoint, std::move(path));
        co_return check;
    }
    /// The server's answer is made when it is asked.
    Check check(const std::function<std::string()>& answer, bool trusted = true) {
        test::CertificateSpec spec;
        spec.dns_name = "ca.example.test";
        const auto script = [this, &answer](test::RawConnection& peer) {
            request_ = peer.read_request();
            peer.write(answer());
        };
        test::RawTlsServer server(test::issue(spec, root_), {}, script);
        net::EndpointQuestion question;
        question.host = spec.dns_name;
        question.port = server.port();
        question.resolve = {{spec.dns_name, "127.0.0.1"}};
        std::vector<x509::Certificate> anchors;
        if (trusted) anchors.push_back(root_.certificate);
        question.trust = std::make_shared<const x509::TrustStore>(anchors);
        auto found = test::run_on<Check>(loops_[0], [&] { return ask(question); });
        server.stop();
        return found;
    }

    test::Issued root_ = test::make_root("Test Root");
    net::LoopPool loops_;
    std::string request_;
};

TEST_F(ClockCheckTest, TheSameTimeIsGoodAndAskedForWithoutCredentials) {
    const auto found = check(dated(seconds(0)));
    EXPECT_EQ(CheckState::good, found.state) << found.found;
    EXPECT_THAT(found.found, HasSubstr("the server's clock: the same time as ours"));
    EXPECT_THAT(request_, HasSubstr("GET /certsrv HTTP/1.1\r\nHost: ca.example.test:"));
    EXPECT_EQ(std::string::npos, request_.find("Authorization"));
}

TEST_F(ClockCheckTest, AnHourAheadIsBadAndTold) {
    const auto found = check(dated(seconds(3605)));
    EXPECT_EQ(CheckState::bad, found.state);
    EXPECT_THAT(found.found, HasSubstr(" s (1 h 0 min) ahead of ours"));
}

TEST_F(ClockCheckTest, TwoMinutesBehindAreGoodAndShown) {
    const auto found = check(dated(-seconds(150)));
    EXPECT_EQ(CheckState::good, found.state);
    EXPECT_THAT(found.found, HasSubstr("(0 h 2 min) behind ours"));
}

TEST_F(ClockCheckTest, WithoutADateNothingIsKnown) {
    const auto found = check_text("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nDate: not a header\r\n");
    EXPECT_EQ(CheckState::unknown, found.state);
    EXPECT_THAT(found.found, HasSubstr("no Date header"));
}

TEST_F(ClockCheckTest, ADateThatCannotBeReadIsShownEscaped) {
    const auto found = check_text("HTTP/1.1 200 OK\r\nDate: \x1b[31m\r\nContent-Length: 0\r\n\r\n");
    EXPECT_EQ(CheckState::unknown, found.state);
    EXPECT_THAT(found.found, HasSubstr("\\x1b[31m"));
}

TEST_F(ClockCheckTest, WhoeverIsNotTrustedProvesNothing) {
    EXPECT_EQ(CheckState::unknown, check(dated(minutes(90)), false).state);
}

TEST_F(ClockCheckTest, AnEndlessHeadIsCutOff) {
    const auto found = check_text("HTTP/1.1 200 OK\r\nX: " + std::string(200'000, 'x'));
    EXPECT_EQ(CheckState::unknown, found.state);
}

}  // namespace
}  // namespace opencapf::http
