// SPDX-License-Identifier: Apache-2.0
#include "ces/metrics.hpp"

#include <algorithm>
#include <array>

namespace opencapf::ces {
namespace {

using metrics::Type;

// Everything est_connection.cpp and http::serve answer with; the last one stands for what is not here.
constexpr std::array kStatuses{200U, 202U, 204U, 400U, 401U, 403U, 404U, 405U, 408U,
                               413U, 415U, 431U, 501U, 502U, 503U, 504U, 505U, 500U};

// What can become of a request to the CA (CertsrvSession's errors); the last one stands for what is not here.
constexpr std::array kErrors{Errc::unauthorized, Errc::timeout,   Errc::unreachable, Errc::tls,
                             Errc::unavailable,  Errc::too_large, Errc::protocol};

template <class List, class Value>
std::size_t index_of(const List& list, const Value& value) {
    const auto found = std::find(list.begin(), list.end(), value);
    return static_cast<std::size_t>((found == list.end() ? found - 1 : found) - list.begin());
}

std::vector<std::string> status_labels() {
    std::vector<std::string> labels;
    for (const unsigned status : kStatuses) labels.push_back(std::to_string(status));
    return labels;
}

std::vector<std::string> result_labels() {
    std::vector<std::string> labels{"success"};
    for (const Errc code : kErrors) labels.emplace_back(to_string(code));
    return labels;
}

}  // namespace

std::vector<metrics::Family> metric_families(const std::vector<std::string>& cas) {
    const metrics::Label steps{"step", {"login", "templates", "submit", "fetch", "chain"}};
    auto families = metrics::common_families(kMetricsPrefix);
    const std::vector<metrics::Family> own{
        {.name = "cesd_requests_total",
         .type = Type::counter,
         .labels = {{"operation", {"cacerts", "simpleenroll", "simplereenroll", "csrattrs", "serverkeygen", "other"}},
                    {"status", status_labels()}},
         .help = "EST requests by operation and HTTP status of the answer."},
        {.name = "cesd_enrolment_seconds",
         .type = Type::histogram,
         .unit = "seconds",
         .help = "Enrolments that gave a certificate, from the complete request to the answer.",
         .buckets = metrics::latency_buckets()},
        {.name = "cesd_ca_step_seconds",
         .type = Type::histogram,
         .unit = "seconds",
         .labels = {steps},
         .help = "Steps of the work at the CA's web enrolment pages, whatever their result.",
         .buckets = metrics::latency_buckets()},
        {.name = "cesd_ca_steps_total",
         .type = Type::counter,
         .labels = {steps, {"result", result_labels()}},
         .help = "Steps of the work at the CA's web enrolment pages by result."},
        {.name = "cesd_ca_up", .help = "1 when the CA's web server answered the last time it was asked."},
        {.name = "cesd_ca_last_success_time_seconds",
         .unit = "seconds",
         .help = "Unix time of the last answer of the CA's web server; 0 before the first."},
        {.name = "cesd_ca_chain_loaded", .help = "1 when the CA's chain is there; without it /cacerts answers 503."},
        {.name = "cesd_ca_chain_expiry_time_seconds",
         .unit = "seconds",
         .help = "Unix time at which the first certificate of the CA's chain ends; 0 without chain."},
        {.name = "cesd_logins_refused_total",
         .type = Type::counter,
         .help = "Enrolments refused because the CA refused the account, or does not offer it the template."},
        {.name = "cesd_pending_requests", .help = "Requests that the CA has and no client has fetched."},
        {.name = "cesd_orphans", .help = "Certificates that were issued and that their client has not collected."},
        {.name = "cesd_ca_usable",
         .labels = {{"ca", cas}},
         .help = "1 while enrolments go to this CA when it is its turn, 0 while it counts as down."},
        {.name = "cesd_ca_submissions_total",
         .type = Type::counter,
         .labels = {{"ca", cas}},
         .help = "Certificate requests handed to this CA."},
        {.name = "cesd_failovers_total",
         .type = Type::counter,
         .help = "Enrolments that went to the next CA because the one before it was down."},
    };
    families.insert(families.end(), own.begin(), own.end());
    return families;
}

std::string describe_metrics() { return metrics::describe(metric_families()); }

Metrics::Metrics(const metrics::Registry& registry)
    : sessions(registry, kMetricsPrefix),
      requests(registry.counters("cesd_requests_total")),
      enrolment(registry.histogram("cesd_enrolment_seconds")),
      ca_seconds(registry.histograms("cesd_ca_step_seconds")),
      ca_requests(registry.counters("cesd_ca_steps_total")),
      logins_refused(registry.counter("cesd_logins_refused_total")),
      failovers(registry.counter("cesd_failovers_total")),
      ca_usable(registry.gauges("cesd_ca_usable")),
      ca_submitted(registry.counters("cesd_ca_submissions_total")),
      pending(registry.gauge("cesd_pending_requests")),
      orphans(registry.gauge("cesd_orphans")),
      chain_loaded(registry.gauge("cesd_ca_chain_loaded")),
      chain_expiry(registry.gauge("cesd_ca_chain_expiry_time_seconds")) {}

void Metrics::answered(EstOperation operation, unsigned status) const {
    requests.at(static_cast<std::size_t>(operation), index_of(kStatuses, status)).increment();
}

void Metrics::asked(CaStep step, metrics::Seconds time, const Error* error) const {
    const auto row = static_cast<std::size_t>(step);
    ca_seconds.at(row).observe(time);
    ca_requests.at(row, error == nullptr ? 0 : 1 + index_of(kErrors, error->code)).increment();
}

bool ca_answered(const Error* error) noexcept {
    if (error == nullptr) return true;
    switch (error->code) {
        case Errc::timeout:
        case Errc::unreachable:
        case Errc::tls:
        case Errc::unavailable:
            return false;
        default:
            return true;
    }
}

}  // namespace opencapf::ces
