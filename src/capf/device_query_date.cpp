// SPDX-License-Identifier: Apache-2.0
#include "capf/device.hpp"
#include "capf/device_query.hpp"

#include <cstdio>
#include <ctime>

namespace opencapf::capf {
namespace {

// Beyond it, and with it, all arithmetic stays far from the ends of 64 bits.
constexpr std::int64_t kLongest = 100LL * 366 * 86'400;

std::optional<std::int64_t> relative(std::string_view text) {
    const bool past = text.starts_with('-');
    if (past || text.starts_with('+')) text.remove_prefix(1);
    if (text.size() < 2 || text.size() > 7) return std::nullopt;
    std::int64_t unit = 0;
    switch (text.back()) {
        case 'm':
            unit = 60;
            break;
        case 'h':
            unit = 3600;
            break;
        case 'd':
            unit = 86'400;
            break;
        case 'w':
            unit = 7 * 86'400;
            break;
        default:
            return std::nullopt;
    }
    std::int64_t count = 0;
    for (const char c : text.substr(0, text.size() - 1)) {
        if (c < '0' || c > '9') return std::nullopt;
        count = count * 10 + (c - '0');
    }
    if (count > kLongest / unit) return std::nullopt;
    return past ? -count * unit : count * unit;
}

// A day of the local zone need not be 24 hours long.
std::optional<DateRange> local_day(const std::string& text) {
    std::tm parts{};
    int used = 0;
    const int fields = std::sscanf(text.c_str(), "%4d-%2d-%2d%n", &parts.tm_year, &parts.tm_mon, &parts.tm_mday, &used);
    if (fields != 3 || used != static_cast<int>(text.size()) || parts.tm_year < 1970) return std::nullopt;
    parts.tm_year -= 1900;
    parts.tm_mon -= 1;
    parts.tm_isdst = -1;
    std::tm next = parts;
    ++next.tm_mday;
    const std::tm asked = parts;
    const std::time_t from = std::mktime(&parts), until = std::mktime(&next);
    if (from == -1 || until == -1 || asked.tm_mday != parts.tm_mday || asked.tm_mon != parts.tm_mon)
        return std::nullopt;
    return DateRange{from, until};
}

}  // namespace

std::optional<DateRange> parse_date(const std::string& text, WallTime now) {
    const auto at = [](std::int64_t moment) { return DateRange{moment, moment + 1}; };
    if (text == "now") return at(unix_seconds(now));
    if (const auto distance = relative(text)) return at(unix_seconds(now) + *distance);
    if (const auto day = local_day(text)) return day;
    // "2027-01-31 18:00" is upgradefinishtime in other clothes.
    std::string minute = text;
    for (auto& c : minute)
        if (c == '-' || c == ' ' || c == 'T') c = ':';
    const auto time = parse_finish_time(minute);
    if (!time) return std::nullopt;
    return DateRange{unix_seconds(*time), unix_seconds(*time) + 60};
}

}  // namespace opencapf::capf
