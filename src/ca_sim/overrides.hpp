// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ca_sim/config.hpp"
#include "ca_sim/state_store.hpp"

#include <vector>

namespace opencapf::ca_sim {

/// The configuration's templates with what capfctl changed: same names are replaced, others added, removed ones left
/// out. Throws config::ConfigError when a stored one is no template of this version.
std::vector<Template> merge_templates(std::vector<Template> configured, const std::vector<StoredTemplate>& stored);

/// An account as it counts: with its own hash, or with the configured password.
struct EffectiveAccount {
    AccountConfig config;
    Bytes nt_hash;  ///< empty = config.password counts
};
/// The same for accounts.
std::vector<EffectiveAccount> merge_accounts(const std::vector<AccountConfig>& configured,
                                             const std::vector<StoredAccount>& stored);

}  // namespace opencapf::ca_sim
