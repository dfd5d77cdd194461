// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/net/loop.hpp"

#include <functional>
#include <memory>
#include <string>

namespace opencapf::process {

/// Exit codes of every daemon.
inline constexpr int kExitOk = 0, kExitFailure = 1, kExitUsage = 2, kExitConfig = 3;

/// A daemon's life as the shell drives it. Constructed means: configuration good, stores open, listeners bound.
class App {
public:
    virtual ~App() = default;
    virtual void start() = 0;
    /// Stops accepting, drains with its configured deadline, returns when everything is quiet.
    virtual void stop() = 0;
    /// SIGHUP: reopens logs, reads the configuration again and tells the log what took effect. Problems are logged, the
    /// old state stays. Must not throw.
    virtual void reload() = 0;
    /// For the watchdog: a loop that does not answer makes the daemon one that hangs.
    virtual net::LoopPool& loops() = 0;
};

struct DaemonInfo {
    const char* name;         ///< "capfd"
    const char* description;  ///< one line for --help
    const char* default_config;
    std::string (*config_schema)();      ///< JSON Schema of the configuration, for `--describe`
    std::string (*metrics)() = nullptr;  ///< JSON array of {name, type, unit, labels, help}, for `--describe`
};

/// `--config FILE`, `--check-config`, `--version`, `--help`; then umask, signals (SIGTERM and SIGINT stop gracefully, a
/// second one ends at once; SIGHUP reloads; SIGPIPE ignored), and what sd_notify(3) tells a service manager: readiness,
/// reloading, stopping, and the watchdog's sign of life while every event loop answers. `make` reads the configuration
/// and builds the app; it throws config::ConfigError or std::exception. With `check_only` it must validate the
/// configuration, return nullptr and open nothing.
int run_daemon(int argc, char** argv, const DaemonInfo& info,
               const std::function<std::unique_ptr<App>(const std::string& config_path, bool check_only)>& make);

/// The listening socket that the service manager handed over (sd_listen_fds(3)), or -1. Asks once: the environment
/// forgets it, so that no child takes it for its own. Throws std::runtime_error when it is not exactly one stream
/// socket.
int activated_socket();

}  // namespace opencapf::process
