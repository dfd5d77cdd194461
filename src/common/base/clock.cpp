// SPDX-License-Identifier: Apache-2.0
#include "opencapf/base/clock.hpp"

#include <array>
#include <ctime>

namespace opencapf {
namespace {

std::string format(const std::tm& parts, const char* format) {
    std::array<char, 128> buffer{};
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"  // the formats are literals of our own renderers
    const std::size_t length = std::strftime(buffer.data(), buffer.size(), format, &parts);
#pragma GCC diagnostic pop
    return {buffer.data(), length};
}

}  // namespace

std::string format_local(WallTime time, const char* pattern) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(std::chrono::floor<std::chrono::seconds>(time));
    std::tm parts{};
    ::localtime_r(&seconds, &parts);
    return format(parts, pattern);
}

std::string format_utc(WallTime time, const char* pattern) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(std::chrono::floor<std::chrono::seconds>(time));
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    return format(parts, pattern);
}

std::int64_t unix_seconds(WallTime time) noexcept {
    return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

int milliseconds_of(WallTime time) noexcept {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
    return static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(time - seconds).count());
}

}  // namespace opencapf
