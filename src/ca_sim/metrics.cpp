// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/metrics.hpp"

#include "ca_sim/auth/authenticator.hpp"

#include <algorithm>
#include <array>

namespace opencapf::ca_sim {
namespace {

using metrics::Type;

// The order of the label's values; what could not be recorded comes last.
constexpr std::array kDispositions{Disposition::issued, Disposition::pending, Disposition::denied, Disposition::failed};

std::vector<std::string> disposition_labels() {
    std::vector<std::string> labels;
    for (const Disposition disposition : kDispositions) labels.emplace_back(to_string(disposition));
    labels.emplace_back("not_recorded");
    return labels;
}

}  // namespace

std::vector<metrics::Family> metric_families() {
    auto families = metrics::common_families(kMetricsPrefix);
    families.push_back(metrics::database_queue_family(kMetricsPrefix));
    const std::vector<metrics::Family> own{
        {.name = "ca_simd_requests_total",
         .type = Type::counter,
         .labels = {{"disposition", disposition_labels()}},
         .help = "Requests for certificates by what became of them."},
        {.name = "ca_simd_http_responses_total",
         .type = Type::counter,
         .labels = {{"class", {"1xx", "2xx", "3xx", "4xx", "5xx"}}},
         .help = "HTTP answers by class of status; a log-in with NTLM takes two 401."},
        // In the order of AuthProvider.
        {.name = "ca_simd_logins_total",
         .type = Type::counter,
         .labels = {{"scheme", {"ntlm", "negotiate", "basic"}}, {"result", {"success", "refused"}}},
         .help = "Log-ins by scheme and result; the steps of an unfinished log-in are not counted."},
        {.name = "ca_simd_signing_seconds",
         .type = Type::histogram,
         .unit = "seconds",
         .help = "Building and signing one certificate, waiting for a worker included.",
         .buckets = metrics::latency_buckets()},
        {.name = "ca_simd_stored_requests", .help = "Requests in the database."},
        {.name = "ca_simd_certificate_expiry_time_seconds",
         .unit = "seconds",
         .help = "Unix time at which the CA certificate ends."},
    };
    families.insert(families.end(), own.begin(), own.end());
    return families;
}

std::string describe_metrics() { return metrics::describe(metric_families()); }

Metrics::Metrics(const metrics::Registry& registry)
    : sessions(registry, kMetricsPrefix),
      requests(registry.counters("ca_simd_requests_total")),
      answers(registry.counters("ca_simd_http_responses_total")),
      logins(registry.counters("ca_simd_logins_total")),
      signing(registry.histogram("ca_simd_signing_seconds")),
      stored(registry.gauge("ca_simd_stored_requests")),
      database_queue(registry.gauge("ca_simd_database_queue_jobs")),
      certificate_expiry(registry.gauge("ca_simd_certificate_expiry_time_seconds")) {}

void Metrics::decided(std::optional<Disposition> disposition) const {
    std::size_t row = kDispositions.size();
    if (disposition) {
        const auto* found = std::find(kDispositions.begin(), kDispositions.end(), *disposition);
        row = static_cast<std::size_t>(found - kDispositions.begin());
    }
    requests.at(row).increment();
}

void Metrics::answered(unsigned status) const { answers.at(status / 100 - 1).increment(); }

void Metrics::logged_in(std::string_view authorization, bool success) const {
    const auto provider = auth_provider_from_name(authorization.substr(0, authorization.find(' ')));
    if (provider) logins.at(static_cast<std::size_t>(*provider), success ? 0 : 1).increment();
}

}  // namespace opencapf::ca_sim
