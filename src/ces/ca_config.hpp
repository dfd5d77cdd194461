// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/config/reader.hpp"
#include "opencapf/http/client.hpp"

#include <chrono>
#include <map>
#include <string>
#include <string_view>

namespace opencapf::ces {

enum class CaType {
    certsrv,  ///< AD CS web enrolment
    est,      ///< a server of RFC 7030
};
enum class CaAuth { ntlm, negotiate, basic, certificate };

/// An account at a CA.
struct CaLogin {
    std::string user;
    Secret password;
};

/// Where and how a CA is reached.
struct CaConfig {
    std::string name = "ca";
    CaType type = CaType::certsrv;
    std::string host;
    std::uint16_t port = 443;
    std::string template_name = "CiscoRA";  ///< real name (cn); without control bytes
    std::string trust_directory;
    CaAuth auth = CaAuth::ntlm;
    std::string user;  ///< cesd's own account at this CA; empty: the one of "credentials"
    SecretSource password;
    net::Duration connect_timeout{10'000};  ///< name, TCP and TLS
    net::Duration login_timeout{10'000};    ///< the request that logs in, legs included
    net::Duration submit_timeout{10'000};   ///< the request with the CSR
    net::Duration page_timeout{10'000};     ///< any other request
    /// Everything at the CA for one enrolment. Below what EST clients wait (10 s), because a certificate issued after
    /// they left is an orphan; the product has no such limit.
    net::Duration total_timeout{9'000};
    bool fast = false;  ///< false: the product's seven requests
    std::chrono::seconds remember_logins{0};
    std::chrono::seconds template_cache{60};
    std::size_t pool_connections = 8;
    net::Duration pool_idle{30'000};
    std::string est_path = "/.well-known/est";  ///< of type est; may end in a label
    std::string client_certificate;             ///< of type est: leaf first
    SecretSource client_key;
    std::string cmc_certificate;  ///< enrolment agent's, leaf first; empty: no CMC
    SecretSource cmc_key;
    bool login_twice = true;    ///< the product's way: one login checks the credentials, a second one enrols
    bool newest_chain = false;  ///< false: the CA's first certificate, as the product asks for
    std::string user_agent = "CiscoRA 1.0";
    std::string request_id_header = "X-Request-ID";  ///< carries our id of the request to the CA; empty: nothing does
    std::size_t max_page_bytes = 1024 * 1024;
    std::size_t max_tls_accounts = 16;
    std::map<std::string, std::string> resolve;

    /// "https://<host>:<port>/certsrv", port always written (certsrv.md 7.2), or the URL of the EST service.
    [[nodiscard]] std::string base_url() const;
};

/// Reads a CA's object of the configuration.
void read_ca(config::Reader& reader, CaConfig& ca);

/// What of two timeouts makes orphans, or empty. `client` is what EST clients wait.
std::string timeout_warning(const CaConfig& ca, net::Duration client);

/// Empty when `name` may go into CertAttrib, else what is wrong with it (attribute injection, certsrv.md 7.2).
std::string template_name_problem(std::string_view name);

}  // namespace opencapf::ces
