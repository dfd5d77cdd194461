// SPDX-License-Identifier: Apache-2.0
#include "opencapf/metrics/server.hpp"

#include "support/loops.hpp"
#include "support/metrics_text.hpp"

#include <atomic>
#include <condition_variable>
#include <gmock/gmock.h>
#include <mutex>

namespace opencapf::metrics {
namespace {

using test::TcpPeer;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr net::Duration kShort{100};

/// Holds whoever waits until it is opened.
class Latch {
public:
    void open() {
        const std::lock_guard lock(mutex_);
        open_ = true;
        changed_.notify_all();
    }
    void wait() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return open_; });
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool open_ = false;
};

class MetricsServerTest : public ::testing::Test {
protected:
    ~MetricsServerTest() override {
        if (server_) server_->stop();
        loops_->stop();
    }
    void start(Sources sources = {}, ServerConfig config = {}) {
        server_ = std::make_unique<Server>(config, "capfd", registry_, std::move(sources));
        loops_ = std::make_unique<net::LoopPool>(2);
        loops_->start();
        server_->start(*loops_);
    }
    std::string ask(const std::string& path, const std::string& method = "GET") {
        return test::ask_metrics(server_->port(), path, method);
    }

    Registry registry_{common_families("capfd")};
    std::unique_ptr<Server> server_;
    std::unique_ptr<net::LoopPool> loops_ = std::make_unique<net::LoopPool>(1);
};

