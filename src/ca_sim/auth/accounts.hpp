// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "lockout.hpp"
#include "ntlm_crypto.hpp"
#include "opencapf/base/secret.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace opencapf::ca_sim {

enum class AccountState { enabled, disabled, locked };

struct Account {
    std::string name;  ///< the account's own spelling, without domain
    NtHash hash{};     ///< of its password
    AccountState state = AccountState::enabled;
};

/// Outcome of a password or NTLM check. As in Active Directory everybody is told that an account is locked, but only
/// who knows its password that it is disabled.
enum class LogonResult { ok, denied, disabled, locked };

/// What an account is made from: a clear password, or the hash of one.
struct AccountSource {
    std::string name;
    std::variant<Secret, NtHash> password;
    AccountState state = AccountState::enabled;
};

/// The domain's accounts. Filled at start, then only read: share it by const reference between threads. To change them,
/// make new ones (with the same Lockout) and replace the whole.
class Accounts {
public:
    /// Both names of the domain, e.g. "LAB" and "example.test". Without `lockout` wrong passwords are not counted.
    Accounts(std::string netbios_domain, std::string dns_domain, std::shared_ptr<Lockout> lockout = nullptr);
    /// The same with all of `sources`; throws as add() does.
    Accounts(std::string netbios_domain, std::string dns_domain, const std::vector<AccountSource>& sources,
             std::shared_ptr<Lockout> lockout);

    /// Throws std::invalid_argument on an empty name, one with any of \ / @ : or a control byte, or one that exists.
    void add(std::string name, const Secret& password, AccountState state = AccountState::enabled);
    void add(std::string name, const NtHash& hash, AccountState state = AccountState::enabled);

    /// Any spelling Windows takes, in any letter case: `user` is "u", "DOM\u", "DOM/u" or "u@realm"; a separate
    /// `domain` is the NetBIOS or the DNS name, "." or empty. nullptr when there is none.
    [[nodiscard]] const Account* find(std::string_view user, std::string_view domain = {}) const;

    /// The account of a Kerberos principal "user@REALM": the realm is the DNS name of the domain in any case, and the
    /// user a plain name ("host/server" and escaped characters are nobody's). nullptr when there is none.
    [[nodiscard]] const Account* find_principal(std::string_view principal) const;

    /// "LAB\ciscora": what logs and permissions use, whatever the client typed.
    [[nodiscard]] std::string canonical(const Account& account) const;

    /// Checks a clear password (HTTP Basic). An unknown user costs the same as a wrong password.
    [[nodiscard]] LogonResult check_password(const Account* account, std::string_view password) const;
    /// What becomes of a try with right or wrong credentials; counts it for the lock-out. nullptr: denied.
    [[nodiscard]] LogonResult logon(const Account* account, bool credentials_right) const;
    /// May `account` log on with a ticket, which needs no password here? Counts nothing.
    [[nodiscard]] LogonResult logon_with_ticket(const Account* account) const;

    /// Own spelling of each.
    [[nodiscard]] std::vector<std::string> names() const;
    [[nodiscard]] const std::string& netbios_domain() const noexcept { return netbios_domain_; }
    [[nodiscard]] const std::string& dns_domain() const noexcept { return dns_domain_; }

private:
    [[nodiscard]] bool ours(std::string_view domain) const noexcept;

    std::string netbios_domain_;
    std::string dns_domain_;
    std::shared_ptr<Lockout> lockout_;
    std::map<std::u16string, Account> accounts_;  ///< by upper-case name
};

}  // namespace opencapf::ca_sim
