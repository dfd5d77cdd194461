// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ca_sim/auth/accounts.hpp"
#include "ca_sim/auth/authenticator.hpp"
#include "ca_sim/config.hpp"

#include <memory>
#include <vector>

namespace opencapf::ca_sim {

/// Who may log in, and how. Never changed, only replaced: a log-in keeps the one it began with.
struct Logon {
    Accounts accounts;
    AuthSettings settings;
    bool kernel_mode = false;  ///< answers to Type 1 messages look like HTTP.sys'
};

/// `accounts` may be more than the configuration's. Throws as Accounts::add(). A keytab that cannot be used is no
/// reason not to start: the operator's log says what is wrong, and Negotiate carries NTLM only.
Logon make_logon(const Config& config, const std::vector<AccountSource>& accounts, std::shared_ptr<Lockout> lockout);

}  // namespace opencapf::ca_sim
