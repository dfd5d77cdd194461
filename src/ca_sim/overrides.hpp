// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ca_sim/auth/accounts.hpp"
#include "ca_sim/config.hpp"
#include "ca_sim/state_store.hpp"

#include <vector>

namespace opencapf::ca_sim {

/// The configuration's templates with what capfctl changed: same names are replaced, others added, removed ones left
/// out. Throws config::ConfigError when a stored one is no template of this version.
std::vector<Template> merge_templates(std::vector<Template> configured, const std::vector<StoredTemplate>& stored);

/// The same for accounts. Reads the passwords that count; throws naming the file that cannot be read.
std::vector<AccountSource> merge_accounts(const std::vector<AccountConfig>& configured,
                                          const std::vector<StoredAccount>& stored);

/// "enabled", "disabled" or "locked".
std::string_view to_string(AccountState state) noexcept;

}  // namespace opencapf::ca_sim
