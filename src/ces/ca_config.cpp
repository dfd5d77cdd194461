// SPDX-License-Identifier: Apache-2.0
#include "ces/ca_config.hpp"

#include "opencapf/base/text.hpp"

#include <algorithm>
#include <cctype>

namespace opencapf::ces {
namespace {

bool is_header_name(std::string_view name) {
    return name.size() <= 64 && std::all_of(name.begin(), name.end(), [](unsigned char c) {
               return std::isalnum(c) != 0 || c == '-' || c == '_';
           });
}

}  // namespace

std::string CaConfig::base_url() const {
    return "https://" + host + ":" + std::to_string(port) + (type == CaType::est ? est_path : "/certsrv");
}

std::string template_name_problem(std::string_view name) {
    if (name.empty() || name.size() > 256) return "a template name of 1 to 256 bytes";
    const bool control = std::any_of(name.begin(), name.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 || byte == 0x7F;
    });
    return control ? "a template name without line ends and control characters" : "";
}

namespace {

constexpr double kHour = 3600;

void read_times(config::Reader& reader, CaConfig& ca) {
    reader.seconds("connect_timeout", ca.connect_timeout, 0.05, kHour, "name, TCP and TLS");
    reader.seconds("login_timeout", ca.login_timeout, 0.05, kHour, "the request that logs in, all legs");
    reader.seconds("submit_timeout", ca.submit_timeout, 0.05, kHour, "the request with the CSR");
    reader.seconds("page_timeout", ca.page_timeout, 0.05, kHour, "any other request from first to last byte");
    reader.seconds("total_timeout", ca.total_timeout, 0.05, kHour,
                   "everything at the CA for one enrolment; less than EST clients wait (est.client_timeout)");
}

void read_mode(config::Reader& reader, CaConfig& ca) {
    std::size_t mode = ca.fast ? 1 : 0;
    reader.choice("mode", mode, {"faithful", "fast"},
                  "faithful: the product's requests and connections; fast: kept connections and the fewest requests");
    ca.fast = mode == 1;
    std::size_t logins = ca.login_twice ? 0 : 1;
    reader.choice("logins", logins, {"twice", "once"}, "logins per enrolment in faithful mode; the product needs two");
    ca.login_twice = logins == 0 && !ca.fast;
    std::int64_t seconds = ca.remember_logins.count();
    reader.integer("remember_logins", seconds, 0, 3600,
                   "fast mode: seconds a verified log-in of a caller is taken as verified; 0 = never");
    ca.remember_logins = std::chrono::seconds(ca.fast ? seconds : 0);
    seconds = ca.template_cache.count();
    reader.integer("template_cache", seconds, 0, 3600,
                   "fast mode: seconds an account's list of templates is remembered; 0 = never");
    ca.template_cache = std::chrono::seconds(seconds);
    reader.integer("pool_connections", ca.pool_connections, 0, 1000,
                   "fast mode: idle authenticated connections kept, per loop");
    reader.seconds("pool_idle", ca.pool_idle, 0.05, kHour, "fast mode: how long an idle connection is kept");
}

void read_auth(config::Reader& reader, CaConfig& ca) {
    std::size_t method = static_cast<std::size_t>(ca.type == CaType::est ? CaAuth::basic : ca.auth);
    reader.choice(
        "auth", method, {"ntlm", "negotiate", "basic", "certificate"},
        "how to log in: ntlm, negotiate (Kerberos) or basic at certsrv; basic or certificate at an EST server");
    ca.auth = static_cast<CaAuth>(method);
    const bool for_est = ca.auth == CaAuth::basic || ca.auth == CaAuth::certificate;
    if (ca.type == CaType::est && !for_est) reader.problem("auth", "basic or certificate, at an EST server");
    if (ca.type == CaType::certsrv && ca.auth == CaAuth::certificate)
        reader.problem("auth", "ntlm, negotiate or basic, at certsrv");
    reader.object(
        "credentials",
        [&](config::Reader& child) {
            child.require("user");
            child.require("password_file");
            child.text("user", ca.user, "account cesd logs in with");
            child.secret("password_file", ca.password, "file with the password in its first line");
        },
        "cesd's own account at this CA, where it is another than that of /credentials");
}

void read_certificates(config::Reader& reader, CaConfig& ca) {
    reader.object(
        "client",
        [&](config::Reader& child) {
            child.require("certificate");
            child.require("private_key");
            child.content("certificate", ca.client_certificate, "PEM, leaf first");
            child.secret("private_key", ca.client_key, "PEM");
        },
        "certificate shown to an EST server, as a registration authority's (id-kp-cmcRA)");
    reader.object(
        "cmc",
        [&](config::Reader& child) {
            child.require("certificate");
            child.require("private_key");
            child.content("certificate", ca.cmc_certificate, "PEM, leaf first: with the EKU Certificate Request Agent");
            child.secret("private_key", ca.cmc_key, "PEM");
        },
        "enrolment agent that signs a CMC request (RFC 5272) around requests without proof, and for templates that "
        "want "
        "a signature");
}

}  // namespace

