// SPDX-License-Identifier: Apache-2.0
#include "ces/config.hpp"

#include "opencapf/process/server_config.hpp"

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

void read_root(Reader& reader, Config& config) {
    for (const char* key : {"tls", "ca", "credentials", "logs"}) reader.require(key);
    reader.live({"tls", "credentials", "trusted_unsigned_accounts", "drain_timeout"});
    process::read_log_level(reader, config.log_level);
    reader.object(
        "listen", [&](Reader& child) { process::read_listener(child, config.listen); }, "where EST clients connect");
    reader.object(
        "metrics", [&](Reader& child) { process::read_metrics(child, config.metrics); },
        "Prometheus' metrics, and health");
    reader.object(
        "tls", [&](Reader& child) { process::read_server_tls(child, config.tls); }, "cesd's own certificate");
    reader.integer("loops", config.loops, 0, 256, "event loops; 0 = one per core");
    reader.object(
        "ca", [&](Reader& child) { read_ca(child, config.ca); }, "the CA's web enrolment pages");
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
