// SPDX-License-Identifier: Apache-2.0
#include "opencapf/metrics/family.hpp"

#include "opencapf/log/operator_log.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <prometheus/check_names.h>
#include <set>

namespace opencapf::metrics {
namespace {

constexpr std::size_t kMaxSeries = 400;  // of one family: a table that asks for more has a label too many
constexpr std::size_t kMaxLabels = 2;
const std::set<std::string> kReserved{"le", "quantile", "job", "instance"};  // Prometheus sets these itself

void check_labels(const Family& family, std::vector<std::string>& problems) {
    const auto report = [&](const std::string& what) { problems.push_back(family.name + ": " + what); };
    std::size_t series = 1;
    std::set<std::string> names;
    for (const auto& label : family.labels) {
        if (!prometheus::CheckLabelName(label.name) || kReserved.contains(label.name) ||
            !names.insert(label.name).second)
            report("label " + label.name + " has no good name");
        const std::set<std::string> values(label.values.begin(), label.values.end());
        if (values.empty() || values.size() != label.values.size() || values.count("") > 0)
            report("label " + label.name + " needs distinct values");
        series *= label.values.size();
    }
    if (family.labels.size() > kMaxLabels) report("more than two labels");
    if (series > kMaxSeries) report(std::to_string(series) + " series are too many");
}

void check(const Family& family, std::vector<std::string>& problems) {
    const auto report = [&](const std::string& what) { problems.push_back(family.name + ": " + what); };
    if (!prometheus::CheckMetricName(family.name)) report("no name of a metric");
    std::string stem = family.name;
    const bool total = stem.ends_with("_total");
    if (total) stem.resize(stem.size() - std::string_view("_total").size());
    if (total != (family.type == Type::counter)) report("counters, and only they, end in _total");
    if (!family.unit.empty() && !stem.ends_with("_" + family.unit)) report("does not end in its unit " + family.unit);
    if (family.help.empty() || family.help.back() != '.') report("help is no sentence");
    const bool sorted = std::is_sorted(family.buckets.begin(), family.buckets.end(), std::less_equal<>());
    if (family.buckets.empty() == (family.type == Type::histogram) || !sorted)
        report("a histogram, and only it, has rising buckets");
    check_labels(family, problems);
}

}  // namespace

std::vector<double> latency_buckets() {
    return {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60};
}

std::vector<double> phone_buckets() {
    auto buckets = latency_buckets();
    buckets.insert(buckets.end(), {120, 300, 600, 1200, 1800});
    return buckets;
}

std::vector<Family> common_families(const std::string& prefix) {
    std::string program = prefix;
    std::replace(program.begin(), program.end(), '_', '-');
    if (program == "ca-sim") program += "d";
    const std::string p = prefix + "_";
    return {
        {.name = "opencapf_build_info",
         .labels = {{"program", {program}}, {"version", {OPENCAPF_VERSION}}},
         .help = "Always 1; the labels say which program of which version runs."},
        {.name = "opencapf_log_level",
         .labels = {{"level", log::level_names()}},
         .help = "1 for the level from which the daemon's own log is written, 0 for the others."},
        {.name = "process_cpu_seconds_total",
         .type = Type::counter,
         .unit = "seconds",
         .help = "User and system CPU time."},
        {.name = "process_resident_memory_bytes", .unit = "bytes", .help = "Resident memory."},
        {.name = "process_virtual_memory_bytes", .unit = "bytes", .help = "Virtual memory."},
        {.name = "process_open_fds", .help = "Open file descriptors."},
        {.name = "process_max_fds", .help = "Limit of open file descriptors."},
        {.name = "process_start_time_seconds", .unit = "seconds", .help = "Start of the process in Unix time."},
        {.name = p + "ready", .help = "1 while the daemon can do its work; /readyz says why not."},
        {.name = p + "sessions_active", .help = "Connections being served, handshakes included."},
        {.name = p + "sessions_total", .type = Type::counter, .help = "Connections that became a session."},
        {.name = p + "handshake_failures_total",
         .type = Type::counter,
         .help = "Connections that ended in the TLS handshake."},
        {.name = p + "connections_refused_total",
         .type = Type::counter,
         .help = "Connections closed at once because listen/max_connections were there."},
        {.name = p + "session_defects_total",
         .type = Type::counter,
         .help = "Sessions that a defect of the program ended; each has an error in the log."},
    };
}

Family database_queue_family(const std::string& prefix) {
    return {.name = prefix + "_database_queue_jobs", .help = "Jobs that wait for the database's writer."};
}

std::string_view to_string(Type type) noexcept {
    switch (type) {
        case Type::counter:
            return "counter";
        case Type::gauge:
            return "gauge";
        case Type::histogram:
            break;
    }
    return "histogram";
}

std::string describe(const std::vector<Family>& families) {
    auto list = nlohmann::ordered_json::array();
    for (const auto& family : families) {
        nlohmann::ordered_json entry;
        entry["name"] = family.name;
        entry["type"] = to_string(family.type);
        entry["unit"] = family.unit;
        entry["labels"] = nlohmann::ordered_json::array();
        entry["label_values"] = nlohmann::ordered_json::object();
        for (const auto& label : family.labels) {
            entry["labels"].push_back(label.name);
            entry["label_values"][label.name] = label.values;
        }
        entry["help"] = family.help;
        list.push_back(std::move(entry));
    }
    return list.dump();
}

std::vector<std::string> problems_of(const std::vector<Family>& families) {
    std::vector<std::string> problems;
    std::set<std::string> names;
    for (const auto& family : families) {
        check(family, problems);
        if (!names.insert(family.name).second) problems.push_back(family.name + ": declared twice");
    }
    return problems;
}

}  // namespace opencapf::metrics
