// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/base/secret.hpp"
#include "opencapf/config/values.hpp"
#include "opencapf/est/codec.hpp"
#include "opencapf/http/client.hpp"
#include "opencapf/http/server.hpp"
#include "opencapf/log/operator_log.hpp"
#include "opencapf/metrics/server.hpp"
#include "opencapf/net/listener.hpp"

#include <chrono>
#include <map>
#include <string>
#include <vector>

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
    std::size_t max_page_bytes = 1024 * 1024;
    std::size_t max_tls_accounts = 16;
    std::map<std::string, std::string> resolve;

    /// "https://<host>:<port>/certsrv", port always written (certsrv.md 7.2).
    [[nodiscard]] std::string base_url() const;
};

struct EstConfig {
    EstConfig() { limits.max_body_bytes = 32 * 1024; }  // RSA-4096 and ML-DSA requests fit (EST-S-11)

    std::string realm = "estrealm";
    est::Wrap wrap = est::Wrap::lines_of_64;
    http::ServerLimits limits;
    std::chrono::seconds retry_after{3600};
    std::size_t max_pending = 10'000;
    std::chrono::seconds pending_lifetime{7 * 24 * 3600};
};

struct Config {
    config::Source source;
    log::Level log_level = log::Level::info;
    net::ListenerConfig listen{"0.0.0.0", 8084};
    metrics::ServerConfig metrics{true, "127.0.0.1", 9884};
    net::TlsServerConfig tls;
    std::size_t loops = 0;  ///< 0 = one per core
    CaConfig ca;
    std::string user;  ///< cesd's own account at the CA
    SecretSource password;
    std::vector<std::string> trusted_unsigned_accounts;
    EstConfig est;
    net::Duration chain_retry_first{5'000};
    net::Duration chain_retry_longest{300'000};
    std::string admin_socket;
    std::string ciscora_log;
    std::string error_log;
    bool classic_access_lines = true;  ///< libEST's quirk: "-1 0" on success, no byte counts
    net::Duration drain_timeout{12'000};
};

/// Throws config::ConfigError. Opens nothing but the file.
Config load_config(const std::string& path);
/// The same from a text, for tests.
Config parse_config(std::string_view name, std::string_view text);
/// JSON Schema of the file.
std::string config_schema();

/// Empty when `name` may go into CertAttrib, else what is wrong with it (attribute injection, certsrv.md 7.2).
std::string template_name_problem(std::string_view name);

}  // namespace opencapf::ces
