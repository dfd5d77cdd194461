// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/metrics/registry.hpp"
#include "opencapf/net/listener.hpp"

namespace opencapf::metrics {

/// The series of common_families() that a daemon keeps by itself.
class SessionMetrics {
public:
    SessionMetrics() = default;
    SessionMetrics(const Registry& registry, const std::string& prefix);

    /// `events` with counting in front.
    [[nodiscard]] net::ListenerEvents counted(net::ListenerEvents events) const;
    void session_started() const { started_.increment(); }
    /// At scrape.
    void sessions(std::size_t active) const { active_.set(static_cast<double>(active)); }

private:
    Counter started_, handshakes_failed_, refused_, defects_;
    Gauge active_;
};

/// What /proc says about this process; update() at scrape. One caller at a time.
class ProcessMetrics {
public:
    explicit ProcessMetrics(const Registry& registry);
    void update() const;

private:
    Counter cpu_;
    Gauge resident_, virtual_, open_files_, max_files_;
    Series<Gauge> log_level_;
};

}  // namespace opencapf::metrics
