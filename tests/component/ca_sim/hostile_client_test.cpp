// SPDX-License-Identifier: Apache-2.0
#include "component/ca_sim/running_ca.hpp"
#include "opencapf/net/stream.hpp"

#include <gmock/gmock.h>

namespace opencapf::ca_sim {
namespace {

using test::RunningCa;
using testing::HasSubstr;
using testing::StartsWith;

/// Sends raw bytes over TLS, reads until the server is silent for a moment or closes.
Task<> exchange(net::Loop& loop, std::uint16_t port, std::string trust, std::string bytes, bool close_early,
                std::promise<std::string>& promise) {
    net::TlsClientConfig config;
    config.trust_pem.push_back(std::move(trust));
    config.pin_leaf = false;
    net::TlsClientContext context(config);
    std::string host = "127.0.0.1";
    auto connected =
        co_await net::connect(loop, std::move(host), port, std::move(context), std::string(), net::Duration(5000));
    if (!connected) {
        promise.set_value("not connected: " + connected.error().message);
        co_return;
    }
    std::unique_ptr<net::Stream> stream = std::move(*connected);
    std::string received;
    const auto written = co_await stream->write(as_bytes(bytes), net::Duration(5000));
    std::vector<std::uint8_t> buffer(16 * 1024);
    while (written && !close_early) {
        const auto count = co_await stream->read_some(buffer, net::Duration(5000));
        if (!count) break;
        received.append(reinterpret_cast<const char*>(buffer.data()), *count);
    }
    co_await stream->close(net::Duration(1000));
    promise.set_value(received);
}

std::string raw(RunningCa& ca, const std::string& bytes, bool close_early = false) {
    net::LoopPool loops(1);
    loops.start();
    std::promise<std::string> promise;
    auto answer = promise.get_future();
    const std::string trust = read_file(ca.ca_file());
    const std::uint16_t port = ca.app().port();
    loops[0].spawn([&] { return exchange(loops[0], port, trust, bytes, close_early, promise); });
    std::string received = answer.get();
    loops.stop();
    return received;
}

std::string basic_header() {
    return "Authorization: Basic " + to_base64(as_bytes("ciscora:" + std::string(test::kPassword))) + "\r\n";
}

class HostileClient : public testing::Test {
protected:
    HostileClient() { ca_.start(); }
    void TearDown() override { EXPECT_EQ(ca_.ntlm()->get("/certsrv").status, 301U) << "the daemon goes on"; }
    RunningCa ca_;
};

TEST_F(HostileClient, OversizedBody) {
    EXPECT_THAT(raw(ca_, "POST /certsrv/certfnsh.asp HTTP/1.1\r\nHost: x\r\n" + basic_header() +
                             "Content-Length: 1000000\r\n\r\n" + std::string(70000, 'a')),
                StartsWith("HTTP/1.1 413 "));
}

TEST_F(HostileClient, NoHttp) { EXPECT_THAT(raw(ca_, "\x01\x02\x03 nonsense\r\n\r\n"), StartsWith("HTTP/1.1 400 ")); }

TEST_F(HostileClient, OversizedHead) {
    EXPECT_THAT(raw(ca_, "GET / HTTP/1.1\r\nX: " + std::string(100000, 'a') + "\r\n\r\n"), StartsWith("HTTP/1.1 431 "));
}

TEST_F(HostileClient, ConnectionCutInTheMiddleOfAPost) {
    raw(ca_,
        "POST /certsrv/certfnsh.asp HTTP/1.1\r\nHost: x\r\n" + basic_header() + "Content-Length: 5000\r\n\r\nMode=new",
        true);
    // Nothing reached the CA, and the next client is served.
    const std::string next = raw(
        ca_, "GET /certsrv/certnew.cer?ReqID=1 HTTP/1.1\r\nHost: x\r\n" + basic_header() + "Connection: close\r\n\r\n");
    EXPECT_THAT(next, StartsWith("HTTP/1.1 200 "));
    EXPECT_THAT(next, HasSubstr("0x80094004"));  // there is no request 1
}

TEST_F(HostileClient, OtherMethodsAndEmptyPosts) {
    const std::string close = "Connection: close\r\n";
    EXPECT_THAT(raw(ca_, "DELETE /certsrv/ HTTP/1.1\r\nHost: x\r\n" + basic_header() + close + "\r\n"),
                StartsWith("HTTP/1.1 405 "));
    const std::string empty = raw(ca_, "POST /certsrv/certfnsh.asp HTTP/1.1\r\nHost: x\r\n" + basic_header() + close +
                                           "Content-Length: 0\r\n\r\n");
    EXPECT_THAT(empty, StartsWith("HTTP/1.1 200 "));
    EXPECT_THAT(empty, HasSubstr("Your request failed."));
    EXPECT_THAT(empty, HasSubstr("0x80070057"));
    const std::string get =
        raw(ca_, "GET /certsrv/certfnsh.asp HTTP/1.1\r\nHost: x\r\n" + basic_header() + close + "\r\n");
    EXPECT_THAT(get, HasSubstr("Your request failed."));
}

TEST_F(HostileClient, MessagesOfNtlmOutOfOrder) {
    const std::string type3 = to_base64(as_bytes(std::string("NTLMSSP\0\3\0\0\0", 12) + std::string(60, '\0')));
    EXPECT_THAT(
        raw(ca_, "GET /certsrv HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: NTLM " + type3 + "\r\n\r\n"),
        StartsWith("HTTP/1.1 401 "));
    EXPECT_EQ(ca_.log_lines(1).back(), "GET /certsrv - - - - 401 1 2148074248");
}

TEST_F(HostileClient, HostHeaderCannotPutMarkupIntoTheRedirect) {
    const std::string answer =
        raw(ca_, "GET /certsrv HTTP/1.1\r\nHost: \"><script>\r\nConnection: close\r\n" + basic_header() + "\r\n");
    EXPECT_THAT(answer, testing::Not(HasSubstr("<script>")));
    EXPECT_THAT(answer, HasSubstr("Location: https://lab-dc.example.test"));
}

TEST_F(HostileClient, UserAgentCannotForgeALogLine) {
    raw(ca_, "GET /certsrv/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\nUser-Agent: a b\tc - - 200\r\n\r\n");
    EXPECT_EQ(ca_.log_lines(1).size(), 1U);
}

}  // namespace
}  // namespace opencapf::ca_sim
