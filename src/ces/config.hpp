// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ces/ca_config.hpp"
#include "ces/est_config.hpp"
#include "ces/log/log_book.hpp"
#include "opencapf/base/secret.hpp"
#include "opencapf/log/operator_log.hpp"
#include "opencapf/metrics/server.hpp"
#include "opencapf/net/listener.hpp"

#include <string>
#include <vector>

namespace opencapf::ces {

/// An EST server asks for client certificates, and speaks HTTP/1.1.
inline net::TlsServerConfig est_tls() {
    net::TlsServerConfig tls;
    tls.client_certificates = net::ClientCertificates::optional;
    tls.http_alpn = true;
    return tls;
}

struct Config {
    config::Source source;
    log::Level log_level = log::Level::info;
    net::ListenerConfig listen{"0.0.0.0", 8084};
    metrics::ServerConfig metrics{true, "127.0.0.1", 9884};
    net::TlsServerConfig tls = est_tls();
    std::vector<EstListenerConfig> listeners;
    std::size_t loops = 0;  ///< 0 = one per core
    CaConfig ca;
    std::vector<CaConfig> standby_cas;  ///< asked in this order when `ca` is down
    net::Duration ca_probe_period{10'000};
    std::size_t ca_good_probes = 3;
    net::Duration chain_refresh{24 * 3600 * 1000};
    std::string state_database;  ///< empty: pending requests are in memory only
    std::string kerberos_keytab, kerberos_ccache;
    std::string user;  ///< cesd's own account at the CA
    SecretSource password;
    std::vector<std::string> trusted_unsigned_accounts;
    EstConfig est;
    net::Duration chain_retry_first{5'000};
    net::Duration chain_retry_longest{300'000};
    std::string admin_socket;
    LogPaths logs;
    bool classic_access_lines = true;  ///< libEST's quirk: "-1 0" on success, no byte counts
    net::Duration drain_timeout{12'000};
};

/// What an operator should know about a configuration that is not wrong, a sentence each.
std::vector<std::string> config_warnings(const Config& config);

/// Throws config::ConfigError. Opens nothing but the file.
Config load_config(const std::string& path);
/// The same from a text, for tests.
Config parse_config(std::string_view name, std::string_view text);
/// JSON Schema of the file.
std::string config_schema();

}  // namespace opencapf::ces
