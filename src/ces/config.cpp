// SPDX-License-Identifier: Apache-2.0
#include "config.hpp"

#include "opencapf/process/server_config.hpp"

#include <algorithm>

namespace opencapf::ces {
namespace {

using config::Reader;

void read_ca(Reader& reader, CaConfig& ca) {
    reader.require("host");
    reader.require("trust_directory");
    reader.live({"host", "port", "template", "trust_directory", "auth", "connect_timeout", "total_timeout", "logins",
                 "user_agent", "max_page_bytes", "resolve"});
    reader.text("host", ca.host, "name of the CA's web server, as in its certificate");
    reader.integer("port", ca.port, 1, 65535, "TCP port of the CA's web server");
    reader.text("template", ca.template_name, "real name (cn) of the certificate template");
    if (const auto problem = template_name_problem(ca.template_name); !problem.empty())
        reader.problem("template", problem);
    if (ca.host.find_first_of("/:@?# \t\\") != std::string::npos) reader.problem("host", "a bare host name");
    reader.content("trust_directory", ca.trust_directory, "certificates that may vouch for the CA's web server");
    std::size_t method = ca.auth == http::AuthMethod::basic ? 1 : 0;
    reader.choice("auth", method, {"ntlm", "basic"}, "how to log in to the pages");
    ca.auth = method == 1 ? http::AuthMethod::basic : http::AuthMethod::ntlm;
    reader.seconds("connect_timeout", ca.connect_timeout, 0.05, 3600, "name, TCP and TLS");
    reader.seconds("total_timeout", ca.total_timeout, 0.05, 3600, "one request from first to last byte");
    std::size_t logins = ca.login_twice ? 0 : 1;
    reader.choice("logins", logins, {"twice", "once"}, "logins per enrolment; the product needs two");
    ca.login_twice = logins == 0;
    std::size_t chain = ca.newest_chain ? 1 : 0;
    reader.choice("chain", chain, {"first", "newest"},
                  "which of the CA's certificates is fetched at start; the product takes the first, not a renewed one");
    ca.newest_chain = chain == 1;
    reader.text("user_agent", ca.user_agent, "User-Agent towards the CA");
    reader.integer("max_page_bytes", ca.max_page_bytes, 1024, 64 * 1024 * 1024, "largest answer read from the CA");
    reader.integer("max_tls_accounts", ca.max_tls_accounts, 0, 10'000,
                   "accounts whose TLS sessions are kept, per loop");
    reader.text_map("resolve", ca.resolve, "host name to address, for a lab without DNS");
}

void read_est(Reader& reader, EstConfig& est) {
    reader.live({"realm", "base64_wrap", "retry_after", "max_head_bytes", "max_body_bytes",
                 "max_requests_per_connection", "idle_timeout", "head_timeout", "body_timeout", "write_timeout"});
    reader.text("realm", est.realm, "realm of the HTTP Basic challenge");
    if (est.realm.find_first_of("\"\\\r\n") != std::string::npos) reader.problem("realm", "no quote or line end");
    std::size_t columns = est.wrap == est::Wrap::one_line ? 0 : 64;
    reader.number_choice("base64_wrap", columns, {0, 64}, "64 for lines of 64, 0 for one line");
    est.wrap = columns == 0 ? est::Wrap::one_line : est::Wrap::lines_of_64;
    process::read_http_limits(reader, est.limits);
    std::int64_t retry_after = est.retry_after.count();
    reader.integer("retry_after", retry_after, 60, 172'800, "seconds told to a client whose request is pending");
    est.retry_after = std::chrono::seconds(retry_after);
    reader.integer("max_pending", est.max_pending, 1, 1'000'000, "pending requests remembered");
    std::int64_t lifetime = est.pending_lifetime.count();
    reader.integer("pending_lifetime", lifetime, 60, 365 * 24 * 3600, "seconds a pending request is remembered");
    est.pending_lifetime = std::chrono::seconds(lifetime);
}

void read_logs(Reader& reader, Config& config) {
    reader.require("ciscora");
    reader.require("error_log");
    reader.path("ciscora", config.ciscora_log, "start-up log in the CiscoRA grammar");
    reader.path("error_log", config.error_log, "log in the grammar of NGINX's error.log");
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

std::string CaConfig::base_url() const { return "https://" + host + ":" + std::to_string(port) + "/certsrv"; }

std::string template_name_problem(std::string_view name) {
    if (name.empty() || name.size() > 256) return "a template name of 1 to 256 bytes";
    const bool control = std::any_of(name.begin(), name.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 || byte == 0x7F;
    });
    return control ? "a template name without line ends and control characters" : "";
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
