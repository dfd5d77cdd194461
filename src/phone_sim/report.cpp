// SPDX-License-Identifier: Apache-2.0
#include "phone_sim/report.hpp"

#include "opencapf/base/text.hpp"

#include <array>
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

std::string one_line(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

using Outcomes = std::array<std::size_t, kOutcomes>;

json outcomes_json(const Outcomes& outcomes) {
    json out = json::object();
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        if (outcomes[i] > 0) out[std::string(to_string(static_cast<Outcome>(i)))] = outcomes[i];
    }
    return out;
}

/// How often each outcome, and the latencies of what was done.
std::string table(const Outcomes& outcomes, std::string_view counted, const std::vector<double>& latencies) {
    std::string text = fmt::format("{:<22} {:>10}\n", "outcome", counted);
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        if (outcomes[i] > 0) text += fmt::format("{:<22} {:>10}\n", to_string(static_cast<Outcome>(i)), outcomes[i]);
    }
    text += fmt::format("{:<22} {:>10}\n", "latency of the done", "ms");
    for (const auto& [name, fraction] : {std::pair{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"max", 1.0}}) {
        text += fmt::format("{:<22} {:>10.0f}\n", name, percentile(latencies, fraction));
    }
    return text;
}

std::map<std::size_t, std::size_t> by_installs(const EstateResult& result) {
    std::map<std::size_t, std::size_t> counts;
    for (const auto& phone : result.phones) ++counts[phone.installs];
    return counts;
}

std::string last_words(const EstatePhone& phone) {
    return phone.detail.empty() ? std::string(to_string(phone.last)) : printable(phone.detail);
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
                {"server", result.session.server},
                {"authenticated_with", result.session.authenticated_with},
                {"pending_key", result.session.pending},
                {"attempts", result.attempts},
                {"latency_ms", result.latency_ms}};
    if (result.session.lsc) {
        const PhoneStore files(store, result.name);
        out["certificate"] = certificate(*result.session.lsc);
        out["files"] = {{"key", files.key_path()}, {"pem", files.pem_path()}, {"der", files.der_path()}};
    }
    return one_line(out);
}

std::string fleet_text(const FleetResult& result) {
    std::string text;
    std::array<std::size_t, kOutcomes> outcomes{};
    std::vector<double> latencies;
    for (const auto& phone : result.phones) {
        ++outcomes[static_cast<std::size_t>(phone.session.outcome)];
        if (done(phone)) {
            latencies.push_back(phone.latency_ms);
        } else {
            text += phone.name + ": " + result_text(phone) + "\n";
        }
    }
    text += table(outcomes, "phones", latencies);
    return text + fmt::format(
                      "phones {}, failed {}, {:.2f} s, {:.1f} enrolments/s, latency p50 {:.0f} ms, p99 {:.0f} ms, "
                      "max {:.0f} ms",
                      result.phones.size(), result.failed(), result.wall_s, result.enrolments_per_s(),
                      result.percentile_ms(0.5), result.percentile_ms(0.99), result.percentile_ms(1));
}

std::string fleet_json(const FleetResult& result) {
    json latencies = json::array();
    json failures = json::array();
    std::array<std::size_t, kOutcomes> outcomes{};
    for (const auto& phone : result.phones) {
        ++outcomes[static_cast<std::size_t>(phone.session.outcome)];
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
                      {"outcomes", outcomes_json(outcomes)},
                      {"wall_s", result.wall_s},
                      {"enrolments_per_s", result.enrolments_per_s()},
                      {"p50_ms", result.percentile_ms(0.5)},
                      {"p90_ms", result.percentile_ms(0.9)},
                      {"p99_ms", result.percentile_ms(0.99)},
                      {"max_ms", result.percentile_ms(1)},
                      {"latencies", latencies},
                      {"failures", failures}};
    return one_line(out);
}

std::string estate_text(const EstateResult& result) {
    std::string text;
    for (const auto& phone : result.phones) {
        if (phone.longest_gap_s > 0) {
            text += fmt::format("{}: was without a valid LSC for {:.0f} s\n", phone.name, phone.longest_gap_s);
        }
        if (!phone.valid_at_end) {
            text += fmt::format("{}: has no valid LSC ({})\n", phone.name, last_words(phone));
        }
    }
    text += table(result.outcomes, "sessions", result.latencies_ms);
    text += fmt::format("{:<22} {:>10}\n", "installs of a phone", "phones");
    for (const auto& [installs, phones] : by_installs(result)) text += fmt::format("{:<22} {:>10}\n", installs, phones);
    return text +
           fmt::format("phones {}, {:.0f} s, sessions {}, installs {}, ever without a valid LSC {}, without one now {}",
                       result.phones.size(), result.wall_s, result.sessions(), result.installs(), result.ever_without(),
                       result.without_at_end());
}

std::string estate_json(const EstateResult& result) {
    json without = json::array();
    json at_end = json::array();
    json per_phone = json::object();
    json installs_of = json::object();
    for (const auto& [installs, phones] : by_installs(result)) per_phone[std::to_string(installs)] = phones;
    for (const auto& phone : result.phones) {
        installs_of[phone.name] = phone.installs;
        if (phone.longest_gap_s > 0) without.push_back({{"name", phone.name}, {"seconds", phone.longest_gap_s}});
        if (!phone.valid_at_end) at_end.push_back({{"name", phone.name}, {"detail", last_words(phone)}});
    }
    const json out = {{"phones", result.phones.size()},
                      {"wall_s", result.wall_s},
                      {"sessions", result.sessions()},
                      {"outcomes", outcomes_json(result.outcomes)},
                      {"installs", result.installs()},
                      {"phones_by_installs", per_phone},
                      {"installs_of", installs_of},
                      {"ever_without_valid_lsc", without},
                      {"without_valid_lsc_at_end", at_end},
                      {"p50_ms", percentile(result.latencies_ms, 0.5)},
                      {"p90_ms", percentile(result.latencies_ms, 0.9)},
                      {"p99_ms", percentile(result.latencies_ms, 0.99)},
                      {"max_ms", percentile(result.latencies_ms, 1)}};
    return one_line(out);
}

}  // namespace opencapf::phone_sim
