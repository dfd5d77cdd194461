// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/logon.hpp"

#include "opencapf/log/operator_log.hpp"

namespace opencapf::ca_sim {
namespace {

std::shared_ptr<const KerberosService> open_keytab(const AuthenticationConfig& authentication) {
    if (authentication.keytab.empty()) return nullptr;
    auto service = KerberosService::open(authentication.keytab, authentication.kerberos_service);
    if (service) return *std::move(service);
    log::error("no Kerberos log-in: " + service.error().message);
    return nullptr;
}

AuthSettings make_settings(const Config& config) {
    const AuthenticationConfig& authentication = config.authentication;
    AuthSettings settings;
    settings.providers.clear();
    for (const std::string& name : authentication.providers) {
        if (const auto provider = auth_provider_from_name(name)) settings.providers.push_back(*provider);
    }
    settings.basic_realm = authentication.basic_realm;
    settings.ntlm.allow_v1 = authentication.allow_ntlmv1;
    settings.ntlm.target.netbios_domain = config.domain.netbios;
    settings.ntlm.target.netbios_computer = config.domain.computer;
    settings.ntlm.target.dns_domain = config.domain.dns;
    settings.ntlm.target.dns_computer = config.host_name;
    settings.kerberos = open_keytab(authentication);
    settings.persist_kerberos = authentication.persist_kerberos;
    settings.extended_protection = authentication.extended_protection;
    return settings;
}

}  // namespace

std::vector<AccountSource> configured_accounts(const Config& config) {
    std::vector<AccountSource> sources;
    for (const AccountConfig& account : config.accounts) {
        AccountState state = AccountState::enabled;
        if (!account.enabled) state = AccountState::disabled;
        if (account.locked) state = AccountState::locked;
        sources.push_back(AccountSource{account.name, account.password.line(), state});
    }
    return sources;
}

Logon make_logon(const Config& config, const std::vector<AccountSource>& accounts, std::shared_ptr<Lockout> lockout) {
    return {Accounts(config.domain.netbios, config.domain.dns, accounts, std::move(lockout)), make_settings(config),
            config.authentication.kernel_mode};
}

}  // namespace opencapf::ca_sim
