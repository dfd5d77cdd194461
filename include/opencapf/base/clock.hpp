// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace opencapf {

using WallTime = std::chrono::system_clock::time_point;
/// Time as an input: tests pin it, daemons pass std::chrono::system_clock::now.
using WallClock = std::function<WallTime()>;

/// strftime(3) of `time` in the local zone or in UTC. Thread-safe.
std::string format_local(WallTime time, const char* format);
std::string format_utc(WallTime time, const char* format);
/// Seconds since 1970, rounded down.
std::int64_t unix_seconds(WallTime time) noexcept;
/// Milliseconds within the second, 0..999.
int milliseconds_of(WallTime time) noexcept;

}  // namespace opencapf
