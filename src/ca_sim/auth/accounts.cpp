// SPDX-License-Identifier: Apache-2.0
#include "accounts.hpp"

#include "ntlm_text.hpp"
#include "opencapf/base/text.hpp"

#include <algorithm>
#include <openssl/crypto.h>
#include <stdexcept>

namespace opencapf::ca_sim {
namespace {

std::u16string key_of(std::string_view name) { return upper(utf16_from_text(name)); }

NtHash hash_of(std::string_view password) {
    std::u16string text = utf16_from_text(password);
    const NtHash hash = nt_hash(text);
    OPENSSL_cleanse(text.data(), text.size() * sizeof(char16_t));
    return hash;
}

bool usable_name(std::string_view name) {
    constexpr std::string_view kForbidden = "\\/@:";
    return !name.empty() && name.find_first_of(kForbidden) == std::string_view::npos &&
           std::none_of(name.begin(), name.end(),
                        [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

}  // namespace

Accounts::Accounts(std::string netbios_domain, std::string dns_domain, std::shared_ptr<Lockout> lockout)
    : netbios_domain_(std::move(netbios_domain)), dns_domain_(std::move(dns_domain)), lockout_(std::move(lockout)) {}

Accounts::Accounts(std::string netbios_domain, std::string dns_domain, const std::vector<AccountSource>& sources,
                   std::shared_ptr<Lockout> lockout)
    : Accounts(std::move(netbios_domain), std::move(dns_domain), std::move(lockout)) {
    for (const AccountSource& source : sources) {
        std::visit([&](const auto& password) { add(source.name, password, source.state); }, source.password);
    }
}

void Accounts::add(std::string name, const Secret& password, AccountState state) {
    add(std::move(name), hash_of(password.reveal()), state);
}

void Accounts::add(std::string name, const NtHash& hash, AccountState state) {
    if (!usable_name(name)) throw std::invalid_argument("account name '" + printable(name) + "' is not usable");
    if (find(name) != nullptr) throw std::invalid_argument("account '" + printable(name) + "' is there twice");
    auto key = key_of(name);
    accounts_.emplace(std::move(key), Account{std::move(name), hash, state});
}

const Account* Accounts::find(std::string_view user, std::string_view domain) const {
    if (const auto slash = user.find_first_of("\\/"); slash != std::string_view::npos) {
        if (!domain.empty()) return nullptr;
        domain = user.substr(0, slash);
        user = user.substr(slash + 1);
    } else if (const auto at = user.rfind('@'); at != std::string_view::npos) {
        // A UPN names its realm itself; clients send it with an empty domain or repeat ours.
        if (!ours(domain)) return nullptr;
        domain = user.substr(at + 1);
        user = user.substr(0, at);
        if (domain.empty()) return nullptr;
    }
    if (!ours(domain)) return nullptr;
    const auto found = accounts_.find(key_of(user));
    return found == accounts_.end() ? nullptr : &found->second;
}

const Account* Accounts::find_principal(std::string_view principal) const {
    const auto at = principal.rfind('@');
    if (at == std::string_view::npos || !iequals(principal.substr(at + 1), dns_domain_)) return nullptr;
    const std::string_view user = principal.substr(0, at);
    return usable_name(user) ? find(user) : nullptr;
}

std::string Accounts::canonical(const Account& account) const { return netbios_domain_ + "\\" + account.name; }

std::vector<std::string> Accounts::names() const {
    std::vector<std::string> all;
    all.reserve(accounts_.size());
    for (const auto& [key, account] : accounts_) all.push_back(account.name);
    return all;
}

bool Accounts::ours(std::string_view domain) const noexcept {
    return domain.empty() || domain == "." || iequals(domain, netbios_domain_) || iequals(domain, dns_domain_);
}

LogonResult Accounts::check_password(const Account* account, std::string_view password) const {
    const NtHash given = hash_of(password);
    const NtHash nobody{};
    const bool right = equal_constant_time(given, account != nullptr ? account->hash : nobody);
    return logon(account, right);
}

LogonResult Accounts::logon(const Account* account, bool credentials_right) const {
    if (account == nullptr) return LogonResult::denied;
    if (account->state == AccountState::locked) return LogonResult::locked;
    if (lockout_ && lockout_->attempt(account->name, credentials_right) == Lockout::Verdict::locked) {
        return LogonResult::locked;
    }
    if (!credentials_right) return LogonResult::denied;
    return account->state == AccountState::disabled ? LogonResult::disabled : LogonResult::ok;
}

LogonResult Accounts::logon_with_ticket(const Account* account) const {
    if (account == nullptr) return LogonResult::denied;
    if (account->state == AccountState::disabled) return LogonResult::disabled;
    const bool locked = account->state == AccountState::locked || (lockout_ && lockout_->locked(account->name));
    return locked ? LogonResult::locked : LogonResult::ok;
}

}  // namespace opencapf::ca_sim