void read_ca(config::Reader& reader, CaConfig& ca) {
    reader.require("host");
    reader.require("trust_directory");
    reader.live({"host",
                 "port",
                 "template",
                 "trust_directory",
                 "auth",
                 "credentials",
                 "client",
                 "cmc",
                 "connect_timeout",
                 "login_timeout",
                 "submit_timeout",
                 "page_timeout",
                 "total_timeout",
                 "mode",
                 "logins",
                 "remember_logins",
                 "template_cache",
                 "pool_idle",
                 "est_path",
                 "user_agent",
                 "request_id_header",
                 "max_page_bytes",
                 "resolve"});
    reader.text("name", ca.name, "name in logs, metrics and the lists of labels");
    if (ca.name.size() > 64 || printable(ca.name) != ca.name) reader.problem("name", "at most 64 printable bytes");
    std::size_t type = ca.type == CaType::est ? 1 : 0;
    reader.choice("type", type, {"certsrv", "est"}, "AD CS web enrolment, or a server of RFC 7030");
    ca.type = type == 1 ? CaType::est : CaType::certsrv;
    reader.text("host", ca.host, "name of the CA's web server, as in its certificate");
    reader.integer("port", ca.port, 1, 65535, "TCP port of the CA's web server");
    reader.text("template", ca.template_name, "real name (cn) of the certificate template");
    if (const auto problem = template_name_problem(ca.template_name); !problem.empty())
        reader.problem("template", problem);
    if (ca.host.find_first_of("/:@?# \t\\") != std::string::npos) reader.problem("host", "a bare host name");
    reader.content("trust_directory", ca.trust_directory, "certificates that may vouch for the CA's web server");
    read_auth(reader, ca);
    read_times(reader, ca);
    read_mode(reader, ca);
    read_certificates(reader, ca);
    if (ca.auth == CaAuth::certificate && ca.client_certificate.empty())
        reader.problem("client", "a certificate, as auth says");
    reader.text("est_path", ca.est_path, "path of the EST service without a slash at its end; may end in a label");
    if (!ca.est_path.starts_with('/') || ca.est_path.ends_with('/') ||
        ca.est_path.find_first_of(" ?#\r\n\t") != std::string::npos)
        reader.problem("est_path", "a path from / on without a slash at its end");
    std::size_t chain = ca.newest_chain ? 1 : 0;
    reader.choice("chain", chain, {"first", "newest"},
                  "which of the CA's certificates is fetched at start; the product takes the first, not a renewed one");
    ca.newest_chain = chain == 1;
    reader.text("user_agent", ca.user_agent, "User-Agent towards the CA");
    reader.optional_text("request_id_header", ca.request_id_header,
                         "header that carries the id of a request to the CA's web server; empty: none does");
    if (!is_header_name(ca.request_id_header)) reader.problem("request_id_header", "a header name, or nothing");
    reader.integer("max_page_bytes", ca.max_page_bytes, 1024, 64 * 1024 * 1024, "largest answer read from the CA");
    reader.integer("max_tls_accounts", ca.max_tls_accounts, 0, 10'000,
                   "accounts whose TLS sessions are kept, per loop");
    reader.text_map("resolve", ca.resolve, "host name to address, for a lab without DNS");
}

std::string timeout_warning(const CaConfig& ca, net::Duration client) {
    if (ca.total_timeout < client) return {};
    const auto seconds = [](net::Duration time) {
        return std::to_string(static_cast<double>(time.count()) / 1000).substr(0, 5) + " s";
    };
    return "the CA '" + ca.name + "' may take " + seconds(ca.total_timeout) +
           " (total_timeout) while EST clients wait " + seconds(client) +
           " (est.client_timeout): a certificate issued after they left is an orphan until they ask again";
}

}  // namespace opencapf::ces
