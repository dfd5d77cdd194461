// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/faults/fault_config.hpp"

namespace opencapf::ca_sim {
namespace {

std::vector<std::string> fault_names() {
    std::vector<std::string> names;
    for (const auto& known : ca_faults::kNames) names.emplace_back(known.name);
    return names;
}

std::string names_help() {
    std::string help;
    for (const auto& known : ca_faults::kNames)
        help += (help.empty() ? "" : "; ") + std::string(known.name) + ": " + std::string(known.description);
    return help;
}

void read_fault(config::Reader& reader, std::vector<FaultSpec>& faults) {
    static const std::vector<std::string> kNames = fault_names();
    static const std::vector<std::string> kPhases(ca_faults::kPhases.begin(), ca_faults::kPhases.end());
    static const std::string kHelp = names_help();
    FaultSpec spec;
    std::size_t kind = 0, phase = 0;
    reader.require("name");
    reader.choice("name", kind, kNames, kHelp.c_str());
    reader.text("url", spec.url, "page such as certfnsh.asp, path such as /certsrv, or *; ?name=value narrows it");
    reader.choice("phase", phase, kPhases,
                  "connect: before TLS; login: requests that are not authenticated yet; request: those that are; any: "
                  "login and request");
    reader.integer("count", spec.count, 0, ca_faults::kMaxCount,
                   "for so many requests or connections; 0 = until it is switched off");
    reader.seconds("seconds", spec.delay, 0, ca_faults::kMaxSeconds, "how long delay and delay-body wait");
    reader.integer(
        "bytes", spec.bytes, 0, ca_faults::kMaxBytes,
        "of the body before close, reset or the pause of delay-body; 0 = nothing, not even the head, or half "
        "of the body");
    reader.optional_text("template", spec.template_name, "which template template-missing means; empty = all");
    spec.kind = static_cast<FaultKind>(kind);
    spec.phase = static_cast<FaultPhase>(phase);
    if (const auto good = check_fault(spec); !good)
        reader.problem("name", "a fault that can show: " + good.error().message);
    faults.push_back(std::move(spec));
}

}  // namespace

void read_faults(config::Reader& reader, std::vector<FaultSpec>& faults) {
    reader.objects(
        "faults", [&](config::Reader& r) { read_fault(r, faults); },
        "what goes wrong on purpose, as with `capfctl ca fault set`; at most 64");
    if (faults.size() > ca_faults::kMaxFaults) reader.problem("faults", "at most 64 faults");
}

}  // namespace opencapf::ca_sim
