// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ca_sim/auth_config.hpp"
#include "ca_sim/faults/fault.hpp"
#include "ca_sim/template.hpp"
#include "opencapf/config/values.hpp"
#include "opencapf/http/server.hpp"
#include "opencapf/log/operator_log.hpp"
#include "opencapf/metrics/server.hpp"
#include "opencapf/net/listener.hpp"
#include "opencapf/net/tls.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace opencapf::ca_sim {

struct CaConfig {
    std::string certificate_file;  ///< CA certificate first, then its parents
    SecretSource private_key;
    std::string display_name;  ///< empty = common name of the certificate
    std::chrono::hours maximum_validity{730 * 24};
    SecretSource parent_private_key;  ///< key of the parent, for renewals of an issuing CA; not set = none
    /// URLs with AD CS's tokens: see expand_url().
    std::vector<std::string> crl_urls;
    std::vector<std::string> aia_urls;
    std::vector<std::string> ocsp_urls;
    bool san_attribute = false;  ///< EDITF_ATTRIBUTESUBJECTALTNAME2: the mistake behind ESC6
    std::chrono::hours crl_period{7 * 24};
    std::chrono::hours delta_period{24};  ///< 0 = no delta CRLs
    std::chrono::hours crl_overlap{12};   ///< how long a CRL stays valid after its successor is due
    std::string host_name;                ///< of the web server, for URLs
    std::uint32_t no_template_hresult = 0x80094801;
};

/// Everything ca-simd reads from its file; config/ca-simd.json documents each key.
struct Config {
    config::Source source;
    log::Level log_level = log::Level::info;
    net::ListenerConfig listen{"0.0.0.0", 8443};
    metrics::ServerConfig metrics{true, "127.0.0.1", 9843};
    net::TlsServerConfig tls;
    http::ServerLimits limits;
    std::string host_name;
    std::size_t loops = 0;    ///< 0 = one per processor
    std::size_t workers = 0;  ///< 0 = one per processor
    CaConfig ca;
    /// Plain HTTP for what CDP, AIA and OCSP URLs name.
    struct PublicHttp {
        bool enabled = false;
        net::ListenerConfig listen{"0.0.0.0", 8480};
    } public_http;
    std::string database;
    std::string admin_socket;
    std::string log_directory;
    W3cFormat log_format;
    DomainConfig domain;
    AuthenticationConfig authentication;
    std::vector<AccountConfig> accounts;
    std::vector<Template> templates;
    std::vector<FaultSpec> faults;
    int pending_timeout_days = 10;  ///< how long a browser remembers its pending requests
    std::chrono::milliseconds drain{5000};
};

/// Throws config::ConfigError with every problem of the file; passwords and keys are not read here.
Config load_config(const std::string& path);
/// The same for a text, for tests; relative paths stay as they are.
Config parse_config(std::string_view name, std::string_view text);
/// JSON Schema of the file.
std::string config_schema();

}  // namespace opencapf::ca_sim
