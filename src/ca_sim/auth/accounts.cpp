// SPDX-License-Identifier: Apache-2.0
#include "accounts.hpp"

#include "ntlm_text.hpp"
#include "opencapf/base/text.hpp"

#include <algorithm>
#include <openssl/crypto.h>
#include <stdexcept>

namespace opencapf::ca_sim {
namespace {

bool same_name(std::string_view a, std::string_view b) {
    return upper(utf16_from_text(a)) == upper(utf16_from_text(b));
}

bool usable_name(std::string_view name) {
    constexpr std::string_view kForbidden = "\\/@:";
    return !name.empty() && name.find_first_of(kForbidden) == std::string_view::npos &&
           std::none_of(name.begin(), name.end(),
                        [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

}  // namespace

Accounts::Accounts(std::string netbios_domain, std::string dns_domain)
    : netbios_domain_(std::move(netbios_domain)), dns_domain_(std::move(dns_domain)) {}

void Accounts::add(std::string name, const Secret& password, AccountState state) {
    std::u16string text = utf16_from_text(password.reveal());
    const NtHash hash = nt_hash(text);
    OPENSSL_cleanse(text.data(), text.size() * sizeof(char16_t));
    add(std::move(name), hash, state);
}

void Accounts::add(std::string name, const NtHash& hash, AccountState state) {
    if (!usable_name(name)) throw std::invalid_argument("account name '" + printable(name) + "' is not usable");
    if (find(name) != nullptr) throw std::invalid_argument("account '" + printable(name) + "' is there twice");
    accounts_.push_back(Account{std::move(name), hash, state});
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
    const auto found =
        std::find_if(accounts_.begin(), accounts_.end(), [user](const Account& a) { return same_name(a.name, user); });
    return found == accounts_.end() ? nullptr : &*found;
}

std::string Accounts::canonical(const Account& account) const { return netbios_domain_ + "\\" + account.name; }

bool Accounts::ours(std::string_view domain) const noexcept {
    return domain.empty() || domain == "." || iequals(domain, netbios_domain_) || iequals(domain, dns_domain_);
}

LogonResult check_password(const Account* account, std::string_view password) {
    std::u16string text = utf16_from_text(password);
    const NtHash given = nt_hash(text);
    OPENSSL_cleanse(text.data(), text.size() * sizeof(char16_t));
    const NtHash nobody{};
    const bool right = equal_constant_time(given, account != nullptr ? account->hash : nobody);
    return logon_result(account, right);
}

LogonResult logon_result(const Account* account, bool credentials_right) noexcept {
    if (account == nullptr || !credentials_right) return LogonResult::denied;
    switch (account->state) {
        case AccountState::enabled:
            return LogonResult::ok;
        case AccountState::disabled:
            return LogonResult::disabled;
        case AccountState::locked:
            return LogonResult::locked;
    }
    return LogonResult::denied;
}

}  // namespace opencapf::ca_sim
