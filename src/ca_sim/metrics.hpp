// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ca_sim/policy.hpp"
#include "opencapf/metrics/common.hpp"

#include <optional>
#include <string_view>

namespace opencapf::ca_sim {

inline constexpr const char* kMetricsPrefix = "ca_simd";

/// Every family ca-simd shows.
std::vector<metrics::Family> metric_families();
/// The same as JSON, for `--describe`.
std::string describe_metrics();

/// ca-simd's series. Without a registry it counts nothing.
struct Metrics {
    Metrics() = default;
    explicit Metrics(const metrics::Registry& registry);

    /// A request for a certificate was decided; without `disposition` it could not be recorded.
    void decided(std::optional<Disposition> disposition) const;
    void answered(unsigned status) const;
    /// `authorization` is the header's value: its first word names the scheme. Other schemes are not counted.
    void logged_in(std::string_view authorization, bool success) const;

    metrics::SessionMetrics sessions;
    metrics::Series<metrics::Counter> requests, answers, logins;
    metrics::Histogram signing;
    metrics::Gauge stored, database_queue, certificate_expiry;
};

}  // namespace opencapf::ca_sim
