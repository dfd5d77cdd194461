// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace opencapf::ca_sim {

class MetFaults;
struct Verdict;

/// What faults make of the CA's decision about one request.
struct ForcedVerdict {
    bool pending = false;
    bool denied = false;
    bool no_templates = false;                   ///< all templates are missing
    std::vector<std::string> missing_templates;  ///< these are
    [[nodiscard]] bool misses(std::string_view template_name) const noexcept;
};
ForcedVerdict forced_verdict(const MetFaults& faults);

/// A missing template counts for every request that names it; pending and denied for those that would have been issued
/// or pended.
void force(const ForcedVerdict& forced, Verdict& verdict);

}  // namespace opencapf::ca_sim
