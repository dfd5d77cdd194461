// SPDX-License-Identifier: Apache-2.0
#include "component/http/running_server.hpp"
#include "opencapf/http/client.hpp"

#include <curl/curl.h>
#include <future>
#include <gmock/gmock.h>
#include <thread>

namespace opencapf::http {
namespace {

using test::RunningServer;
using test::TlsPeer;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr std::chrono::milliseconds kMoment{200};
constexpr std::chrono::seconds kForAges{600};
const std::string kBody(100, 'x');

std::string get(const std::string& path) { return "GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n"; }

Response planned(const Transfer& plan) {
    Response response;
    response.body = kBody;
    response.transfer = plan;
    return response;
}

Transfer plan_for(Transfer::End end, std::optional<std::size_t> bytes) {
    Transfer plan;
    plan.end = end;
    plan.body_bytes = bytes;
    return plan;
}

Transfer delayed(std::chrono::milliseconds delay) {
    Transfer plan;
    plan.delay = delay;
    return plan;
}

/// libcurl's verdict on one GET.
int curl_code(RunningServer& server) {
    ClientConfig config;
    config.trust = std::make_shared<x509::TrustStore>(std::vector{server.pki().root()});
    config.resolve["server.example.test"] = "127.0.0.1";
    auto conversation = std::make_unique<Conversation>(server.loop(), std::move(config));
    ClientRequest request;
    request.url = "https://server.example.test:" + std::to_string(server.port()) + "/";
    std::promise<int> code;
    auto run = [&]() -> Task<> {
        const auto answer = co_await conversation->perform(request);
        conversation.reset();
        code.set_value(answer ? 0 : answer.error().curl_code);
    };
    server.loop().spawn(run);
    return code.get_future().get();
}

TEST(HttpTransfer, WaitsBeforeTheFirstByteAndGoesOnWithTheConnection) {
    RunningServer server([](const Request&) { return planned(delayed(kMoment)); });
    TlsPeer client(server.port());
    const auto began = std::chrono::steady_clock::now();
    client.send(get("/a") + get("/b"));  // the second is kept while the first waits
    EXPECT_THAT(client.read_answer(), EndsWith(kBody));
    EXPECT_GE(std::chrono::steady_clock::now() - began, kMoment);
    EXPECT_THAT(client.read_answer(), EndsWith(kBody));
    EXPECT_GE(std::chrono::steady_clock::now() - began, 2 * kMoment);
}

TEST(HttpTransfer, WaitsWithinTheBody) {
    Transfer plan;
    plan.body_delay = kMoment;
    RunningServer server([&](const Request&) { return planned(plan); });
    TlsPeer client(server.port());
    const auto began = std::chrono::steady_clock::now();
    client.send(get("/"));
    const std::string first = client.read_some();
    EXPECT_THAT(first, StartsWith("HTTP/1.1 200"));
    EXPECT_THAT(first, EndsWith("\r\n\r\n" + kBody.substr(0, 50)));
    EXPECT_EQ(client.read_some(), kBody.substr(50));
    EXPECT_GE(std::chrono::steady_clock::now() - began, kMoment);
}

TEST(HttpTransfer, ClosesWithoutAnAnswer) {
    RunningServer server([](const Request&) { return planned(plan_for(Transfer::End::close, std::nullopt)); });
    TlsPeer client(server.port());
    client.send(get("/"));
    EXPECT_EQ(client.read_all(), "");
    EXPECT_TRUE(client.saw_close_notify());
    EXPECT_TRUE(server.notes().wait_for("answered / 200 lost"));
    EXPECT_EQ(curl_code(server), CURLE_GOT_NOTHING);
}

TEST(HttpTransfer, ClosesWithinTheBody) {
    RunningServer server([](const Request&) { return planned(plan_for(Transfer::End::close, 7)); });
    TlsPeer client(server.port());
    client.send(get("/"));
    EXPECT_THAT(client.read_all(), EndsWith("\r\n\r\n" + kBody.substr(0, 7)));
    EXPECT_EQ(curl_code(server), CURLE_PARTIAL_FILE);
}

TEST(HttpTransfer, ResetsTheConnection) {
    RunningServer server([](const Request&) { return planned(plan_for(Transfer::End::reset, std::nullopt)); });
    TlsPeer client(server.port());
    client.send(get("/"));
    EXPECT_EQ(client.read_all(), "");
    EXPECT_FALSE(client.saw_close_notify());
    EXPECT_TRUE(server.notes().wait_for("answered / 200 lost"));
    EXPECT_TRUE(server.notes().wait_for("closed cut"));
    EXPECT_EQ(curl_code(server), CURLE_RECV_ERROR);
}

TEST(HttpTransfer, MoreBytesThanThereAreMeanTheWholeBody) {
    RunningServer server([](const Request&) { return planned(plan_for(Transfer::End::close, 1'000'000)); });
    TlsPeer client(server.port());
    client.send(get("/"));
    EXPECT_THAT(client.read_all(), EndsWith("\r\n\r\n" + kBody));
}

TEST(HttpTransfer, APeerThatGoesAwayEndsTheWait) {
    RunningServer server([](const Request&) { return planned(delayed(kForAges)); });
    {
        TlsPeer client(server.port());
        client.send(get("/"));
        client.close();
    }
    EXPECT_TRUE(server.notes().wait_for("answered / 200 lost"));
}

TEST(HttpTransfer, SendingOnAndOnWhileWaitingEndsTheConnection) {
    ServerLimits limits;
    limits.max_head_bytes = limits.max_body_bytes = 1024;
    RunningServer server([](const Request&) { return planned(delayed(kForAges)); }, limits);
    TlsPeer client(server.port());
    client.send(get("/") + std::string(4096, 'y'));
    EXPECT_EQ(client.read_all(), "");
    EXPECT_TRUE(server.notes().wait_for("answered / 200 lost"));
}

TEST(HttpTransfer, DrainingEndsTheWaitAndTheAnswerGetsOut) {
    std::promise<void> asked;
    RunningServer server([&](const Request&) {
        asked.set_value();
        return planned(delayed(kForAges));
    });
    TlsPeer client(server.port());
    client.send(get("/"));
    asked.get_future().wait();
    std::thread drain([&server] { EXPECT_EQ(server.drain(std::chrono::seconds(60)), 0U); });
    EXPECT_THAT(client.read_answer(), EndsWith(kBody));
    client.close();
    drain.join();
}

}  // namespace
}  // namespace opencapf::http
