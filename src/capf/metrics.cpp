// SPDX-License-Identifier: Apache-2.0
#include "capf/metrics.hpp"

#include "opencapf/base/text.hpp"

namespace opencapf::capf {
namespace {

using metrics::Type;

// In the order of Operation, OperationResult and then SessionEnd.
const std::vector<std::string> kOperations{"none", "install", "remove", "troubleshoot"};
const std::vector<std::string> kResults{"success",         "fetch_no_certificate",
                                        "failed",          "bad_auth_string",
                                        "bad_lsc",         "bad_mic",
                                        "bad_credentials", "phone_communication",
                                        "timed_out",       "ca_communication",
                                        "ca_rejected",     "late",
                                        "no_ec_support",   "unknown_device",
                                        "nothing_pending", "certificate_pending",
                                        "superseded",      "protocol_error",
                                        "internal_failure"};
constexpr std::size_t kFirstSessionEnd = static_cast<std::size_t>(OperationResult::no_ec_support) + 1;

/// "upgrade_failed_invalid_lsc" of "Upgrade Failed: Invalid LSC".
std::string label_of(std::string_view text) {
    std::string label;
    for (const char c : to_lower(text)) {
        const bool word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (word) label += c;
        if (!word && !label.empty() && label.back() != '_') label += '_';
    }
    return label;
}

std::vector<std::string> status_labels() {
    std::vector<std::string> labels;
    for (CertificateStatus status = 1; status <= kLastStatus; ++status) labels.push_back(label_of(status_text(status)));
    return labels;
}

std::size_t row(Operation operation) { return static_cast<std::size_t>(operation) - 1; }

}  // namespace

std::vector<metrics::Family> metric_families() {
    auto families = metrics::common_families(kMetricsPrefix);
    families.push_back(metrics::database_queue_family(kMetricsPrefix));
    const std::vector<metrics::Family> own{
        {.name = "capfd_operations_total",
         .type = Type::counter,
         .labels = {{"operation", kOperations}, {"result", kResults}},
         .help = "Sessions that ended, by the operation that was pending for the phone and by its result."},
        {.name = "capfd_enrolment_phase_seconds",
         .type = Type::histogram,
         .unit = "seconds",
         .labels = {{"phase", {"auth", "key", "sign", "wait", "ca", "store", "commit"}}},
         .help = "Phases of enrolments: authentication, key from the phone, request, waiting for a place at the CA, "
                 "the CA's answer through EST, storing in the phone, commit.",
         .buckets = metrics::phone_buckets()},
        {.name = "capfd_enrolment_seconds",
         .type = Type::histogram,
         .unit = "seconds",
         .help = "Successful enrolments from the start of the session to the commit.",
         .buckets = metrics::phone_buckets()},
        {.name = "capfd_enrolments_waiting", .help = "Enrolments that wait for a place at the EST server."},
        {.name = "capfd_enrolments_at_est", .help = "Enrolments that the EST server is working on."},
        {.name = "capfd_est_up", .help = "1 when the EST server answered the last time it was asked."},
        {.name = "capfd_est_last_success_time_seconds",
         .unit = "seconds",
         .help = "Unix time of the last answer of the EST server; 0 before the first."},
        {.name = "capfd_devices", .labels = {{"status", status_labels()}}, .help = "Devices by certificate status."},
        {.name = "capfd_devices_armed", .help = "Devices with a pending operation."},
        {.name = "capfd_lscs", .help = "Devices with a confirmed LSC, valid or not."},
        {.name = "capfd_lscs_expired", .help = "Devices whose LSC is no longer valid."},
        {.name = "capfd_lscs_expiring",
         .labels = {{"within", {"7d", "30d", "90d"}}},
         .help = "Devices whose LSC is valid and ends within that time; each counts the shorter ones too."},
        {.name = "capfd_alarms",
         .labels = {{"kind", {"lsc_expiring", "lsc_expired", "renewal_failing"}}},
         .help = "Alarms that stand."},
        {.name = "capfd_renewals_total",
         .type = Type::counter,
         .labels = {{"result", {"armed", "renewed", "failed", "overtaken"}}},
         .help = "Renewals the monitor armed, and how they ended; overtaken by another arming of the device."},
        {.name = "capfd_renewals_armed", .help = "Renewals that wait for their phones."},
        {.name = "capfd_operations_swept_total",
         .type = Type::counter,
         .help = "Operations ended because no phone came before their deadline."},
        {.name = "capfd_renewal_last_run_time_seconds",
         .unit = "seconds",
         .help = "Unix time of the monitor's last look at all devices; 0 before the first."},
        {.name = "capfd_bulk_targets_total",
         .type = Type::counter,
         .labels = {{"result", {"armed", "done", "failed"}}},
         .help = "Devices that bulk jobs armed, and how their operations ended."},
    };
    families.insert(families.end(), own.begin(), own.end());
    return families;
}

std::string describe_metrics() { return metrics::describe(metric_families()); }

Metrics::Metrics(const metrics::Registry& registry)
    : sessions(registry, kMetricsPrefix),
      operations(registry.counters("capfd_operations_total")),
      phases(registry.histograms("capfd_enrolment_phase_seconds")),
      enrolment(registry.histogram("capfd_enrolment_seconds")),
      waiting(registry.gauge("capfd_enrolments_waiting")),
      working(registry.gauge("capfd_enrolments_at_est")),
      devices(registry.gauges("capfd_devices")),
      armed(registry.gauge("capfd_devices_armed")),
      lscs(registry.gauge("capfd_lscs")),
      expired(registry.gauge("capfd_lscs_expired")),
      expiring(registry.gauges("capfd_lscs_expiring")),
      renewal{registry.gauges("capfd_alarms"), registry.counters("capfd_renewals_total"),
              registry.gauge("capfd_renewals_armed"), registry.counter("capfd_operations_swept_total"),
              registry.gauge("capfd_renewal_last_run_time_seconds")},
      bulk_targets(registry.counters("capfd_bulk_targets_total")),
      database_queue(registry.gauge("capfd_database_queue_jobs")) {}

void Metrics::ended(Operation operation, OperationResult result) const {
    operations.at(row(operation), static_cast<std::size_t>(result)).increment();
}

void Metrics::ended(Operation operation, SessionEnd end) const {
    operations.at(row(operation), kFirstSessionEnd + static_cast<std::size_t>(end)).increment();
}

void Metrics::show(const DeviceFigures& figures) const {
    const auto set = [](metrics::Gauge gauge, std::size_t value) { gauge.set(static_cast<double>(value)); };
    for (std::size_t status = 1; status < figures.by_status.size(); ++status)
        set(devices.at(status - 1), figures.by_status[status]);
    set(armed, figures.armed);
    set(lscs, figures.lscs);
    set(expired, figures.expired);
    set(expiring.at(0), figures.within_7_days);
    set(expiring.at(1), figures.within_30_days);
    set(expiring.at(2), figures.within_90_days);
}

}  // namespace opencapf::capf
