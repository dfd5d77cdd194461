// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/overrides.hpp"

#include "ca_sim/admin_json.hpp"
#include "ca_sim/ca_config.hpp"
#include "opencapf/base/text.hpp"

#include <algorithm>

namespace opencapf::ca_sim {
namespace {

constexpr std::string_view kRemoved = "removed";

AccountState state_of(std::string_view name) noexcept {
    for (const AccountState state : {AccountState::disabled, AccountState::locked}) {
        if (name == to_string(state)) return state;
    }
    return AccountState::enabled;
}

NtHash hash_of(const Bytes& bytes) {
    NtHash hash{};
    std::copy(bytes.begin(), bytes.end(), hash.begin());
    return hash;
}

}  // namespace

std::string_view to_string(AccountState state) noexcept {
    switch (state) {
        case AccountState::enabled:
            return "enabled";
        case AccountState::disabled:
            return "disabled";
        case AccountState::locked:
            return "locked";
    }
    return "enabled";
}

std::vector<Template> merge_templates(std::vector<Template> configured, const std::vector<StoredTemplate>& stored) {
    for (const StoredTemplate& entry : stored) {
        const auto same = std::find_if(configured.begin(), configured.end(),
                                       [&](const Template& known) { return iequals(known.name, entry.name); });
        if (entry.value.empty()) {
            if (same != configured.end()) configured.erase(same);
            continue;
        }
        // Only what was changed is stored: the rest goes on following the configuration.
        admin::Json value = same != configured.end() ? admin::template_json(*same) : admin::Json::object();
        const admin::Json changes = admin::Json::parse(entry.value, nullptr, false);
        if (!changes.is_object()) throw config::ConfigError("template " + entry.name + ": damaged in the database");
        value.merge_patch(changes);
        const admin::Json document{{"templates", admin::Json::array({std::move(value)})}};
        Template fresh = parse_templates("template " + entry.name, document.dump()).at(0);
        if (same != configured.end()) {
            *same = std::move(fresh);
        } else {
            configured.push_back(std::move(fresh));
        }
    }
    return configured;
}

std::vector<AccountSource> merge_accounts(const std::vector<AccountConfig>& configured,
                                          const std::vector<StoredAccount>& stored) {
    std::vector<AccountSource> list;
    const auto changed = [&](const std::string& name) {
        return std::find_if(stored.begin(), stored.end(),
                            [&](const StoredAccount& entry) { return iequals(entry.name, name); });
    };
    for (const AccountConfig& account : configured) {
        AccountState state = AccountState::enabled;
        if (!account.enabled) state = AccountState::disabled;
        if (account.locked) state = AccountState::locked;
        const auto entry = changed(account.name);
        if (entry == stored.end()) {
            list.push_back({account.name, account.password.line(), state});
        } else if (entry->state != kRemoved && entry->nt_hash.empty()) {
            const bool unchanged = entry->state.empty();
            list.push_back({account.name, account.password.line(), unchanged ? state : state_of(entry->state)});
        } else if (entry->state.empty() && entry->nt_hash.size() == NtHash().size()) {
            list.push_back({account.name, hash_of(entry->nt_hash), state});
        }
    }
    for (const StoredAccount& entry : stored) {
        // Without a hash it changed one that the configuration names, or named once.
        if (entry.state == kRemoved || entry.nt_hash.size() != NtHash().size()) continue;
        const bool taken = std::any_of(list.begin(), list.end(),
                                       [&](const AccountSource& account) { return iequals(account.name, entry.name); });
        if (!taken) list.push_back({entry.name, hash_of(entry.nt_hash), state_of(entry.state)});
    }
    return list;
}

}  // namespace opencapf::ca_sim
