// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace opencapf {

/// ASCII only: protocol names must not depend on a locale.
std::string to_lower(std::string_view text);
std::string to_upper(std::string_view text);
bool iequals(std::string_view a, std::string_view b) noexcept;
std::string_view trim(std::string_view text) noexcept;
std::vector<std::string> split(std::string_view text, char separator);

/// One-line form for logs: control bytes and DEL become \xNN, a backslash stays; cut at `max_bytes` with "...".
/// Every legacy renderer passes peer-chosen text through it, so that a device name cannot forge a line.
std::string printable(std::string_view text, std::size_t max_bytes = 1024);

/// Escapes & < > " ' for HTML text and attribute values.
std::string html_escape(std::string_view text);

/// Decodes %XX and, when `plus_is_blank`, '+'. A broken escape stays as it is (as browsers and IIS do).
std::string percent_decode(std::string_view text, bool plus_is_blank);
/// Encodes everything but RFC 3986 unreserved characters.
std::string percent_encode(std::string_view text);

/// Whole file; throws std::system_error naming the path. Refuses files above `max_bytes` with std::runtime_error.
std::string read_file(const std::string& path, std::size_t max_bytes = 4 * 1024 * 1024);
/// Throws std::runtime_error with the cure when others may access the file (mode & 0007). A missing file is not its
/// business.
void require_private(const std::string& path);

enum class Durability { survives_power_loss, survives_process };

/// Writes to a temporary file beside `path` and renames: readers see the old or the new content, never half of it.
/// `mode` is applied before the name becomes visible. With survives_power_loss file and directory are synced. Throws
/// std::system_error.
void write_file_atomically(const std::string& path, std::string_view content, unsigned mode = 0640,
                           Durability durability = Durability::survives_power_loss);

}  // namespace opencapf
