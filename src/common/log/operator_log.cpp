// SPDX-License-Identifier: Apache-2.0
#include "opencapf/log/operator_log.hpp"

#include "opencapf/base/text.hpp"

#include <array>
#include <cstdlib>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <sys/stat.h>
#include <unistd.h>

namespace opencapf::log {
namespace {

// In the order of Level.
constexpr std::array kLevels{spdlog::level::err, spdlog::level::warn, spdlog::level::info, spdlog::level::debug};
constexpr std::array kPriorities{"<3>", "<4>", "<6>", "<7>"};  // sd-daemon(3)

/// JOURNAL_STREAM names the device and inode of the stream that systemd connected to the journal (systemd.exec(5)); a
/// child that redirected stderr must not write priorities into a file.
bool stderr_is_journal() {
    const char* stream = std::getenv("JOURNAL_STREAM");
    struct stat status {};
    if (stream == nullptr || ::fstat(STDERR_FILENO, &status) != 0) return false;
    return std::to_string(status.st_dev) + ':' + std::to_string(status.st_ino) == stream;
}

bool for_journal() {
    static const bool journal = stderr_is_journal();
    return journal;
}

spdlog::logger& logger() {
    static const auto instance = [] {
        auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
        sink->set_formatter(
            std::make_unique<spdlog::pattern_formatter>(for_journal() ? "%v" : "%Y-%m-%d %H:%M:%S.%e %l: %v"));
        return std::make_shared<spdlog::logger>("operator", std::move(sink));
    }();
    return *instance;
}

void write(Level level, std::string_view text) {
    const auto index = static_cast<std::size_t>(level);
    logger().log(kLevels[index], "{}{}", for_journal() ? kPriorities[index] : "", printable(text));
}

}  // namespace

void error(std::string_view text) { write(Level::error, text); }
void warn(std::string_view text) { write(Level::warning, text); }
void info(std::string_view text) { write(Level::info, text); }
void debug(std::string_view text) { write(Level::debug, text); }

const std::vector<std::string>& level_names() {
    static const std::vector<std::string> names{"error", "warning", "info", "debug"};
    return names;
}

void set_level(Level level) { logger().set_level(kLevels[static_cast<std::size_t>(level)]); }

Level level() {
    for (std::size_t i = 0; i < kLevels.size(); ++i)
        if (logger().level() == kLevels[i]) return static_cast<Level>(i);
    return Level::info;
}

}  // namespace opencapf::log
