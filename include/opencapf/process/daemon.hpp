// SPDX-License-Identifier: Apache-2.0
#pragma once

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
    /// SIGHUP: reopen logs, reload certificates. Problems are logged, the old state stays. Must not throw.
    virtual void reload() = 0;
};

struct DaemonInfo {
    const char* name;         ///< "capfd"
    const char* description;  ///< one line for --help
    const char* default_config;
    std::string (*config_schema)();      ///< JSON Schema of the configuration, for `--describe`
    std::string (*metrics)() = nullptr;  ///< JSON array of {name, type, unit, labels, help}, for `--describe`
};

/// `--config FILE`, `--check-config`, `--version`, `--help`; then umask, signals (SIGTERM and SIGINT stop gracefully, a
/// second one ends at once; SIGHUP reloads; SIGPIPE ignored), readiness to the service manager when NOTIFY_SOCKET is
/// set. `make` reads the configuration and builds the app; it throws config::ConfigError or std::exception.
/// With `check_only` it must validate the configuration, return nullptr and open nothing.
int run_daemon(int argc, char** argv, const DaemonInfo& info,
               const std::function<std::unique_ptr<App>(const std::string& config_path, bool check_only)>& make);

}  // namespace opencapf::process
