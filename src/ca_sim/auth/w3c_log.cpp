// SPDX-License-Identifier: Apache-2.0
#include "w3c_log.hpp"

#include "opencapf/base/text.hpp"
#include "opencapf/log/operator_log.hpp"

#include <algorithm>
#include <array>
#include <filesystem>

namespace opencapf::ca_sim {
namespace {

constexpr std::size_t kMaxValueBytes = 4096;
constexpr const char* kDate = "%Y-%m-%d";
constexpr const char* kTime = "%H:%M:%S";

// In the order of W3cField.
constexpr std::array<std::string_view, 22> kNames{
    "date",      "time",        "s-sitename",     "s-computername",  "s-ip",
    "cs-method", "cs-uri-stem", "cs-uri-query",   "s-port",          "cs-username",
    "c-ip",      "cs-version",  "cs(User-Agent)", "cs(Cookie)",      "cs(Referer)",
    "cs-host",   "sc-status",   "sc-substatus",   "sc-win32-status", "sc-bytes",
    "cs-bytes",  "time-taken"};
static_assert(kNames.size() == static_cast<std::size_t>(W3cField::time_taken) + 1);

std::string value(std::string_view raw) {
    if (raw.empty()) return "-";
    std::string out = printable(raw, kMaxValueBytes);
    std::replace(out.begin(), out.end(), ' ', '+');
    return out;
}

std::string column(W3cField field, const W3cEntry& entry, const W3cFormat& format) {
    switch (field) {
        case W3cField::date:
            return format_utc(entry.time, kDate);
        case W3cField::time:
            return format_utc(entry.time, kTime);
        case W3cField::site_name:
            return value(format.site_name);
        case W3cField::computer_name:
            return value(format.computer_name);
        case W3cField::server_ip:
            return value(entry.server_ip);
        case W3cField::method:
            return value(entry.method);
        case W3cField::uri_stem:
            return value(entry.uri_stem);
        case W3cField::uri_query:
            return value(entry.uri_query);
        case W3cField::server_port:
            return std::to_string(entry.server_port);
        case W3cField::user:
            return value(entry.user);
        case W3cField::client_ip:
            return value(entry.client_ip);
        case W3cField::version:
            return value(entry.version);
        case W3cField::user_agent:
            return value(entry.user_agent);
        case W3cField::cookie:
            return value(entry.cookie);
        case W3cField::referer:
            return value(entry.referer);
        case W3cField::host:
            return value(entry.host);
        case W3cField::status:
            return std::to_string(entry.status);
        case W3cField::substatus:
            return std::to_string(entry.substatus);
        case W3cField::win32:
            return std::to_string(entry.win32);
        case W3cField::bytes_sent:
            return std::to_string(entry.bytes_sent);
        case W3cField::bytes_received:
            return std::to_string(entry.bytes_received);
        case W3cField::time_taken:
            return std::to_string(std::max<std::chrono::milliseconds::rep>(entry.time_taken.count(), 0));
    }
    return "-";
}

}  // namespace

std::string_view w3c_field_name(W3cField field) noexcept { return kNames[static_cast<std::size_t>(field)]; }

std::optional<W3cField> w3c_field_from_name(std::string_view name) {
    for (std::size_t i = 0; i < kNames.size(); ++i) {
        if (iequals(kNames[i], name)) return static_cast<W3cField>(i);
    }
    return std::nullopt;
}

std::string w3c_field_names() {
    std::string names;
    for (const std::string_view name : kNames) names.append(names.empty() ? "" : " ").append(name);
    return names;
}

std::string render_w3c_line(const W3cEntry& entry, const W3cFormat& format) {
    std::string line;
    for (const W3cField field : format.fields)
        line.append(line.empty() ? "" : " ").append(column(field, entry, format));
    return line;
}

std::vector<std::string> render_w3c_header(WallTime now, const W3cFormat& format) {
    std::string fields = "#Fields:";
    for (const W3cField field : format.fields) fields.append(" ").append(w3c_field_name(field));
    return {"#Software: " + printable(format.software), "#Version: 1.0",
            "#Date: " + format_utc(now, kDate) + " " + format_utc(now, kTime), std::move(fields)};
}

std::string w3c_file_name(WallTime time) { return format_utc(time, "u_ex%y%m%d.log"); }

W3cLog::W3cLog(std::string directory, WallTime now, W3cFormat format)
    : directory_(std::move(directory)), format_(std::move(format)) {
    std::filesystem::create_directories(directory_);
    open(now);
}

void W3cLog::open(WallTime time) {
    day_ = w3c_file_name(time);
    file_ = std::make_unique<log::LineFile>((std::filesystem::path(directory_) / day_).string());
    file_->write(render_w3c_header(time, format_));
}

void W3cLog::write(const W3cEntry& entry) {
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
    file_->write(render_w3c_line(entry, format_));
}

void W3cLog::flush() {
    const std::lock_guard lock(mutex_);
    file_->flush();
}

void W3cLog::reopen(WallTime now) {
    const std::lock_guard lock(mutex_);
    open(now);
}

void W3cLog::set_format(W3cFormat format, WallTime now) {
    const std::lock_guard lock(mutex_);
    if (format == format_) return;
    format_ = std::move(format);
    file_->write(render_w3c_header(now, format_));
}

std::string W3cLog::path() const {
    const std::lock_guard lock(mutex_);
    return file_->path();
}

}  // namespace opencapf::ca_sim
