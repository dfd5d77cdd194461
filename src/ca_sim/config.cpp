// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/config.hpp"

#include "ca_sim/ca_config.hpp"
#include "opencapf/base/text.hpp"
#include "opencapf/process/server_config.hpp"

#include <algorithm>
#include <array>

namespace opencapf::ca_sim {
namespace {

using config::Reader;

void read_authentication(Reader& reader, AuthenticationConfig& authentication) {
    reader.texts("providers", authentication.providers, "NTLM, Negotiate, Basic in header order");
    static constexpr std::array<std::string_view, 3> kKnown{"NTLM", "Negotiate", "Basic"};
    std::vector<std::string> seen;
    for (std::string& provider : authentication.providers) {
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
    if (authentication.providers.empty()) reader.problem("providers", "at least one of NTLM, Negotiate and Basic");
    reader.boolean("kernel_mode", authentication.kernel_mode, "answer Type 1 messages as HTTP.sys does");
    reader.boolean("allow_ntlmv1", authentication.allow_ntlmv1, "accept NTLMv1 responses");
    reader.optional_text("basic_realm", authentication.basic_realm, "realm of Basic; empty = host_name");
}

void read_account(Reader& reader, std::vector<AccountConfig>& accounts) {
    AccountConfig account;
    reader.require("name");
    reader.text("name", account.name, "account name without domain");
    if (!account.name.empty() &&
        (!plain_name(account.name) || account.name.find_first_of("/@ ") != std::string::npos)) {
        reader.problem("name", "a name without blank ; \\ / @ \" and control characters");
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

void check_enroll(Reader& reader, const Config& target) {
    for (const Template& entry : target.templates) {
        for (const std::string& name : entry.enroll) {
            const bool known = std::any_of(target.accounts.begin(), target.accounts.end(),
                                           [&](const AccountConfig& account) { return iequals(account.name, name); });
            if (!known) {
                reader.problem("templates", "names of accounts in \"enroll\" of " + entry.name + ", not " + name);
            }
        }
    }
}

void fill(Reader& reader, Config& target) {
    reader.live({"tls", "limits", "authentication", "accounts", "templates", "drain_timeout"});
    process::read_log_level(reader, target.log_level);
    reader.object(
        "listen", [&](Reader& r) { process::read_listener(r, target.listen); }, "the HTTPS listener");
    reader.object(
        "metrics", [&](Reader& r) { process::read_metrics(r, target.metrics); }, "Prometheus' metrics, and health");
    reader.require("tls");
    reader.object(
        "tls", [&](Reader& r) { process::read_server_tls(r, target.tls); }, "the server's certificate");
    reader.require("host_name");
    reader.text("host_name", target.host_name, "fully qualified name of this server");
    reader.integer("loops", target.loops, 0, 256, "event loops; 0 = one per processor");
    reader.integer("workers", target.workers, 0, 256, "signing threads; 0 = one per processor");
    reader.object(
        "limits", [&](Reader& r) { process::read_http_limits(r, target.limits); }, "bounds on requests");
    reader.require("ca");
    reader.object(
        "ca", [&](Reader& r) { read_ca(r, target.ca); }, "the issuing CA");
    target.ca.host_name = target.host_name;
    reader.object(
        "public_http",
        [&](Reader& r) {
            r.boolean("enabled", target.public_http.enabled, "false: nothing answers CDP, AIA and OCSP URLs");
            process::read_listener(r, target.public_http.listen);
        },
        "plain HTTP for CRLs, CA certificates and OCSP");
    reader.path("admin_socket", target.admin_socket, "Unix domain socket of capfctl");
    reader.require("database");
    reader.path("database", target.database, "SQLite file of requests and certificates");
    reader.require("log_directory");
    reader.path("log_directory", target.log_directory, "directory of the W3C log files");
    reader.object(
        "domain",
        [&](Reader& r) {
            r.text("netbios", target.domain.netbios, "NetBIOS name of the domain");
            r.text("dns", target.domain.dns, "DNS name of the domain");
            r.text("computer", target.domain.computer, "NetBIOS name of this server");
        },
        "the Active Directory domain");
    reader.object(
        "authentication", [&](Reader& r) { read_authentication(r, target.authentication); }, "how clients log in");
    if (target.authentication.basic_realm.empty()) target.authentication.basic_realm = target.host_name;
    reader.objects(
        "accounts", [&](Reader& r) { read_account(r, target.accounts); }, "who may log in");
    reader.objects(
        "templates", [&](Reader& r) { read_template(r, target.templates); }, "what the CA issues");
    check_enroll(reader, target);
    reader.seconds("drain_timeout", target.drain, 0, 600, "time for running requests at the end");
}

}  // namespace

Config load_config(const std::string& path) {
    Config target;
    target.source.file = path;
    target.source.values = Reader::read_file(path, "ca-simd", [&](Reader& reader) { fill(reader, target); });
    return target;
}

Config parse_config(std::string_view name, std::string_view text) {
    Config target;
    Reader::read_text(name, text, [&](Reader& reader) { fill(reader, target); });
    return target;
}

std::string config_schema() {
    Config target;
    return Reader::schema("ca-simd", [&](Reader& reader) { fill(reader, target); });
}

}  // namespace opencapf::ca_sim
