// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/config/values.hpp"
#include "opencapf/log/operator_log.hpp"
#include "opencapf/metrics/server.hpp"
#include "opencapf/net/listener.hpp"
#include "opencapf/net/tls.hpp"

#include <map>
#include <string>
#include <vector>

namespace opencapf::capf {

/// How capfd speaks to phones.
struct ProtocolConfig {
    unsigned nothing_pending_reason = 7;
    std::size_t max_frame_bytes = 16384;
    unsigned key_generation_attempts = 3;
    net::Duration auth_timeout{30'000}, key_generation_timeout{1'800'000}, sign_timeout{60'000}, store_timeout{60'000},
        write_timeout{10'000};
};

/// The EST server that enrols for us.
struct EstConfig {
    std::string host, path = "/.well-known/est", trust_file, user, maximum_tls_version;
    SecretSource password;
    std::uint16_t port = 8084;
    bool preemptive_auth = false;
    net::Duration connect_timeout{10'000}, read_timeout{10'000};
    std::size_t max_concurrent = 32;
    std::map<std::string, std::string> resolve;
};

/// capfd.json as read; config/capfd.json explains every key.
struct Config {
    config::Source source;
    log::Level log_level = log::Level::info;
    net::ListenerConfig listen{"0.0.0.0", 3804};
    metrics::ServerConfig metrics{true, "127.0.0.1", 9804};
    net::TlsServerConfig tls;
    std::size_t loops = 0, workers = 2;
    std::string database, admin_socket, spool_directory, sdi_log;
    ProtocolConfig protocol;
    std::vector<std::string> signing_phones;  ///< name prefixes
    bool allow_unsigned_requests = false;
    bool allow_rsa_512 = false;
    std::string default_model = "CP-8865";
    std::string ca_hostname, ca_template = "CiscoRA";
    std::uint16_t ca_port = 443;
    EstConfig est;
    net::Duration drain_timeout{15'000};
};

/// Throws config::ConfigError with every problem of the file.
Config read_config(const std::string& path);
/// JSON Schema of the file.
std::string config_schema();

}  // namespace opencapf::capf
