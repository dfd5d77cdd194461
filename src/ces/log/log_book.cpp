// SPDX-License-Identifier: Apache-2.0
#include "ces/log/log_book.hpp"

#include <iterator>

namespace opencapf::ces {

LogBook::LogBook(const LogPaths& paths, RenderOptions options, WallClock clock)
    : options_(std::move(options)), clock_(std::move(clock)), ciscora_(paths.ciscora), error_log_(paths.error_log) {
    if (!paths.access_log.empty()) access_log_.emplace(paths.access_log);
}

void LogBook::starting(const Event& event) {
    const auto lines = render_ciscora(event);
    if (!lines.empty()) ciscora_.write(lines);
    running(event);
}

void LogBook::running(const Event& event) {
    const TimedEvent timed{clock_(), event};
    const auto lines = render_error_log(timed, options_);
    if (!lines.empty()) error_log_.write(lines);
}

void LogBook::connection(const std::vector<TimedEvent>& events, const ConnectionInfo& connection) {
    std::vector<std::string> lines;
    for (const auto& event : events) {
        auto more = render_error_log(event, options_, connection);
        std::move(more.begin(), more.end(), std::back_inserter(lines));
        const auto* access = std::get_if<Access>(&event.event);
        if (access != nullptr && access_log_) access_log_->write(render_access_log(*access));
    }
    if (!lines.empty()) error_log_.write(lines);
}

void LogBook::reopen() {
    ciscora_.reopen();
    error_log_.reopen();
    if (access_log_) access_log_->reopen();
}

void LogBook::flush() {
    ciscora_.flush();
    error_log_.flush();
    if (access_log_) access_log_->flush();
}

}  // namespace opencapf::ces
