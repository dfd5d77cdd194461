// SPDX-License-Identifier: Apache-2.0
#include "opencapf/log/operator_log.hpp"

#include "opencapf/base/text.hpp"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

namespace opencapf::log {
namespace {

spdlog::logger& logger() {
    static const auto instance = [] {
        auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
        sink->set_formatter(std::make_unique<spdlog::pattern_formatter>("%Y-%m-%d %H:%M:%S.%e %l: %v"));
        return std::make_shared<spdlog::logger>("operator", std::move(sink));
    }();
    return *instance;
}

}  // namespace

void error(std::string_view text) { logger().error("{}", printable(text)); }
void warn(std::string_view text) { logger().warn("{}", printable(text)); }
void info(std::string_view text) { logger().info("{}", printable(text)); }

}  // namespace opencapf::log
