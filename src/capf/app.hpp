// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capf/axl/server.hpp"
#include "capf/bulk/runner.hpp"
#include "capf/renewal/monitor.hpp"
#include "capf/service.hpp"
#include "opencapf/process/control.hpp"
#include "opencapf/process/daemon.hpp"

namespace opencapf::capf {

/// capfd put together. Constructed: database open, ports bound. start() and stop() once each, from one thread.
class App final : public process::App {
public:
    explicit App(const Config& config);
    ~App() override;
    void start() override;
    void stop() override;
    void reload() override { control_.reload(); }
    net::LoopPool& loops() override { return loops_; }
    [[nodiscard]] std::uint16_t port() const noexcept { return listener_.port(); }
    [[nodiscard]] std::uint16_t metrics_port() const noexcept { return metrics_server_.port(); }

private:
    net::Opening open(const net::Endpoint& remote);
    process::ReloadReport reload_now();
    void apply(Config fresh);
    [[nodiscard]] process::Status status() const;
    [[nodiscard]] metrics::Sources metric_sources();
    Task<> collect();
    Task<net::Duration> heartbeat();
    Task<std::vector<std::string>> not_ready(net::Loop& loop);
    Task<> ask_est_server(net::Loop& loop, est::ClientConfig config);

    // Destroyed from the bottom up: the loops first stop, then what lives on them goes, last what the sessions share.
    metrics::Registry registry_{metric_families()};
    metrics::Server metrics_server_;
    net::LoopPool loops_;
    Service service_;
    std::vector<std::unique_ptr<LoopState>> states_;
    net::Listener listener_;
    renewal::Monitor monitor_;
    bulk::Runner bulk_;
    std::optional<Periodic> heart_;     ///< of a cluster's member
    std::unique_ptr<axl::Server> axl_;  ///< when it is switched on
    process::Control control_;
    config::Source source_;  // touched by reload_now() only
};

}  // namespace opencapf::capf
