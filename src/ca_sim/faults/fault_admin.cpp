// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/faults/fault_admin.hpp"

#include "opencapf/base/text.hpp"
#include "opencapf/log/operator_log.hpp"

#include <cmath>

namespace opencapf::ca_sim {
namespace {

using Json = process::AdminJson;
using Answer = Result<Json>;

Json entry_json(const FaultTable::Entry& entry) {
    const FaultSpec& spec = entry.spec;
    const auto left = entry.left();
    Json json = {{"id", entry.id},
                 {"name", to_string(spec.kind)},
                 {"url", spec.url},
                 {"phase", to_string(spec.phase)},
                 {"left", left ? Json(*left) : Json(nullptr)},
                 {"applied", entry.applied},
                 {"configured", entry.configured}};
    if (takes_seconds(spec.kind)) json["seconds"] = static_cast<double>(spec.delay.count()) / 1000.0;
    if (takes_bytes(spec.kind)) json["bytes"] = spec.bytes;
    if (takes_template(spec.kind) && !spec.template_name.empty()) json["template"] = spec.template_name;
    return json;
}

Result<std::string> text_of(const Json& request, const char* key, std::string fallback) {
    const auto it = request.find(key);
    if (it == request.end()) return fallback;
    if (!it->is_string()) return fail(Errc::malformed, std::string(key) + ": expected a string");
    return it->get<std::string>();
}

/// A number between `low` and `high`, or `fallback` when the key is missing.
Result<double> number_of(const Json& request, const char* key, double low, double high, double fallback, bool whole) {
    const auto it = request.find(key);
    if (it == request.end()) return fallback;
    const double value = it->is_number() ? it->get<double>() : std::nan("");
    if (!(value >= low && value <= high) || (whole && value != std::floor(value)))
        return fail(Errc::malformed, std::string(key) + ": expected a " + (whole ? "whole " : "") + "number from " +
                                         std::to_string(static_cast<long>(low)) + " to " +
                                         std::to_string(static_cast<long>(high)));
    return value;
}

Result<FaultKind> kind_of(const Json& request) {
    const auto name = text_of(request, "name", "");
    if (!name) return fail(name.error());
    if (const auto kind = fault_kind_from(*name)) return *kind;
    return fail(Errc::malformed,
                "name: there is no fault '" + printable(*name, 64) + "'; see: capfctl ca fault list --available");
}

Result<FaultSpec> spec_of(const Json& request) {
    FaultSpec spec;
    const auto kind = kind_of(request);
    if (!kind) return fail(kind.error());
    spec.kind = *kind;
    for (const auto& [key, has] : {std::pair{"seconds", takes_seconds(*kind)}, std::pair{"bytes", takes_bytes(*kind)},
                                   std::pair{"template", takes_template(*kind)}}) {
        if (request.contains(key) && !has)
            return fail(Errc::malformed, std::string(key) + ": " + std::string(to_string(*kind)) + " has none");
    }
    auto url = text_of(request, "url", spec.url);
    const auto phase = text_of(request, "phase", std::string(to_string(spec.phase)));
    auto template_name = text_of(request, "template", "");
    if (!url) return fail(url.error());
    if (!phase) return fail(phase.error());
    if (!template_name) return fail(template_name.error());
    const auto known_phase = fault_phase_from(*phase);
    if (!known_phase) return fail(Errc::malformed, "phase: expected any, connect, login or request");
    if (template_name->size() > ca_faults::kMaxUrlBytes) return fail(Errc::malformed, "template: the name is too long");
    const auto count = number_of(request, "count", 0, ca_faults::kMaxCount, 0, true);
    const auto seconds = number_of(request, "seconds", 0, ca_faults::kMaxSeconds, ca_faults::kDefaultSeconds, false);
    const auto bytes = number_of(request, "bytes", 0, ca_faults::kMaxBytes, 0, true);
    for (const auto* number : {&count, &seconds, &bytes}) {
        if (!*number) return fail(number->error());
    }
    spec.url = std::move(*url);
    spec.phase = *known_phase;
    spec.template_name = std::move(*template_name);
    spec.count = static_cast<std::uint32_t>(*count);
    spec.delay = std::chrono::milliseconds(std::llround(*seconds * 1000));
    spec.bytes = static_cast<std::size_t>(*bytes);
    return spec;
}

Task<Answer> fault_set(FaultService& faults, Json request) {
    auto spec = spec_of(request);
    if (!spec) co_return fail(spec.error());
    const auto entry = co_await faults.set(std::move(*spec));
    if (!entry) co_return fail(entry.error());
    const std::string count = entry->spec.count == 0 ? "until cleared" : "count " + std::to_string(entry->spec.count);
    log::warn("fault " + std::to_string(entry->id) + " " + std::string(to_string(entry->spec.kind)) +
              " switched on for " + printable(entry->spec.url, 256) + ", " + count);
    co_return Json{{"fault", entry_json(*entry)}};
}

Json available_json() {
    Json list = Json::array();
    for (std::size_t i = 0; i < ca_faults::kNames.size(); ++i) {
        const auto kind = static_cast<FaultKind>(i);
        Json phases = Json::array(), parameters = Json::array();
        for (const FaultPhase phase : phases_of(kind)) phases.push_back(to_string(phase));
        if (takes_seconds(kind)) parameters.push_back("seconds");
        if (takes_bytes(kind)) parameters.push_back("bytes");
        if (takes_template(kind)) parameters.push_back("template");
        list.push_back({{"name", to_string(kind)},
                        {"description", description_of(kind)},
                        {"phases", std::move(phases)},
                        {"parameters", std::move(parameters)}});
    }
    return list;
}

Answer fault_list(FaultService& faults, const Json& request) {
    if (request.value("available", Json()) == true) return Json{{"available", available_json()}};
    Json list = Json::array();
    for (const auto& entry : faults.table().list()) list.push_back(entry_json(entry));
    return Json{{"faults", std::move(list)}};
}

Answer fault_clear(FaultService& faults, const Json& request) {
    const auto id = request.find("id");
    std::size_t cleared = 0;
    if (request.value("all", Json()) == true) {
        cleared = faults.table().clear();
    } else if (id != request.end()) {
        if (!id->is_number_unsigned()) return fail(Errc::malformed, "id: expected a number");
        cleared = faults.table().clear(id->get<std::uint64_t>());
        if (cleared == 0)
            return fail(Errc::not_found, "there is no fault " + id->dump() + "; see: capfctl ca fault list");
    } else {
        const auto kind = kind_of(request);
        if (!kind) return fail(kind.error());
        cleared = faults.table().clear(*kind);
        if (cleared == 0)
            return fail(Errc::not_found,
                        "no fault " + std::string(to_string(*kind)) + " is switched on; see: capfctl ca fault list");
    }
    log::info("faults switched off: " + std::to_string(cleared));
    return Json{{"cleared", cleared}};
}

}  // namespace

Task<std::optional<Result<Json>>> answer_fault_command(FaultService& faults, Json request) {
    const std::string command = request["command"];
    if (command == "ca.fault.set") co_return co_await fault_set(faults, std::move(request));
    if (command == "ca.fault.list") co_return fault_list(faults, request);
    if (command == "ca.fault.clear") co_return fault_clear(faults, request);
    co_return std::nullopt;
}

}  // namespace opencapf::ca_sim
