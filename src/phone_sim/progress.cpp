// SPDX-License-Identifier: Apache-2.0
#include "phone_sim/progress.hpp"

#include <algorithm>
#include <cstdio>
#include <fmt/format.h>
#include <unistd.h>

namespace opencapf::phone_sim {

std::string progress_line(const Progress& progress, double fraction, std::chrono::duration<double> elapsed,
                          std::size_t width) {
    const auto full = static_cast<std::size_t>(std::clamp(fraction, 0.0, 1.0) * static_cast<double>(width));
    const std::size_t sessions = progress.sessions;
    return fmt::format("[{}{}] {:.0f} s, {} phones, {} sessions ({:.1f}/s), {} installs, {} failed",
                       std::string(full, '#'), std::string(width - full, '.'), elapsed.count(), progress.phones,
                       sessions, elapsed.count() > 0 ? static_cast<double>(sessions) / elapsed.count() : 0.0,
                       progress.installs.load(), progress.failed.load());
}

ShowProgress terminal_progress(std::optional<net::Duration> duration) {
    if (::isatty(STDERR_FILENO) == 0) return {};
    const auto start = std::chrono::steady_clock::now();
    return [start, duration](const Progress& progress) {
        const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
        const double fraction = duration ? elapsed / *duration
                                         : static_cast<double>(progress.sessions) /
                                               static_cast<double>(std::max<std::size_t>(1, progress.phones));
        // \x1b[K clears what a longer line left behind.
        std::fprintf(stderr, "\r%s\x1b[K", progress_line(progress, fraction, elapsed).c_str());
        std::fflush(stderr);
    };
}

void end_progress() {
    if (::isatty(STDERR_FILENO) != 0) std::fprintf(stderr, "\n");
}

}  // namespace opencapf::phone_sim
