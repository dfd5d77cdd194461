// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/overrides.hpp"

#include "ca_sim/ca_config.hpp"
#include "opencapf/base/text.hpp"

#include <algorithm>

namespace opencapf::ca_sim {

std::vector<Template> merge_templates(std::vector<Template> configured, const std::vector<StoredTemplate>& stored) {
    for (const StoredTemplate& entry : stored) {
        const auto same = std::find_if(configured.begin(), configured.end(),
                                       [&](const Template& known) { return iequals(known.name, entry.name); });
        if (entry.value.empty()) {
            if (same != configured.end()) configured.erase(same);
            continue;
        }
        Template fresh =
            parse_templates("template " + entry.name, R"({"templates":[)" + entry.value + "]}").at(0);
        if (same != configured.end()) {
            *same = std::move(fresh);
        } else {
            configured.push_back(std::move(fresh));
        }
    }
    return configured;
}

std::vector<EffectiveAccount> merge_accounts(const std::vector<AccountConfig>& configured,
                                             const std::vector<StoredAccount>& stored) {
    std::vector<EffectiveAccount> list;
    for (const AccountConfig& account : configured) list.push_back({account, {}});
    for (const StoredAccount& entry : stored) {
        auto same = std::find_if(list.begin(), list.end(), [&](const EffectiveAccount& known) {
            return iequals(known.config.name, entry.name);
        });
        if (entry.state == "removed") {
            if (same != list.end()) list.erase(same);
            continue;
        }
        if (same == list.end()) {
            if (entry.nt_hash.empty()) continue;  // it changed one that the configuration does not have any more
            list.emplace_back();
            same = list.end() - 1;
            same->config.name = entry.name;
        }
        if (!entry.nt_hash.empty()) same->nt_hash = entry.nt_hash;
        same->config.enabled = entry.state != "disabled";
        same->config.locked = entry.state == "locked";
    }
    return list;
}

}  // namespace opencapf::ca_sim
