// SPDX-License-Identifier: Apache-2.0
#include "opencapf/metrics/common.hpp"

#include "opencapf/log/operator_log.hpp"

#include <ctime>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <sys/resource.h>
#include <unistd.h>

namespace opencapf::metrics {
namespace {

double ticks(const std::string& field) {
    return std::strtod(field.c_str(), nullptr) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

/// Fields of /proc/self/stat from the third on: the second, the name, may hold blanks and parentheses.
std::vector<std::string> process_status() {
    std::ifstream file("/proc/self/stat");
    std::string line;
    std::getline(file, line);
    const auto name_end = line.rfind(')');
    std::vector<std::string> fields;
    if (name_end == std::string::npos) return fields;
    std::istringstream rest(line.substr(name_end + 1));
    for (std::string field; rest >> field;) fields.push_back(field);
    return fields;
}

constexpr std::size_t kUserTime = 11, kSystemTime = 12, kStartTime = 19, kVirtualSize = 20, kResidentPages = 21;

double seconds_of(clockid_t clock) {
    timespec now{};
    ::clock_gettime(clock, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

/// The kernel counts from boot. /proc/stat has the boot time, but a sandbox with ProcSubset=pid hides that file.
double start_time(const std::vector<std::string>& status) {
    if (status.size() <= kStartTime) return 0;
    return seconds_of(CLOCK_REALTIME) - seconds_of(CLOCK_BOOTTIME) + ticks(status[kStartTime]);
}

double open_files() {
    std::error_code ec;
    double count = 0;
    for (auto entry = std::filesystem::directory_iterator("/proc/self/fd", ec);
         !ec && entry != std::filesystem::directory_iterator(); entry.increment(ec))
        ++count;
    return count > 0 ? count - 1 : 0;  // the directory itself is open while it is read
}

}  // namespace

SessionMetrics::SessionMetrics(const Registry& registry, const std::string& prefix)
    : started_(registry.counter(prefix + "_sessions_total")),
      handshakes_failed_(registry.counter(prefix + "_handshake_failures_total")),
      refused_(registry.counter(prefix + "_connections_refused_total")),
      defects_(registry.counter(prefix + "_session_defects_total")),
      active_(registry.gauge(prefix + "_sessions_active")) {}

net::ListenerEvents SessionMetrics::counted(net::ListenerEvents events) const {
    net::ListenerEvents result = events;
    result.handshake_failed = [count = handshakes_failed_, next = std::move(events.handshake_failed)](
                                  const net::Endpoint& remote, const Error& error) {
        count.increment();
        if (next) next(remote, error);
    };
    result.refused_too_many = [count = refused_,
                               next = std::move(events.refused_too_many)](const net::Endpoint& remote) {
        count.increment();
        if (next) next(remote);
    };
    result.session_failed = [count = defects_, next = std::move(events.session_failed)](const net::Endpoint& remote,
                                                                                        const std::string& what) {
        count.increment();
        if (next) next(remote, what);
    };
    return result;
}

ProcessMetrics::ProcessMetrics(const Registry& registry)
    : cpu_(registry.counter("process_cpu_seconds_total")),
      resident_(registry.gauge("process_resident_memory_bytes")),
      virtual_(registry.gauge("process_virtual_memory_bytes")),
      open_files_(registry.gauge("process_open_fds")),
      max_files_(registry.gauge("process_max_fds")),
      log_level_(registry.gauges("opencapf_log_level")) {
    registry.gauge("opencapf_build_info").set(1);
    registry.gauge("process_start_time_seconds").set(start_time(process_status()));
}

void ProcessMetrics::update() const {
    const auto status = process_status();
    if (status.size() > kResidentPages) {
        cpu_.advance_to(ticks(status[kUserTime]) + ticks(status[kSystemTime]));
        virtual_.set(std::strtod(status[kVirtualSize].c_str(), nullptr));
        resident_.set(std::strtod(status[kResidentPages].c_str(), nullptr) *
                      static_cast<double>(::sysconf(_SC_PAGESIZE)));
    }
    open_files_.set(open_files());
    const auto level = static_cast<std::size_t>(log::level());
    for (std::size_t i = 0; i < log::level_names().size(); ++i) log_level_.at(i).set(i == level ? 1 : 0);
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) max_files_.set(static_cast<double>(limit.rlim_cur));
}

}  // namespace opencapf::metrics
