// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/auth_config.hpp"

#include "opencapf/base/text.hpp"

#include <algorithm>
#include <array>

namespace opencapf::ca_sim {
namespace {

using config::Reader;

constexpr std::int64_t kMaxLockSeconds = 99999LL * 60;  // Active Directory's bound

/// Account names end up in pages, log lines and permissions: nothing that could forge one, or be taken for a domain.
bool usable_account_name(std::string_view name) noexcept {
    return name.size() <= 256 && std::all_of(name.begin(), name.end(), [](char c) {
               return static_cast<unsigned char>(c) > 0x20 &&
                      std::string_view("\x7f;\\/@:\"").find(c) == std::string_view::npos;
           });
}

void read_providers(Reader& reader, std::vector<std::string>& providers) {
    reader.texts("providers", providers, "NTLM, Negotiate, Basic in header order");
    static constexpr std::array<std::string_view, 3> kKnown{"NTLM", "Negotiate", "Basic"};
    std::vector<std::string> seen;
    for (std::string& provider : providers) {
        const auto* const known =
            std::find_if(kKnown.begin(), kKnown.end(), [&](std::string_view name) { return iequals(name, provider); });
        if (known == kKnown.end()) {
            reader.problem("providers", "a list of NTLM, Negotiate and Basic");
            break;
        }
        provider = *known;
        if (std::find(seen.begin(), seen.end(), provider) != seen.end()) {
            reader.problem("providers", "each provider once");
            break;
        }
        seen.push_back(provider);
    }
    if (providers.empty()) reader.problem("providers", "at least one of NTLM, Negotiate and Basic");
}

void read_span(Reader& reader, const char* key, std::chrono::seconds& target, const char* help) {
    std::int64_t seconds = target.count();
    reader.integer(key, seconds, 0, kMaxLockSeconds, help);
    target = std::chrono::seconds(seconds);
}

void read_lockout(Reader& reader, LockoutPolicy& policy) {
    reader.integer("threshold", policy.threshold, 0, 999, "wrong passwords that lock an account; 0 = never");
    read_span(reader, "duration_seconds", policy.duration, "how long an account stays locked; 0 = until unlocked");
    read_span(reader, "window_seconds", policy.window, "a wrong password this much later counts as the first");
}

}  // namespace

void read_domain(Reader& reader, DomainConfig& domain) {
    reader.text("netbios", domain.netbios, "NetBIOS name of the domain");
    reader.text("dns", domain.dns, "DNS name of the domain");
    reader.text("computer", domain.computer, "NetBIOS name of this server");
}

void read_authentication(Reader& reader, AuthenticationConfig& authentication) {
    read_providers(reader, authentication.providers);
    reader.boolean("kernel_mode", authentication.kernel_mode, "answer Type 1 messages as HTTP.sys does");
    reader.boolean("allow_ntlmv1", authentication.allow_ntlmv1, "accept NTLMv1 responses");
    reader.optional_text("basic_realm", authentication.basic_realm, "realm of Basic; empty = host_name");
    reader.content("keytab", authentication.keytab, "Kerberos keys of this server; empty = no Kerberos");
    reader.optional_text("kerberos_service", authentication.kerberos_service,
                         "service of the keytab's principals; empty = any");
    reader.boolean("persist_kerberos", authentication.persist_kerberos,
                   "one Kerberos log-in for each connection, not for each request");
    static const std::vector<std::string> kProtection{"off", "allow", "require"};
    auto protection = static_cast<std::size_t>(authentication.extended_protection);
    reader.choice("extended_protection", protection, kProtection, "channel binding of NTLM and Kerberos");
    authentication.extended_protection = static_cast<ExtendedProtection>(protection);
    reader.object(
        "lockout", [&](Reader& r) { read_lockout(r, authentication.lockout); }, "when wrong passwords lock an account");
}

void read_account(Reader& reader, std::vector<AccountConfig>& accounts) {
    AccountConfig account;
    reader.require("name");
    reader.text("name", account.name, "account name without domain");
    if (!usable_account_name(account.name)) {
        reader.problem("name", "a name without blank ; : \\ / @ \" and control characters");
    }
    if (std::any_of(accounts.begin(), accounts.end(),
                    [&](const AccountConfig& other) { return iequals(other.name, account.name); })) {
        reader.problem("name", "each account once");
    }
    reader.require("password_file");
    reader.secret("password_file", account.password, "file whose first line is the password");
    reader.boolean("enabled", account.enabled, "false: logon fails");
    reader.boolean("locked", account.locked, "true: logon fails");
    accounts.push_back(std::move(account));
}

void read_log_format(Reader& reader, W3cFormat& format) {
    std::vector<std::string> names;
    for (const W3cField field : format.fields) names.emplace_back(w3c_field_name(field));
    reader.texts("log_fields", names, "columns of the W3C log; always written in IIS's order");
    std::set<W3cField> fields;
    for (const std::string& name : names) {
        const auto field = w3c_field_from_name(name);
        if (!field) {
            reader.problem("log_fields", "some of " + w3c_field_names());
            return;
        }
        if (!fields.insert(*field).second) {
            reader.problem("log_fields", "each field once");
            return;
        }
    }
    if (fields.empty()) reader.problem("log_fields", "at least one field");
    format.fields = std::move(fields);
    reader.text("log_software", format.software, "#Software line of the W3C log");
}

}  // namespace opencapf::ca_sim
