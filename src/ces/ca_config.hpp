// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/config/reader.hpp"
#include "opencapf/http/client.hpp"

#include <map>
#include <string>
#include <string_view>

namespace opencapf::ces {

/// Where and how the CA's web enrolment pages are reached.
struct CaConfig {
    std::string host;
    std::uint16_t port = 443;
    std::string template_name = "CiscoRA";  ///< real name (cn); without control bytes
    std::string trust_directory;
    http::AuthMethod auth = http::AuthMethod::ntlm;
    net::Duration connect_timeout{10'000};
    net::Duration total_timeout{10'000};
    bool login_twice = true;    ///< the product's way: one login checks the credentials, a second one enrols
    bool newest_chain = false;  ///< false: the CA's first certificate, as the product asks for
    std::string user_agent = "CiscoRA 1.0";
    std::string request_id_header = "X-Request-ID";  ///< carries our id of the request to the CA; empty: nothing does
    std::size_t max_page_bytes = 1024 * 1024;
    std::size_t max_tls_accounts = 16;
    std::map<std::string, std::string> resolve;

    /// "https://<host>:<port>/certsrv", port always written (certsrv.md 7.2).
    [[nodiscard]] std::string base_url() const;
};

/// Reads a CA's object of the configuration.
void read_ca(config::Reader& reader, CaConfig& ca);

/// Empty when `name` may go into CertAttrib, else what is wrong with it (attribute injection, certsrv.md 7.2).
std::string template_name_problem(std::string_view name);

}  // namespace opencapf::ces
