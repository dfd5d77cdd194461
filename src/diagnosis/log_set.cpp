// SPDX-License-Identifier: Apache-2.0
#include "diagnosis/log_set.hpp"

#include "diagnosis/log_names.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <unistd.h>
#include <utility>

namespace opencapf::diagnosis {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFields = "#Fields: ";
constexpr std::size_t kSniffed = 200;  // lines that decide about a file's grammar

/// Does `text` begin like `shape`? '0' in the shape is any digit, all else is itself.
bool has_shape(std::string_view text, std::string_view shape) {
    if (text.size() < shape.size()) return false;
    return std::equal(shape.begin(), shape.end(), text.begin(), [](char wanted, char found) {
        return wanted == '0' ? found >= '0' && found <= '9' : wanted == found;
    });
}

bool is_capf(std::string_view text) { return has_shape(text, "00:00:00.000 |"); }
bool is_nginx(std::string_view text) { return has_shape(text, "0000/00/00 00:00:00 ["); }
bool is_daemon(std::string_view text) {
    if (!has_shape(text, "0000-00-00 00:00:00.000 ")) return false;
    const auto rest = text.substr(24);
    return rest.starts_with("info: ") || rest.starts_with("warning: ") || rest.starts_with("error: ") ||
           rest.starts_with("debug: ");
}
bool is_phone(std::string_view text) { return has_shape(text, "0000-00-00 00:00:00.000 phone "); }
bool is_iis(std::string_view text) { return has_shape(text, "0000-00-00 00:00:00 "); }
/// CES' access.log: "<address> - <account> [28/Nov/2026:20:53:07 +0000] "...", and the id of the request behind it.
bool is_access(std::string_view text) {
    const auto bracket = text.find(" [");
    return bracket != std::string_view::npos && text.find("\" rid=") != std::string_view::npos &&
           has_shape(text.substr(bracket + 2), "00/") &&
           has_shape(text.substr(std::min(bracket + 8, text.size())), "/0000:00:00:00 ");
}
bool is_ciscora(std::string_view text) {
    return text.starts_with("nginx: [") || text.starts_with("EnrollmentService.sh :");
}
bool is_libest(std::string_view text) { return text.starts_with("***EST ["); }
bool is_record(std::string_view text) {
    return is_capf(text) || is_nginx(text) || is_daemon(text) || is_iis(text) || is_ciscora(text) || is_libest(text);
}

/// Text copied from a document has lost its line ends: a record that begins within a line becomes a line of its own.
std::vector<std::string_view> split_records(std::string_view line) {
    if (is_daemon(line) || is_phone(line) || is_access(line))
        return {line};  // ours; what looks like a record within is a peer's text
    std::vector<std::string_view> parts;
    std::size_t begin = 0;
    for (std::size_t at = line.find(' '); at != std::string_view::npos; at = line.find(' ', at + 1)) {
        if (at > begin && is_record(line.substr(at + 1))) {
            parts.push_back(line.substr(begin, at - begin));
            begin = at + 1;
        }
    }
    parts.push_back(line.substr(begin));
    return parts;
}

std::vector<std::string_view> split_lines(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const auto end = text.find('\n');
        auto line = text.substr(0, end);
        if (line.ends_with('\r')) line.remove_suffix(1);
        lines.push_back(line);
        if (end == std::string_view::npos) break;
        text.remove_prefix(end + 1);
    }
    return lines;
}

/// libEST's lines stand in two logs: those of error.log come with NGINX's dated lines.
std::optional<Log> grammar_of(const std::vector<std::string_view>& lines) {
    bool libest = false;
    bool ciscora = false;
    for (std::size_t i = 0; i < std::min(lines.size(), kSniffed); ++i) {
        for (const auto part : split_records(lines[i])) {
            if (is_capf(part)) return Log::capf;
            if (is_nginx(part)) return Log::error_log;
            if (is_daemon(part)) return Log::daemon;
            if (is_phone(part)) return Log::phone;
            if (is_access(part)) return Log::access;
            if (part.starts_with("#Software: Microsoft Internet Information Services") || is_iis(part)) return Log::iis;
            ciscora = ciscora || is_ciscora(part);
            libest = libest || is_libest(part);
        }
    }
    if (ciscora) return Log::ciscora;
    if (libest) return Log::error_log;
    return std::nullopt;
}

}  // namespace

