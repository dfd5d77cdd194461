// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/base/clock.hpp"
#include "opencapf/log/line_file.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace opencapf::ca_sim {

/// IIS's fields, in the order in which IIS writes them whatever order they were chosen in.
enum class W3cField {
    date,
    time,
    site_name,
    computer_name,
    server_ip,
    method,
    uri_stem,
    uri_query,
    server_port,
    user,
    client_ip,
    version,
    user_agent,
    cookie,
    referer,
    host,
    status,
    substatus,
    win32,
    bytes_sent,
    bytes_received,
    time_taken,
};
/// IIS's name of a field, such as "cs(User-Agent)".
std::string_view w3c_field_name(W3cField field) noexcept;
/// The field of that name, in any case; nothing when there is none.
std::optional<W3cField> w3c_field_from_name(std::string_view name);
/// The names of all fields, for messages.
std::string w3c_field_names();

/// What the lines and the header block look like.
struct W3cFormat {
    /// Default: the 15 columns of certsrv.md 5.
    std::set<W3cField> fields{W3cField::date,      W3cField::time,       W3cField::server_ip,   W3cField::method,
                              W3cField::uri_stem,  W3cField::uri_query,  W3cField::server_port, W3cField::user,
                              W3cField::client_ip, W3cField::user_agent, W3cField::referer,     W3cField::status,
                              W3cField::substatus, W3cField::win32,      W3cField::time_taken};
    std::string software = "Microsoft Internet Information Services 10.0";
    std::string site_name = "W3SVC1";
    std::string computer_name;

    bool operator==(const W3cFormat&) const = default;
};

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
    std::string version;  ///< "HTTP/1.1"
    std::string user_agent;
    std::string cookie;
    std::string referer;
    std::string host;
    unsigned status = 0;
    unsigned substatus = 0;
    std::uint32_t win32 = 0;
    std::uint64_t bytes_sent = 0;
    std::uint64_t bytes_received = 0;
    std::chrono::milliseconds time_taken{0};
};

/// certsrv.md section 5: the format's columns, UTC, blank to '+', empty to '-', control bytes as \xNN, so that no value
/// can add a column or a line. Values above 4096 bytes are cut, as IIS does.
std::string render_w3c_line(const W3cEntry& entry, const W3cFormat& format = {});
/// The four # lines that stand at the start of a file and after each restart.
std::vector<std::string> render_w3c_header(WallTime now, const W3cFormat& format = {});
/// "u_exYYMMDD.log" of the UTC day.
std::string w3c_file_name(WallTime time);

/// The log folder of one site. Changes file at UTC midnight (by the entries' time, never backwards). Thread-safe.
class W3cLog {
public:
    /// Creates `directory` (and its parents) and opens the file of `now`. Throws std::system_error or
    /// std::runtime_error naming the path.
    W3cLog(std::string directory, WallTime now, W3cFormat format = {});
    W3cLog(const W3cLog&) = delete;
    W3cLog& operator=(const W3cLog&) = delete;

    void write(const W3cEntry& entry);
    /// Waits until all is in the file. Blocks: tests and shutdown only.
    void flush();
    /// After logrotate or SIGHUP: opens the current path again and writes the header block.
    void reopen(WallTime now);
    /// A changed format begins with a header block of its own, as in IIS.
    void set_format(W3cFormat format, WallTime now);
    /// The file being written.
    [[nodiscard]] std::string path() const;

private:
    void open(WallTime time);

    const std::string directory_;
    mutable std::mutex mutex_;
    W3cFormat format_;
    std::string day_;  ///< current file name; compared to roll over
    std::unique_ptr<log::LineFile> file_;
};

}  // namespace opencapf::ca_sim
