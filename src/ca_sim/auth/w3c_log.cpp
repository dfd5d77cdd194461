// SPDX-License-Identifier: Apache-2.0
#include "w3c_log.hpp"

#include "opencapf/base/text.hpp"
#include "opencapf/log/operator_log.hpp"

#include <algorithm>
#include <filesystem>

namespace opencapf::ca_sim {
namespace {

constexpr std::size_t kMaxValueBytes = 4096;
constexpr const char* kTimeFormat = "%Y-%m-%d %H:%M:%S";

std::string value(std::string_view raw) {
    if (raw.empty()) return "-";
    std::string out = printable(raw, kMaxValueBytes);
    std::replace(out.begin(), out.end(), ' ', '+');
    return out;
}

}  // namespace

std::string render_w3c_line(const W3cEntry& entry) {
    std::string line = format_utc(entry.time, kTimeFormat);
    const std::string columns[] = {
        value(entry.server_ip),
        value(entry.method),
        value(entry.uri_stem),
        value(entry.uri_query),
        std::to_string(entry.server_port),
        value(entry.user),
        value(entry.client_ip),
        value(entry.user_agent),
        value(entry.referer),
        std::to_string(entry.status),
        std::to_string(entry.substatus),
        std::to_string(entry.win32),
        std::to_string(std::max<std::chrono::milliseconds::rep>(entry.time_taken.count(), 0)),
    };
    for (const std::string& column : columns) line.append(" ").append(column);
    return line;
}

std::vector<std::string> render_w3c_header(WallTime now) {
    return {
        "#Software: Microsoft Internet Information Services 10.0",
        "#Version: 1.0",
        "#Date: " + format_utc(now, kTimeFormat),
        "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) "
        "sc-status sc-substatus sc-win32-status time-taken",
    };
}

std::string w3c_file_name(WallTime time) { return format_utc(time, "u_ex%y%m%d.log"); }

W3cLog::W3cLog(std::string directory, WallTime now) : directory_(std::move(directory)) {
    std::filesystem::create_directories(directory_);
    open(now);
}

void W3cLog::open(WallTime time) {
    day_ = w3c_file_name(time);
    file_ = std::make_unique<log::LineFile>((std::filesystem::path(directory_) / day_).string());
    file_->write(render_w3c_header(time));
}

void W3cLog::write(const W3cEntry& entry) {
    const std::string line = render_w3c_line(entry);
    const std::lock_guard lock(mutex_);
    // File names order like days (two-digit years, so until 2099). A request that ended just before midnight may be
    // written just after it; it then stands in the new file.
    if (w3c_file_name(entry.time) > day_) {
        try {
            open(entry.time);
        } catch (const std::exception& error) {
            // Requests must still be answered and logged: go on in yesterday's file, try again at the next midnight.
            log::error(std::string("access log cannot change to a new day: ") + error.what());
        }
    }
    file_->write(line);
}

void W3cLog::flush() {
    const std::lock_guard lock(mutex_);
    file_->flush();
}

void W3cLog::reopen(WallTime now) {
    const std::lock_guard lock(mutex_);
    open(now);
}

std::string W3cLog::path() const {
    const std::lock_guard lock(mutex_);
    return file_->path();
}

}  // namespace opencapf::ca_sim
