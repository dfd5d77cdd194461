// SPDX-License-Identifier: Apache-2.0
#include "phone_sim/report.hpp"

#include "opencapf/base/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace opencapf::phone_sim {

namespace {

using nlohmann::json;

bool done(const PhoneResult& result) { return result.session.outcome == Outcome::done; }

/// The detail may hold text of the server: it must neither move the cursor nor break the JSON.
std::string detail_of(const PhoneResult& result) { return printable(result.session.detail); }

json end_reason(const SessionResult& session) {
    if (!session.end_reason) return nullptr;
    return static_cast<unsigned>(*session.end_reason);
}

json certificate(const x509::Certificate& lsc) {
    return {{"subject", lsc.subject_rfc2253()},
            {"issuer", lsc.issuer_rfc2253()},
            {"serial", lsc.serial_hex()},
            {"not_before", format_utc(lsc.not_before(), "%Y-%m-%dT%H:%M:%SZ")},
            {"not_after", format_utc(lsc.not_after(), "%Y-%m-%dT%H:%M:%SZ")}};
}

}  // namespace

int exit_code(Outcome outcome) noexcept {
    switch (outcome) {
        case Outcome::done:
            return 0;
        case Outcome::failed:
            return 1;
        case Outcome::no_change:
            return 3;
        case Outcome::unknown_device:
            return 4;
        case Outcome::communication:
            return 5;
        case Outcome::untrusted:
            return 6;
        case Outcome::protocol:
            return 7;
    }
    return 1;
}

std::string result_text(const PhoneResult& result) {
    if (!done(result)) return "LSC: Not Installed (" + detail_of(result) + ")";
    switch (result.session.operation) {
        case Operation::install:
            return "LSC: Installed";
        case Operation::remove:
            return "LSC: Not Installed (deleted as the server asked)";
        case Operation::fetch:
            return "LSC: Installed (shown to the server)";
        case Operation::none:
            break;
    }
    return "LSC: Not Installed";
}

std::string result_json(const PhoneResult& result, const PhoneOptions& options, const std::string& store) {
    json out = {{"name", result.name},
                {"profile", options.profile.name},
                {"outcome", to_string(result.session.outcome)},
                {"operation", to_string(result.session.operation)},
                {"changed", result.session.changed},
                {"installed", done(result) && result.session.operation == Operation::install},
                {"detail", detail_of(result)},
                {"end_reason", end_reason(result.session)},
                {"session_id", result.session.session_id},
                {"tls", result.session.tls_version},
                {"attempts", result.attempts},
                {"latency_ms", result.latency_ms}};
    if (result.session.lsc) {
        const PhoneStore files(store, result.name);
        out["certificate"] = certificate(*result.session.lsc);
        out["files"] = {{"key", files.key_path()}, {"pem", files.pem_path()}, {"der", files.der_path()}};
    }
    return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string fleet_text(const FleetResult& result) {
    std::string text;
    for (const auto& phone : result.phones) {
        if (!done(phone)) text += phone.name + ": " + result_text(phone) + "\n";
    }
    return text + fmt::format(
                      "phones {}, failed {}, {:.2f} s, {:.1f} enrolments/s, latency p50 {:.0f} ms, p99 {:.0f} ms, "
                      "max {:.0f} ms",
                      result.phones.size(), result.failed(), result.wall_s, result.enrolments_per_s(),
                      result.percentile_ms(0.5), result.percentile_ms(0.99), result.percentile_ms(1));
}

std::string fleet_json(const FleetResult& result) {
    json latencies = json::array();
    json failures = json::array();
    for (const auto& phone : result.phones) {
        if (done(phone)) {
            latencies.push_back({{"name", phone.name}, {"latency_ms", phone.latency_ms}, {"attempts", phone.attempts}});
        } else {
            failures.push_back({{"name", phone.name},
                                {"outcome", to_string(phone.session.outcome)},
                                {"detail", detail_of(phone)},
                                {"end_reason", end_reason(phone.session)},
                                {"attempts", phone.attempts}});
        }
    }
    const json out = {{"phones", result.phones.size()},
                      {"failed", result.failed()},
                      {"wall_s", result.wall_s},
                      {"enrolments_per_s", result.enrolments_per_s()},
                      {"p50_ms", result.percentile_ms(0.5)},
                      {"p99_ms", result.percentile_ms(0.99)},
                      {"max_ms", result.percentile_ms(1)},
                      {"latencies", latencies},
                      {"failures", failures}};
    return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace opencapf::phone_sim
