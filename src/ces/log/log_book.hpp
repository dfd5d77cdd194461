// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ces/log/legacy_log.hpp"
#include "opencapf/log/line_file.hpp"

#include <optional>
#include <string>
#include <vector>

namespace opencapf::ces {

struct LogPaths {
    std::string ciscora;
    std::string error_log;
    std::string access_log;  ///< empty: none
};

/// The log files of cesd: the two legacy ones and, when its path is set, the access log. Thread-safe.
class LogBook {
public:
    /// Throws std::runtime_error naming a file that cannot be opened.
    LogBook(const LogPaths& paths, RenderOptions options, WallClock clock);

    /// While cesd starts, as NGINX does while it reads its configuration: warnings go to both logs, libEST's lines to
    /// the CiscoRA log, the rest to error.log.
    void starting(const Event& event);
    /// Later, without a connection: error.log only.
    void running(const Event& event);
    /// Events of one connection; their lines stay together.
    void connection(const std::vector<TimedEvent>& events, const ConnectionInfo& connection);

    void reopen();
    void flush();
    [[nodiscard]] WallTime now() const { return clock_(); }

private:
    RenderOptions options_;
    WallClock clock_;
    log::LineFile ciscora_;
    log::LineFile error_log_;
    std::optional<log::LineFile> access_log_;
};

}  // namespace opencapf::ces
