// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ca_sim/config.hpp"
#include "opencapf/base/clock.hpp"
#include "opencapf/process/daemon.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace opencapf::ca_sim {

/// ca-simd in one object. Constructed: keys and passwords read, database open and recovered, port bound.
class App final : public process::App {
public:
    /// Throws std::exception naming the file or port that is wrong. `clock` is for tests.
    explicit App(Config config, WallClock clock = std::chrono::system_clock::now);
    ~App() override;

    void start() override;
    void stop() override;
    void reload() override;
    net::LoopPool& loops() override;

    /// The port it listens on, also when the configuration said 0.
    [[nodiscard]] std::uint16_t port() const noexcept;
    [[nodiscard]] std::uint16_t metrics_port() const noexcept;
    /// Waits until the W3C log is on disk. Blocks; for tests.
    void flush_log();
    /// The W3C log file being written.
    [[nodiscard]] std::string log_path() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// For process::run_daemon.
std::unique_ptr<process::App> make_app(const std::string& config_path, bool check_only);

}  // namespace opencapf::ca_sim
