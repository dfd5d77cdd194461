// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "diagnosis/log_file.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace opencapf::diagnosis {

/// Whose grammar a line has (cucm-capf.md section 5). Files are told apart by what is in them, never by their names:
/// collected logs are renamed.
enum class Log {
    capf,       ///< CAPF's SDI trace: local time of day, no date
    ciscora,    ///< what CES says while it starts: no time at all
    error_log,  ///< NGINX's error.log of CES: local date and time in seconds; libEST's lines have none
    iis,        ///< W3C log of the CA's web server: UTC, seconds
    daemon,     ///< what OpenCAPF's daemons say on stderr; the product has no such log
    phone,      ///< phone-sim's own: local date and time, milliseconds
    access,     ///< access.log of OpenCAPF's cesd: NGINX's combined format, then rid= and rt=; the product has none
};
inline constexpr std::size_t kLogs = 7;

/// "capf", "ciscora", "error.log", "IIS", "daemon", "phone", "access.log".
std::string_view to_string(Log log) noexcept;

/// Lines are told by what is in them.
inline bool contains(std::string_view text, std::string_view part) noexcept {
    return text.find(part) != std::string_view::npos;
}

struct Line {
    std::uint32_t file = 0;    ///< index of LogSet::file()
    std::uint32_t number = 0;  ///< from 1
    std::string text;
};

/// The lines of a directory of logs, or of single files, sorted by grammar. Not thread-safe.
class LogSet {
public:
    /// Reads `path`, a file or a directory with all below it, oldest first as far as names tell (log_names.hpp), packed
    /// files too (log_file.hpp). Throws std::runtime_error when it does not exist, when a single file cannot be read,
    /// or when there is more than `limits` allow. Files of no known grammar are named in skipped(), what of a directory
    /// cannot be read in unreadable().
    void read(const std::string& path, const LogLimits& limits = {});
    /// The same for a text; `name` stands for the file.
    void add(const std::string& name, std::string_view text);

    [[nodiscard]] const std::vector<Line>& lines(Log log) const { return lines_[static_cast<std::size_t>(log)]; }
    [[nodiscard]] const std::string& file(const Line& line) const { return files_[line.file]; }
    /// The #Fields directive that a line of IIS' log stands under, without its name; empty: the file has none.
    [[nodiscard]] std::string_view iis_fields(const Line& line) const;
    [[nodiscard]] const std::vector<std::string>& skipped() const { return skipped_; }
    [[nodiscard]] const std::vector<std::string>& unreadable() const { return unreadable_; }
    [[nodiscard]] bool empty() const { return files_.empty(); }

private:
    std::vector<std::string> files_below(const std::string& folder, std::size_t most);

    std::size_t bytes_ = 0;
    std::vector<std::string> files_;
    std::vector<Line> lines_[kLogs];
    std::vector<Line> iis_fields_;
    std::vector<std::string> skipped_, unreadable_;
};

}  // namespace opencapf::diagnosis
