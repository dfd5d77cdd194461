// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ntlm_crypto.hpp"
#include "opencapf/base/secret.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace opencapf::ca_sim {

enum class AccountState { enabled, disabled, locked };

struct Account {
    std::string name;  ///< the account's own spelling, without domain
    NtHash hash{};     ///< of its password
    AccountState state = AccountState::enabled;
};

/// The domain's accounts. Filled at start, then only read: share it by const reference between threads.
class Accounts {
public:
    /// Both names of the domain, e.g. "LAB" and "example.test".
    Accounts(std::string netbios_domain, std::string dns_domain);

    /// Throws std::invalid_argument on an empty name, one with any of \ / @ : or a control byte, or one that exists.
    void add(std::string name, const Secret& password, AccountState state = AccountState::enabled);
    void add(std::string name, const NtHash& hash, AccountState state = AccountState::enabled);

    /// Any spelling Windows takes, in any letter case: `user` is "u", "DOM\u", "DOM/u" or "u@realm"; a separate
    /// `domain` is the NetBIOS or the DNS name, "." or empty. nullptr when there is none.
    [[nodiscard]] const Account* find(std::string_view user, std::string_view domain = {}) const;

    /// "LAB\ciscora": what logs and permissions use, whatever the client typed.
    [[nodiscard]] std::string canonical(const Account& account) const;

    [[nodiscard]] const std::string& netbios_domain() const noexcept { return netbios_domain_; }
    [[nodiscard]] const std::string& dns_domain() const noexcept { return dns_domain_; }

private:
    [[nodiscard]] bool ours(std::string_view domain) const noexcept;

    std::string netbios_domain_;
    std::string dns_domain_;
    std::vector<Account> accounts_;
};

/// Outcome of a password or NTLM check. The states are told apart only to who knows the password.
enum class LogonResult { ok, denied, disabled, locked };

/// Checks a clear password (HTTP Basic). An unknown user costs the same as a wrong password.
LogonResult check_password(const Account* account, std::string_view password);

/// What `account`'s state makes of credentials that were right or wrong.
LogonResult logon_result(const Account* account, bool credentials_right) noexcept;

}  // namespace opencapf::ca_sim
