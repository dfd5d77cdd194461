// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ces/log/log_book.hpp"
#include "ces/server/est_connection.hpp"
#include "ces/server/est_listeners.hpp"
#include "ces/upstream/ca_watch.hpp"
#include "opencapf/net/listener.hpp"
#include "opencapf/process/control.hpp"
#include "opencapf/process/daemon.hpp"

#include <memory>

namespace opencapf::ces {

/// cesd as an object: main() runs it, tests run it in process.
class App final : public process::App {
public:
    /// Reads certificates and password, opens the logs, binds the port. Throws std::exception with what to do.
    /// `upstream` is for tests and benchmarks that bring a CA of their own.
    explicit App(Config config, WallClock clock = std::chrono::system_clock::now,
                 UpstreamMaker upstream = make_upstream);
    ~App() override;

    /// Fetches the CA's chain once (bounded by the CA time-outs; a failure is only a warning), then accepts clients.
    void start() override;
    void stop() override;
    void reload() override { control_->reload(); }

    [[nodiscard]] std::uint16_t port() const noexcept { return listener_->port(); }
    /// Of one of the `listeners`.
    [[nodiscard]] std::uint16_t port(std::string_view listener) const { return listener_->port(listener); }
    [[nodiscard]] std::uint16_t metrics_port() const noexcept { return metrics_server_.port(); }
    /// Writes out what the logs still hold. Blocks; for tests.
    void flush_logs() { logs_->flush(); }
    net::LoopPool& loops() override { return *loops_; }
    [[nodiscard]] Shared& shared() noexcept { return *shared_; }
    [[nodiscard]] bool has_chain() const { return shared_->chain.get() != nullptr; }

private:
    process::ReloadReport reload_now();
    void apply(Config fresh);
    [[nodiscard]] process::Status status() const;
    void log_start_up();
    Task<> serve(net::Loop& loop, std::unique_ptr<net::Stream> stream,
                 std::shared_ptr<const EstListenerConfig> listener);
    Task<> keep_lists();
    [[nodiscard]] metrics::Sources metric_sources();
    void collect() const;
    Task<std::vector<std::string>> not_ready(net::Loop& loop);

    // Order matters: what sessions use is destroyed after the loops that hold the sessions.
    metrics::Registry registry_;
    metrics::Server metrics_server_;
    std::unique_ptr<Shared> shared_;
    std::unique_ptr<LogBook> logs_;
    std::vector<std::unique_ptr<Enroller>> enrollers_;
    std::unique_ptr<net::LoopPool> loops_;
    std::unique_ptr<EstService> est_;  // its pool resumes tasks of the loops
    std::unique_ptr<CaWatch> watch_;
    std::unique_ptr<EstListeners> listener_;
    std::unique_ptr<process::Control> control_;
    config::Source source_;  // touched by reload_now() only
    std::atomic<unsigned long> connections_{0};
};

/// For process::run_daemon().
std::unique_ptr<process::App> make_app(const std::string& config_path, bool check_only);

}  // namespace opencapf::ces