TEST_F(MetricsServerTest, GivesMetricsInPrometheusFormat) {
    start();
    registry_.counter("capfd_sessions_total").increment(3);
    const std::string answer = ask("/metrics");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 "));
    EXPECT_THAT(answer, HasSubstr("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
    EXPECT_THAT(answer, HasSubstr("\ncapfd_sessions_total 3\n"));
    EXPECT_THAT(answer, HasSubstr("\ncapfd_ready 1\n"));
    EXPECT_THAT(answer, HasSubstr("\nprocess_open_fds "));
}

TEST_F(MetricsServerTest, CollectsForEachScrape) {
    std::atomic<int> scrapes{0};
    Sources sources;
    sources.collect = [&](net::Loop&) -> Task<> {
        registry_.gauge("capfd_sessions_active").set(++scrapes);
        co_return;
    };
    start(std::move(sources));
    EXPECT_THAT(ask("/metrics"), HasSubstr("\ncapfd_sessions_active 1\n"));
    EXPECT_THAT(ask("/metrics"), HasSubstr("\ncapfd_sessions_active 2\n"));
    EXPECT_THAT(ask("/healthz"), StartsWith("HTTP/1.1 200 "));
    EXPECT_EQ(2, scrapes);
}

TEST_F(MetricsServerTest, CollectorThatFailsCostsNoScrape) {
    Sources sources;
    sources.collect = [](net::Loop&) -> Task<> {
        throw std::runtime_error("the disk is gone");
        co_return;
    };
    start(std::move(sources));
    EXPECT_THAT(ask("/metrics"), AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr("\ncapfd_ready 1\n")));
    EXPECT_THAT(ask("/metrics"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(MetricsServerTest, ReadinessNamesEachReason) {
    std::atomic<bool> good{true};
    Sources sources;
    sources.not_ready = [&](net::Loop&) -> Task<std::vector<std::string>> {
        std::vector<std::string> reasons;
        if (!good) reasons = {"the CA does not answer", "a line\nbreak"};
        co_return reasons;
    };
    start(std::move(sources));
    EXPECT_THAT(ask("/readyz"), AllOf(StartsWith("HTTP/1.1 200 "), EndsWith("\r\n\r\nok\n")));
    good = false;
    const std::string answer = ask("/readyz");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 503 "));
    EXPECT_THAT(answer, EndsWith("\r\n\r\nthe CA does not answer\na line\\x0abreak\n"));
    EXPECT_THAT(ask("/metrics"), HasSubstr("\ncapfd_ready 0\n"));
    EXPECT_THAT(ask("/healthz"), StartsWith("HTTP/1.1 200 "));
    good = true;
    EXPECT_THAT(ask("/readyz"), StartsWith("HTTP/1.1 200 "));
    EXPECT_THAT(ask("/metrics"), HasSubstr("\ncapfd_ready 1\n"));
}

TEST_F(MetricsServerTest, ReadinessCheckThatThrowsIsNotReady) {
    Sources sources;
    sources.not_ready = [](net::Loop&) -> Task<std::vector<std::string>> {
        throw std::runtime_error("the database is locked");
        co_return std::vector<std::string>();
    };
    start(std::move(sources));
    EXPECT_THAT(ask("/readyz"), AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr("the database is locked")));
}

TEST_F(MetricsServerTest, WorkThatIsStuckIsNotWaitedFor) {
    std::atomic<int> runs{0};
    Sources sources;
    sources.patience = kShort;
    sources.collect = [&](net::Loop& loop) -> Task<> {
        ++runs;
        return loop.sleep(std::chrono::hours(1));
    };
    sources.not_ready = [](net::Loop& loop) -> Task<std::vector<std::string>> {
        co_await loop.sleep(std::chrono::hours(1));
        co_return std::vector<std::string>();
    };
    start(std::move(sources));
    EXPECT_THAT(ask("/metrics"), AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr("\ncapfd_ready 0\n")));
    EXPECT_THAT(ask("/metrics"), StartsWith("HTTP/1.1 200 "));
    EXPECT_EQ(1, runs) << "one stuck run is enough";
    EXPECT_THAT(ask("/readyz"), AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr("no answer from the daemon")));
}

TEST_F(MetricsServerTest, HealthFailsWhileALoopIsBlockedAndRecovers) {
    Sources sources;
    sources.patience = kShort;
    start(std::move(sources));
    EXPECT_THAT(ask("/healthz"), StartsWith("HTTP/1.1 200 "));
    Latch latch;
    (*loops_)[1].post([&latch] { latch.wait(); });
    EXPECT_THAT(ask("/healthz"), AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr("event loop 1 has not answered")));
    EXPECT_THAT(ask("/metrics"), StartsWith("HTTP/1.1 200 ")) << "the server has a thread of its own";
    latch.open();
    test::run_plain((*loops_)[1], [] {});
    // The run that was stuck ends now; the next one begins afresh.
    EXPECT_THAT(ask("/healthz"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(MetricsServerTest, GoesOnAnsweringWhileTheDaemonDrains) {
    start();
    EXPECT_THAT(ask("/readyz"), StartsWith("HTTP/1.1 200 "));
    server_->draining();
    EXPECT_THAT(ask("/readyz"), AllOf(StartsWith("HTTP/1.1 503 "), EndsWith("the daemon is stopping\n")));
    EXPECT_THAT(ask("/metrics"), HasSubstr("\ncapfd_ready 0\n"));
    EXPECT_THAT(ask("/healthz"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(MetricsServerTest, OtherPathsAndMethodsAreRefused) {
    start();
    EXPECT_THAT(ask("/"), StartsWith("HTTP/1.1 404 "));
    EXPECT_THAT(ask("/metrics/"), StartsWith("HTTP/1.1 404 "));
    EXPECT_THAT(ask("/..%2fmetrics"), StartsWith("HTTP/1.1 404 "));
    for (const auto* method : {"POST", "PUT", "DELETE", "OPTIONS"})
        EXPECT_THAT(ask("/metrics", method), AllOf(StartsWith("HTTP/1.1 405 "), HasSubstr("Allow: GET, HEAD\r\n")));
    EXPECT_THAT(ask("/metrics", "HEAD"), AllOf(StartsWith("HTTP/1.1 200 "), EndsWith("\r\n\r\n")));
    EXPECT_THAT(ask("/metrics?name=x"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(MetricsServerTest, BadRequestsAreAnsweredAsSuch) {
    start();
    const TcpPeer noise(server_->port());
    noise.send("\x16\x03\x01\x02 no HTTP\r\n\r\n");
    EXPECT_THAT(noise.read_all(), StartsWith("HTTP/1.1 400 "));
    EXPECT_THAT(ask("/metrics?" + std::string(20'000, 'x')), StartsWith("HTTP/1.1 431 "));
}

TEST_F(MetricsServerTest, CrowdsAreBounded) {
    start();
    std::vector<std::unique_ptr<TcpPeer>> crowd;
    for (int i = 0; i < 32; ++i) {
        crowd.push_back(std::make_unique<TcpPeer>(server_->port()));
        crowd.back()->send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");  // kept alive
        EXPECT_THAT(crowd.back()->read_some(), StartsWith("HTTP/1.1 200 "));
    }
    const TcpPeer one_too_many(server_->port());
    EXPECT_TRUE(one_too_many.closed_by_server());
}

TEST_F(MetricsServerTest, StopEndsOpenConnectionsAndIsQuick) {
    start();
    const TcpPeer idle(server_->port());
    idle.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_THAT(idle.read_some(), StartsWith("HTTP/1.1 200 "));
    const auto before = std::chrono::steady_clock::now();
    server_->stop();
    server_->stop();
    EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(2));
    EXPECT_TRUE(idle.closed_by_server());
}

TEST_F(MetricsServerTest, StopWithWorkInForeignQueuesIsSafe) {
    Sources sources;
    sources.patience = kShort;
    start(std::move(sources));
    Latch latch;
    (*loops_)[0].post([&latch] { latch.wait(); });
    EXPECT_THAT(ask("/healthz"), StartsWith("HTTP/1.1 503 "));  // its ping still stands in the queue of loop 0
    server_->stop();
    latch.open();
    loops_->stop();
    loops_ = std::make_unique<net::LoopPool>(1);  // the old one goes before the server, as the contract says
}

TEST_F(MetricsServerTest, DisabledBindsNothing) {
    ServerConfig config;
    config.enabled = false;
    start({}, config);
    EXPECT_EQ(0, server_->port());
    server_->draining();
}

TEST_F(MetricsServerTest, TakenPortIsToldAtStart) {
    start();
    ServerConfig config;
    config.port = server_->port();
    EXPECT_THROW(Server(config, "capfd", registry_, {}), std::system_error);
}

}  // namespace
}  // namespace opencapf::metrics
