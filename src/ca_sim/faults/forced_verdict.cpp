// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/faults/forced_verdict.hpp"

#include "ca_sim/faults/fault_table.hpp"
#include "ca_sim/policy.hpp"
#include "opencapf/base/text.hpp"

#include <algorithm>

namespace opencapf::ca_sim {

bool ForcedVerdict::misses(std::string_view template_name) const noexcept {
    return no_templates || std::any_of(missing_templates.begin(), missing_templates.end(),
                                       [&](const std::string& name) { return iequals(name, template_name); });
}

ForcedVerdict forced_verdict(const MetFaults& faults) {
    ForcedVerdict forced;
    forced.pending = faults.find(FaultKind::pending) != nullptr;
    forced.denied = faults.find(FaultKind::denied) != nullptr;
    for (const MetFaults::Met& met : faults.list()) {
        if (met.spec.kind != FaultKind::template_missing) continue;
        if (met.spec.template_name.empty()) {
            forced.no_templates = true;
        } else {
            forced.missing_templates.push_back(met.spec.template_name);
        }
    }
    return forced;
}

void force(const ForcedVerdict& forced, Verdict& verdict) {
    // A template is looked for after decoding and the signature (certsrv.md 6.4), so those refusals stay.
    const bool unreadable = verdict.code == hresult::kBadTag || verdict.code == hresult::kBadSignature;
    if (!verdict.template_name.empty() && !unreadable && forced.misses(verdict.template_name)) {
        auto request = std::move(verdict.request);
        verdict = deny_unsupported(verdict.template_name);
        verdict.request = std::move(request);
        return;
    }
    if (verdict.disposition != Disposition::signing && verdict.disposition != Disposition::pending) return;
    if (forced.denied) {
        auto request = std::move(verdict.request);
        verdict = deny_by_policy(hresult::kTemplateDenied, verdict.template_name);
        verdict.request = std::move(request);
    } else if (forced.pending) {
        verdict.disposition = Disposition::pending;
        verdict.message = "Taken Under Submission";
    }
}

}  // namespace opencapf::ca_sim
