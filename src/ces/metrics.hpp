// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/base/result.hpp"
#include "opencapf/metrics/common.hpp"
#include "opencapf/metrics/upstream.hpp"

#include <string_view>

namespace opencapf::ces {

inline constexpr const char* kMetricsPrefix = "cesd";

/// Every family cesd shows; `cas` are the names of the configured CAs.
std::vector<metrics::Family> metric_families(const std::vector<std::string>& cas = {"ca"});
/// The same as JSON, for `--describe`.
std::string describe_metrics();

/// What an EST client asks for; the order of the label's values.
enum class EstOperation : std::size_t { cacerts, enroll, reenroll, csrattrs, server_keygen, other };

/// What cesd asks the CA for; the order of the label's values.
enum class CaStep : std::size_t { login, templates, submit, fetch, chain };

/// The series of one CA.
struct CaMetrics {
    metrics::Gauge usable;
    metrics::Counter submitted;
};

/// cesd's series. Without a registry it counts nothing.
struct Metrics {
    Metrics() = default;
    explicit Metrics(const metrics::Registry& registry);

    void answered(EstOperation operation, unsigned status) const;
    /// One request to the CA. `error` is null when it succeeded.
    void asked(CaStep step, metrics::Seconds time, const Error* error) const;

    /// By the index of its name in the table.
    [[nodiscard]] CaMetrics of_ca(std::size_t index) const { return {ca_usable.at(index), ca_submitted.at(index)}; }

    metrics::SessionMetrics sessions;
    metrics::Series<metrics::Counter> requests;
    metrics::Histogram enrolment;
    metrics::Series<metrics::Histogram> ca_seconds;
    metrics::Series<metrics::Counter> ca_requests;
    metrics::Counter logins_refused;
    metrics::Counter failovers;
    metrics::Series<metrics::Gauge> ca_usable;
    metrics::Series<metrics::Counter> ca_submitted;
    metrics::Gauge pending, orphans, chain_loaded, chain_expiry;
};

/// Does this outcome of a request say that the CA is there? A refusal is an answer.
bool ca_answered(const Error* error) noexcept;

}  // namespace opencapf::ces
