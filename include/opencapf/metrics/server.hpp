// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/metrics/registry.hpp"
#include "opencapf/net/loop.hpp"

#include <cstdint>
#include <functional>

namespace opencapf::metrics {

/// Where metrics and health are served: plain HTTP, for an address that strangers cannot reach.
struct ServerConfig {
    bool enabled = true;
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;  ///< 0 = the system chooses
};

/// What the daemon gives the server; both run on the server's loop, one at a time, and may wait. A run that takes
/// longer than `patience` is not waited for: the answer goes out without it, and the next one waits for the same run.
struct Sources {
    /// Brings gauges up to date that nobody keeps: called for each scrape.
    std::function<Task<>(net::Loop&)> collect;
    /// Why the daemon cannot do its work, one reason each; none: it can.
    std::function<Task<std::vector<std::string>>(net::Loop&)> not_ready;
    net::Duration patience{5'000};
};

/// GET /metrics (Prometheus text), /healthz (200 while every loop of the daemon answers) and /readyz (200 while the
/// daemon can do its work; else 503 with a reason in each line). It has a thread of its own: a daemon that is busy,
/// stuck or draining still answers.
class Server {
public:
    /// Binds at once, unless it is not enabled; throws like net::Listener. `registry` and what `sources` uses live
    /// until stop(). What runs for the server may still stand in the queue of a loop or a database then, so the server
    /// itself must outlive both: declare it before them.
    Server(const ServerConfig& config, const std::string& prefix, const Registry& registry, Sources sources);
    ~Server();

    /// `watched` are the loops that /healthz asks.
    void start(net::LoopPool& watched);
    /// From now on not ready: the daemon drains. Thread-safe.
    void draining();
    /// Ends everything. Blocks; call from a thread that is no loop, before the daemon's loops stop.
    void stop();
    [[nodiscard]] std::uint16_t port() const noexcept;  ///< 0 when it is not enabled

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace opencapf::metrics
