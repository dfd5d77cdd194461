// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capf/enums.hpp"
#include "opencapf/metrics/common.hpp"
#include "opencapf/metrics/upstream.hpp"

namespace opencapf::capf {

inline constexpr const char* kMetricsPrefix = "capfd";

/// Every family capfd shows.
std::vector<metrics::Family> metric_families();
/// The same as JSON, for `--describe`.
std::string describe_metrics();

/// Parts of an enrolment, in their order.
enum class Phase : std::size_t { auth, key, sign, wait, ca, store, commit };

/// How a session ended, beyond what CUCM has an OperationResult for.
enum class SessionEnd : std::size_t {
    unknown_device,
    nothing_pending,
    certificate_pending,
    superseded,
    protocol_error,
    internal_failure
};

/// What one SQL statement says about all devices.
struct DeviceFigures {
    std::vector<std::size_t> by_status;  ///< index is the certificate status, 0 unused
    std::size_t armed = 0;               ///< an operation is pending
    std::size_t lscs = 0, expired = 0;
    std::size_t within_7_days = 0, within_30_days = 0,
                within_90_days = 0;  ///< valid still; each counts the ones before
};

/// What the renewal monitor shows.
struct RenewalMetrics {
    metrics::Series<metrics::Gauge> alarms;      ///< in the order of renewal::AlarmKind
    metrics::Series<metrics::Counter> renewals;  ///< armed, renewed, failed, overtaken
    metrics::Gauge armed;
    metrics::Counter swept;
    metrics::Gauge last_run;
};

/// capfd's series. Without a registry it counts nothing.
struct Metrics {
    Metrics() = default;
    explicit Metrics(const metrics::Registry& registry);

    void ended(Operation operation, OperationResult result) const;
    void ended(Operation operation, SessionEnd end) const;
    void took(Phase phase, metrics::Seconds time) const { phases.at(static_cast<std::size_t>(phase)).observe(time); }
    void show(const DeviceFigures& figures) const;

    metrics::SessionMetrics sessions;
    metrics::Series<metrics::Counter> operations;
    metrics::Series<metrics::Histogram> phases;
    metrics::Histogram enrolment;
    metrics::Gauge waiting, working;  ///< at the gate to the EST server
    metrics::Series<metrics::Gauge> devices;
    metrics::Gauge armed, lscs, expired;
    metrics::Series<metrics::Gauge> expiring;
    RenewalMetrics renewal;
    metrics::Series<metrics::Counter> bulk_targets;  ///< armed, done, failed
    metrics::Gauge database_queue;
};

}  // namespace opencapf::capf
