// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace opencapf::log {

/// The daemon's own log on stderr : "time LEVEL: text". One line per event that an operator should
/// see; control characters are escaped. Thread-safe.
void error(std::string_view text);  ///< someone must act
void warn(std::string_view text);   ///< degraded, or a peer misbehaved
void info(std::string_view text);   ///< start, stop, one line per finished operation

}  // namespace opencapf::log
