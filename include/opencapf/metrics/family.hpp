// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace opencapf::metrics {

enum class Type { counter, gauge, histogram };

/// A label with every value it can have: the number of series is known before the program runs, and nothing a peer
/// sends can become a label value.
struct Label {
    std::string name;
    std::vector<std::string> values;
};

/// One metric family as a program declares it. Documentation, dashboards' tests and the registry all read this.
struct Family {
    std::string name{};  ///< Prometheus' conventions: unit as suffix, "_total" for counters
    Type type = Type::gauge;
    std::string unit{};             ///< "seconds", "bytes", or empty for plain numbers
    std::vector<Label> labels{};    ///< at most two
    std::string help{};             ///< one sentence
    std::vector<double> buckets{};  ///< upper bounds, of a histogram
};

/// From 1 ms to 60 s, for what a peer or the CA answers while a phone waits.
std::vector<double> latency_buckets();
/// The same and on to 30 min, for what a phone may take (key generation).
std::vector<double> phone_buckets();

/// What every daemon shows: build and log level, the process, readiness, sessions. `prefix` is "capfd", "cesd" or
/// "ca_simd".
std::vector<Family> common_families(const std::string& prefix);
/// Jobs that wait for the database's writer; for daemons that have one.
Family database_queue_family(const std::string& prefix);

std::string_view to_string(Type type) noexcept;  ///< "counter"
/// A JSON array with name, type, unit, labels, label_values (label -> values) and help of each family.
std::string describe(const std::vector<Family>& families);
/// What is wrong with a table: names, units, labels, help. Empty: nothing.
std::vector<std::string> problems_of(const std::vector<Family>& families);

}  // namespace opencapf::metrics
