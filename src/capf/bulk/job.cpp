// SPDX-License-Identifier: Apache-2.0
#include "capf/bulk/job.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

namespace opencapf::capf::bulk {
namespace {

constexpr int kMinutesOfDay = 24 * 60;

std::optional<int> parse_minutes(std::string_view text) {
    const auto digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '9'; };
    if (text.size() != 5 || text[2] != ':' || !digit(0) || !digit(1) || !digit(3) || !digit(4)) return std::nullopt;
    const int hours = (text[0] - '0') * 10 + text[1] - '0', minutes = (text[3] - '0') * 10 + text[4] - '0';
    if (minutes > 59 || hours * 60 + minutes > kMinutesOfDay) return std::nullopt;
    return hours * 60 + minutes;
}

int minute_of_day(WallTime now) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
    std::tm parts{};
    ::localtime_r(&seconds, &parts);
    return parts.tm_hour * 60 + parts.tm_min;
}

}  // namespace

std::string_view to_string(JobState state) {
    static constexpr std::array<std::string_view, 5> kNames{"preparing", "running", "paused", "finished", "cancelled"};
    return kNames.at(static_cast<std::size_t>(state));
}

std::string_view to_string(TargetState state) {
    static constexpr std::array<std::string_view, 4> kNames{"waiting", "armed", "done", "failed"};
    return kNames.at(static_cast<std::size_t>(state));
}

std::optional<DailyWindow> parse_window(std::string_view text) {
    if (text.size() != 11 || text[5] != '-') return std::nullopt;
    const auto from = parse_minutes(text.substr(0, 5)), to = parse_minutes(text.substr(6));
    if (!from || !to || *from == kMinutesOfDay) return std::nullopt;
    return DailyWindow{*from, *to % kMinutesOfDay};
}

std::string to_string(const DailyWindow& window) {
    char text[32];
    std::snprintf(text, sizeof text, "%02d:%02d-%02d:%02d", window.from / 60, window.from % 60, window.to / 60,
                  window.to % 60);
    return text;
}

bool is_open(const DailyWindow& window, WallTime now) {
    if (window.from == window.to) return true;
    const int minute = minute_of_day(now);
    if (window.from < window.to) return minute >= window.from && minute < window.to;
    return minute >= window.from || minute < window.to;
}

std::optional<std::int64_t> seconds_left(const Job& job, std::int64_t now) {
    const auto left = static_cast<std::int64_t>(job.progress.waiting + job.progress.armed);
    const auto ended = static_cast<std::int64_t>(job.progress.ended());
    if (left == 0) return 0;
    if (ended == 0 || job.started == 0) return std::nullopt;
    const std::int64_t by_pace = left * std::max<std::int64_t>(now - job.started, 1) / ended;
    const auto waiting = static_cast<std::int64_t>(job.progress.waiting);
    const std::int64_t by_limit = job.throttle.per_minute > 0 ? waiting * 60 / job.throttle.per_minute : 0;
    return std::max(by_pace, by_limit);
}

std::size_t budget(const Throttle& throttle, std::size_t patient, std::size_t armed_in_last_minute) {
    const auto left = [](int limit, std::size_t used) {
        return static_cast<std::size_t>(limit) > used ? static_cast<std::size_t>(limit) - used : 0;
    };
    const std::size_t places = left(throttle.max_concurrent, patient);
    return throttle.per_minute == 0 ? places : std::min(places, left(throttle.per_minute, armed_in_last_minute));
}

}  // namespace opencapf::capf::bulk
