// SPDX-License-Identifier: Apache-2.0
#include "ces/ca_config.hpp"

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

std::string CaConfig::base_url() const { return "https://" + host + ":" + std::to_string(port) + "/certsrv"; }

std::string template_name_problem(std::string_view name) {
    if (name.empty() || name.size() > 256) return "a template name of 1 to 256 bytes";
    const bool control = std::any_of(name.begin(), name.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 || byte == 0x7F;
    });
    return control ? "a template name without line ends and control characters" : "";
}

void read_ca(config::Reader& reader, CaConfig& ca) {
    reader.require("host");
    reader.require("trust_directory");
    reader.live({"host", "port", "template", "trust_directory", "auth", "connect_timeout", "total_timeout", "logins",
                 "user_agent", "request_id_header", "max_page_bytes", "resolve"});
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
    reader.optional_text("request_id_header", ca.request_id_header,
                         "header that carries the id of a request to the CA's web server; empty: none does");
    if (!is_header_name(ca.request_id_header)) reader.problem("request_id_header", "a header name, or nothing");
    reader.integer("max_page_bytes", ca.max_page_bytes, 1024, 64 * 1024 * 1024, "largest answer read from the CA");
    reader.integer("max_tls_accounts", ca.max_tls_accounts, 0, 10'000,
                   "accounts whose TLS sessions are kept, per loop");
    reader.text_map("resolve", ca.resolve, "host name to address, for a lab without DNS");
}

}  // namespace opencapf::ces
