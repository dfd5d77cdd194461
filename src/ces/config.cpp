// SPDX-License-Identifier: Apache-2.0
#include "ces/config.hpp"

#include "opencapf/process/server_config.hpp"

#include <algorithm>

namespace opencapf::ces {
namespace {

using config::Reader;

void read_logs(Reader& reader, Config& config) {
    reader.require("ciscora");
    reader.require("error_log");
    reader.path("ciscora", config.logs.ciscora, "start-up log in the CiscoRA grammar");
    reader.path("error_log", config.logs.error_log, "log in the grammar of NGINX's error.log");
    reader.path("access_log", config.logs.access_log,
                "a line for each request in NGINX's combined format; without the key there is none");
    std::size_t access = config.classic_access_lines ? 0 : 1;
    reader.choice("access_lines", access, {"classic", "real"}, "libEST's \"-1 0\" on success, or status and size");
    config.classic_access_lines = access == 0;
}

constexpr std::size_t kMaxCas = 8;

void read_standby_cas(Reader& reader, Config& config) {
    config.standby_cas.clear();
    reader.objects(
        "standby_cas",
        [&](Reader& child) {
            CaConfig ca;
            child.require("name");
            read_ca(child, ca);
            const bool taken =
                ca.name == config.ca.name || std::any_of(config.standby_cas.begin(), config.standby_cas.end(),
                                                         [&](const CaConfig& other) { return other.name == ca.name; });
            if (taken) child.problem("name", "a name that no other CA has");
            config.standby_cas.push_back(std::move(ca));
        },
        "CAs to ask, in this order, when the first one is down");
    if (config.standby_cas.size() >= kMaxCas)
        reader.problem("standby_cas", "at most " + std::to_string(kMaxCas - 1) + " CAs");
}

void read_root(Reader& reader, Config& config) {
    for (const char* key : {"tls", "ca", "credentials", "logs"}) reader.require(key);
    reader.live({"tls", "credentials", "ca_health", "chain_refresh", "trusted_unsigned_accounts", "drain_timeout"});
    process::read_log_level(reader, config.log_level);
    reader.object(
        "listen", [&](Reader& child) { process::read_listener(child, config.listen); }, "where EST clients connect");
    reader.object(
        "metrics", [&](Reader& child) { process::read_metrics(child, config.metrics); },
        "Prometheus' metrics, and health");
    reader.object(
        "tls",
        [&](Reader& child) {
            process::read_server_tls(child, config.tls);
            process::read_tls_policy(child, config.tls);
            read_client_certificate_mode(child, config.tls.client_certificates);
        },
        "cesd's own certificate, and the TLS it speaks");
    reader.integer("loops", config.loops, 0, 256, "event loops; 0 = one per core");
    reader.object(
        "ca", [&](Reader& child) { read_ca(child, config.ca); }, "the CA");
    read_standby_cas(reader, config);
    reader.object(
        "ca_health",
        [&](Reader& child) {
            child.seconds("period", config.ca_probe_period, 0.05, 3600,
                          "how often each CA is probed, without log-in; only with standby CAs");
            child.integer("good_probes", config.ca_good_probes, 1, 100,
                          "probes in a row that a CA must answer before it is asked again");
        },
        "when a CA counts as down, and as back");
    reader.object(
        "kerberos",
        [&](Reader& child) {
            child.content("client_keytab", config.kerberos_keytab,
                          "keytab of cesd's own account; one for the process, as MIT Kerberos wants it");
            child.optional_text("ccache", config.kerberos_ccache, "where tickets are kept, e.g. MEMORY:cesd");
        },
        "for \"auth\": \"negotiate\"");
    reader.seconds("chain_refresh", config.chain_refresh, 1, 30 * 86'400,
                   "how often the CA's certificates are fetched again; earlier when one is about to end");
    reader.object(
        "state",
        [&](Reader& child) {
            child.path("database", config.state_database,
                       "SQLite file with what is at the CA or waits for its client; without it kill -9 loses that");
        },
        "what survives a restart");
    reader.object(
        "credentials",
        [&](Reader& child) {
            child.require("user");
            child.require("password_file");
            child.text("user", config.user, "account cesd logs in with at start");
            child.secret("password_file", config.password, "file with the password in its first line");
        },
        "cesd's own account at the CA");
    reader.texts("trusted_unsigned_accounts", config.trusted_unsigned_accounts,
                 "accounts whose requests may lack proof of possession");
    reader.object(
        "est", [&](Reader& child) { read_est(child, config.est); }, "the EST service");
    read_est_listeners(reader, config.est, config.listeners);
    reader.object(
        "chain_retry",
        [&](Reader& child) {
            child.seconds("first", config.chain_retry_first, 0.05, 3600, "first wait");
            child.seconds("longest", config.chain_retry_longest, 0.05, 86'400, "longest wait");
        },
        "when the CA chain cannot be fetched");
    reader.path("admin_socket", config.admin_socket, "Unix domain socket of capfctl");
    reader.object(
        "logs", [&](Reader& child) { read_logs(child, config); }, "legacy logs");
    reader.seconds("drain_timeout", config.drain_timeout, 0, 3600, "what running sessions get at shutdown");
}

}  // namespace

std::vector<std::string> config_warnings(const Config& config) {
    std::vector<std::string> warnings;
    const auto look = [&](const CaConfig& ca) {
        auto warning = timeout_warning(ca, config.est.client_timeout);
        if (!warning.empty()) warnings.push_back(std::move(warning));
    };
    look(config.ca);
    for (const auto& ca : config.standby_cas) look(ca);
    return warnings;
}

Config load_config(const std::string& path) {
    Config config;
    config.source.file = path;
    config.source.values = Reader::read_file(path, "cesd", [&](Reader& reader) { read_root(reader, config); });
    return config;
}

Config parse_config(std::string_view name, std::string_view text) {
    Config config;
    Reader::read_text(name, text, [&](Reader& reader) { read_root(reader, config); });
    return config;
}

std::string config_schema() {
    Config config;
    return Reader::schema("cesd", [&](Reader& reader) { read_root(reader, config); });
}

}  // namespace opencapf::ces
