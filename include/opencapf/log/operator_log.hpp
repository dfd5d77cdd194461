// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace opencapf::log {

/// The daemon's own log on stderr: "time LEVEL: text", or for the journal "<N>text" with syslog's priorities. One line
/// per event that an operator should see; control characters are escaped. Thread-safe.
void error(std::string_view text);  ///< someone must act
void warn(std::string_view text);   ///< degraded, or a peer misbehaved
void info(std::string_view text);   ///< start, stop, one line per finished operation
void debug(std::string_view text);  ///< for whoever looks for a fault

enum class Level { error, warning, info, debug };
/// Names in configuration files, in the order of Level.
const std::vector<std::string>& level_names();
/// What is written from now on; info at start.
void set_level(Level level);
Level level();

}  // namespace opencapf::log