std::string_view to_string(Log log) noexcept {
    switch (log) {
        case Log::capf:
            return "capf";
        case Log::ciscora:
            return "ciscora";
        case Log::error_log:
            return "error.log";
        case Log::iis:
            return "IIS";
        case Log::daemon:
            return "daemon";
        case Log::phone:
            return "phone";
        case Log::access:
            return "access.log";
    }
    return "";
}

void LogSet::add(const std::string& name, std::string_view text) {
    const auto lines = split_lines(text);
    const auto grammar = grammar_of(lines);
    if (!grammar) {
        if (!text.empty()) skipped_.push_back(name);
        return;
    }
    files_.push_back(name);
    auto& target = lines_[static_cast<std::size_t>(*grammar)];
    // In a log itself a record within a line is something that a peer sent.
    const bool document = std::count_if(lines.begin(), lines.end(), is_record) < 2;
    std::uint32_t number = 0;
    for (const auto line : lines) {
        ++number;
        if (line.empty()) continue;
        const auto file = static_cast<std::uint32_t>(files_.size() - 1);
        if (*grammar == Log::iis && line.starts_with('#')) {
            if (line.starts_with(kFields))
                iis_fields_.push_back({file, number, std::string(line.substr(kFields.size()))});
            continue;
        }
        if (document) {
            for (const auto part : split_records(line)) target.push_back({file, number, std::string(part)});
        } else {
            target.push_back({file, number, std::string(line)});
        }
    }
}

std::string_view LogSet::iis_fields(const Line& line) const {
    const auto above =
        std::upper_bound(iis_fields_.begin(), iis_fields_.end(), line, [](const Line& one, const Line& other) {
            return std::pair(one.file, one.number) < std::pair(other.file, other.number);
        });
    return above == iis_fields_.begin() || std::prev(above)->file != line.file ? std::string_view()
                                                                               : std::prev(above)->text;
}

void LogSet::read(const std::string& path, const LogLimits& limits) {
    std::error_code error;
    std::vector<std::pair<std::string, std::string>> texts;
    const auto take = [&](const std::string& name, const std::string& text) {
        bytes_ += text.size();
        if (bytes_ > limits.max_total_bytes)
            throw std::length_error("the logs hold more than " + std::to_string(limits.max_total_bytes) + " bytes");
        texts.emplace_back(name, text);
    };
    if (fs::is_regular_file(path, error)) {
        read_log_file(path, limits, take);
    } else if (fs::is_directory(path, error)) {
        for (const auto& file : files_below(path, limits.max_files)) {
            try {
                read_log_file(file, limits, take);
            } catch (const std::runtime_error& problem) {
                unreadable_.emplace_back(problem.what());
            }
        }
    } else {
        throw std::runtime_error("there is no file or directory " + path);
    }
    std::sort(texts.begin(), texts.end(),
              [](const auto& one, const auto& other) { return is_older_name(one.first, other.first); });
    for (const auto& [name, text] : texts) add(name, text);
}

/// Those that cannot be looked into are told: what they hide may be the cause.
std::vector<std::string> LogSet::files_below(const std::string& folder, std::size_t most) {
    std::vector<std::string> found;
    const auto readable = [this](const std::string& path) {
        if (::access(path.c_str(), R_OK | X_OK) == 0) return true;
        unreadable_.push_back("cannot look into " + path);
        return false;
    };
    if (!readable(folder)) return found;
    std::error_code error;
    for (const auto& entry : fs::recursive_directory_iterator(folder, fs::directory_options::skip_permission_denied)) {
        if (entry.is_directory(error)) readable(entry.path().string());
        if (entry.is_regular_file(error)) found.push_back(entry.path().string());
        if (found.size() > most)
            throw std::runtime_error(folder + " holds more than " + std::to_string(most) + " files");
    }
    return found;
}

}  // namespace opencapf::diagnosis
