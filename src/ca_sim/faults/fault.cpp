// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/faults/fault.hpp"

#include "ca_sim/faults/url_pattern.hpp"
#include "opencapf/base/text.hpp"

#include <algorithm>

namespace opencapf::ca_sim {
namespace {

using ca_faults::kNames;
using ca_faults::kPhases;

static_assert(kNames.size() == static_cast<std::size_t>(FaultKind::truncated_pkcs7) + 1);
static_assert(kNames[static_cast<std::size_t>(FaultKind::unauthorized)].name == "unauthorized");
static_assert(kPhases[static_cast<std::size_t>(FaultPhase::request)] == "request");

bool is_page(std::string_view path) noexcept {
    return path == "/certsrv/" || (path.starts_with("/certsrv/") && path.ends_with(".asp"));
}

bool is_download(std::string_view path) noexcept {
    return path == "/certsrv/certnew.cer" || path == "/certsrv/certnew.p7b" || path == "/certsrv/certcrl.crl";
}

/// Phases besides `any`. A refusal means one answer, so it waits for the log-in unless told otherwise; only HTTP.sys
/// answers before it asks who is there.
struct Phases {
    bool connect = false, login = false, request = false;  ///< may be named
    bool any_login = false;                                ///< `any` includes login
};
Phases known_phases(FaultKind kind) noexcept {
    if (is_tls(kind)) return {true, false, false, false};
    switch (kind) {
        case FaultKind::delay:
        case FaultKind::close:
        case FaultKind::reset:
            return {true, true, true, true};
        case FaultKind::delay_body:
        case FaultKind::unavailable:
            return {false, true, true, true};
        case FaultKind::unauthorized:
        case FaultKind::forbidden:
        case FaultKind::server_error:
            return {false, true, true, false};
        default:
            return {false, false, true, false};
    }
}

}  // namespace

std::string_view to_string(FaultKind kind) noexcept { return kNames[static_cast<std::size_t>(kind)].name; }

std::string_view description_of(FaultKind kind) noexcept { return kNames[static_cast<std::size_t>(kind)].description; }

std::optional<FaultKind> fault_kind_from(std::string_view name) noexcept {
    for (std::size_t i = 0; i < kNames.size(); ++i) {
        if (iequals(kNames[i].name, name)) return static_cast<FaultKind>(i);
    }
    return std::nullopt;
}

std::string_view to_string(FaultPhase phase) noexcept { return kPhases[static_cast<std::size_t>(phase)]; }

std::optional<FaultPhase> fault_phase_from(std::string_view name) noexcept {
    for (std::size_t i = 0; i < kPhases.size(); ++i) {
        if (iequals(kPhases[i], name)) return static_cast<FaultPhase>(i);
    }
    return std::nullopt;
}

bool takes_seconds(FaultKind kind) noexcept { return kind == FaultKind::delay || kind == FaultKind::delay_body; }

bool takes_bytes(FaultKind kind) noexcept {
    return kind == FaultKind::delay_body || kind == FaultKind::close || kind == FaultKind::reset;
}

bool takes_template(FaultKind kind) noexcept { return kind == FaultKind::template_missing; }

bool is_tls(FaultKind kind) noexcept {
    return kind >= FaultKind::tls_self_signed && kind <= FaultKind::tls_incomplete_chain;
}

bool is_refusal(FaultKind kind) noexcept { return kind >= FaultKind::unauthorized && kind <= FaultKind::unavailable; }

std::vector<FaultPhase> phases_of(FaultKind kind) {
    const Phases known = known_phases(kind);
    std::vector<FaultPhase> phases{FaultPhase::any};
    if (known.connect) phases.push_back(FaultPhase::connect);
    if (known.login) phases.push_back(FaultPhase::login);
    if (known.request) phases.push_back(FaultPhase::request);
    return phases;
}

bool fits(FaultKind kind, FaultPhase asked, FaultPhase phase) noexcept {
    if (asked != FaultPhase::any) return asked == phase;
    const Phases known = known_phases(kind);
    switch (phase) {
        case FaultPhase::connect:
            return is_tls(kind);
        case FaultPhase::login:
            return known.any_login;
        case FaultPhase::request:
            return known.request;
        case FaultPhase::any:
            break;
    }
    return false;
}

bool concerns(FaultKind kind, std::string_view path) noexcept {
    switch (kind) {
        case FaultKind::template_missing:
            return path == "/certsrv/certrqxt.asp" || path == "/certsrv/certlynx.asp" ||
                   path == "/certsrv/certfnsh.asp";
        case FaultKind::pending:
        case FaultKind::denied:
            return path == "/certsrv/certfnsh.asp";
        case FaultKind::ca_down:
            return path == "/certsrv/certfnsh.asp" || is_download(path);
        case FaultKind::malformed_page:
        case FaultKind::other_language:
            return is_page(path);
        case FaultKind::wrong_content_type:
            return is_page(path) || is_download(path);
        case FaultKind::wrong_key:
            return path == "/certsrv/certnew.cer";
        case FaultKind::truncated_pkcs7:
            return path == "/certsrv/certnew.p7b";
        default:
            return true;
    }
}

Result<void> check_fault(const FaultSpec& spec) {
    const std::string name(to_string(spec.kind));
    const auto pattern = UrlPattern::parse(spec.url);
    if (!pattern) return fail(pattern.error().with("url"));
    const auto phases = phases_of(spec.kind);
    if (std::find(phases.begin(), phases.end(), spec.phase) == phases.end()) {
        std::string known;
        for (const FaultPhase phase : phases) known += (known.empty() ? "" : ", ") + std::string(to_string(phase));
        return fail(Errc::malformed, "phase: " + name + " shows in phase " + known + " only");
    }
    const bool at_connect = is_tls(spec.kind) || spec.phase == FaultPhase::connect;
    if (at_connect && spec.url != "*")
        return fail(Errc::malformed, "url: a connection that is being made has none yet; leave it out");
    if (!pattern->only_path().empty() && !concerns(spec.kind, pattern->only_path()))
        return fail(Errc::malformed, "url: " + name + " means nothing for " + spec.url);
    return {};
}

}  // namespace opencapf::ca_sim
