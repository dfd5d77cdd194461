// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/base/clock.hpp"
#include "opencapf/log/line_file.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace opencapf::ca_sim {

/// One line of the IIS access log, raw values: rendering escapes them. Empty strings become "-".
struct W3cEntry {
    WallTime time;  ///< when the request ended
    std::string server_ip;
    std::string method;
    std::string uri_stem;   ///< "/certsrv/certnew.cer"
    std::string uri_query;  ///< without '?'
    std::uint16_t server_port = 443;
    std::string user;  ///< "LAB\\ciscora"; empty on every 401
    std::string client_ip;
    std::string user_agent;
    std::string referer;
    unsigned status = 0;
    unsigned substatus = 0;
    std::uint32_t win32 = 0;
    std::chrono::milliseconds time_taken{0};
};

/// certsrv.md section 5: 15 columns, UTC, blank to '+', empty to '-', control bytes as \xNN, so that no value can add
/// a column or a line. Values above 4096 bytes are cut, as IIS does.
std::string render_w3c_line(const W3cEntry& entry);
/// The four # lines that stand at the start of a file and after each restart.
std::vector<std::string> render_w3c_header(WallTime now);
/// "u_exYYMMDD.log" of the UTC day.
std::string w3c_file_name(WallTime time);

/// The log folder of one site. Changes file at UTC midnight (by the entries' time, never backwards). Thread-safe.
class W3cLog {
public:
    /// Creates `directory` (and its parents) and opens the file of `now`. Throws std::system_error or
    /// std::runtime_error naming the path.
    W3cLog(std::string directory, WallTime now);
    W3cLog(const W3cLog&) = delete;
    W3cLog& operator=(const W3cLog&) = delete;

    void write(const W3cEntry& entry);
    /// Waits until all is in the file. Blocks: tests and shutdown only.
    void flush();
    /// After logrotate or SIGHUP: opens the current path again and writes the header block.
    void reopen(WallTime now);
    /// The file being written.
    [[nodiscard]] std::string path() const;

private:
    void open(WallTime time);

    const std::string directory_;
    mutable std::mutex mutex_;
    std::string day_;  ///< current file name; compared to roll over
    std::unique_ptr<log::LineFile> file_;
};

}  // namespace opencapf::ca_sim
