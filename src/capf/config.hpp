// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capf/axl/config.hpp"
#include "capf/bulk/settings.hpp"
#include "capf/cluster/settings.hpp"
#include "capf/renewal/settings.hpp"
#include "opencapf/config/values.hpp"
#include "opencapf/log/operator_log.hpp"
#include "opencapf/metrics/server.hpp"
#include "opencapf/net/listener.hpp"
#include "opencapf/net/tls.hpp"

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace opencapf::capf {

/// How capfd speaks to phones.
struct ProtocolConfig {
    unsigned nothing_pending_reason = 7;
    std::size_t max_frame_bytes = 16384;
    unsigned key_generation_attempts = 3;
    unsigned auth_attempts = 10;
    std::size_t unconfirmed_lscs = 10;
    bool known_lscs_only = true;
    net::Duration auth_timeout{30'000}, key_generation_timeout{1'800'000}, sign_timeout{60'000}, store_timeout{60'000},
        write_timeout{10'000}, lockout{600'000};
};

/// Service parameter "Certificate Issuer to Endpoint".
enum class CertificateIssuer : std::size_t { capf, offline, online };
/// Service parameter "Online CA Type".
enum class OnlineCaType : std::size_t { microsoft, est };

/// Service parameters of "Cisco Certificate Authority Proxy Function" (cucm-capf.md 2.1); those of the key generation
/// are in ProtocolConfig. src/capf/parameters.cpp has their documented names.
struct ServiceParameters {
    CertificateIssuer certificate_issuer = CertificateIssuer::capf;
    unsigned validity_days = 1825;  ///< of LSCs that CAPF signs
    net::Duration lab_validity{0};  ///< instead of validity_days, when not 0
    int key_size = 2048;            ///< RSA bits of an operation that names none
    OnlineCaType online_ca_type = OnlineCaType::microsoft;
    std::string online_ca_hostname, online_ca_template = "CiscoRA", enrollment_profile_label;
    std::uint16_t online_ca_port = 443;

    [[nodiscard]] bool online() const noexcept { return certificate_issuer == CertificateIssuer::online; }
    [[nodiscard]] std::chrono::seconds validity() const {
        if (lab_validity.count() > 0) return std::chrono::duration_cast<std::chrono::seconds>(lab_validity);
        return std::chrono::hours(24) * validity_days;
    }
};

/// Enterprise parameters that concern CAPF (cucm-capf.md 2.2).
struct EnterpriseParameters {
    unsigned operation_expires_days = 10;  ///< deadline of an operation that is armed without one
    unsigned keep_alive_minutes = 15;      ///< silence on a phone's connection before TCP probes it
    bool enable_ipv6 = true;               ///< false: phones that come over IPv6 are refused
};

/// The EST server that enrols for us: cesd, or with OnlineCaType::est the CA itself.
struct EstConfig {
    std::string host, path = "/.well-known/est", trust_file, user, maximum_tls_version;
    SecretSource password;
    std::string client_certificate_file;  ///< with OnlineCaType::est; empty = none
    SecretSource client_key;
    std::uint16_t port = 8084;
    bool preemptive_auth = false;
    bool accept_cmc_ra = false;
    net::Duration connect_timeout{10'000}, read_timeout{10'000}, total_timeout{0};
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
    std::string database, admin_socket, phone_trust, spool_directory, sdi_log;
    ProtocolConfig protocol;
    std::vector<std::string> signing_phones;  ///< name prefixes
    bool allow_unsigned_requests = false;
    bool allow_rsa_512 = false;
    std::string default_model = "CP-8865";
    ServiceParameters service;
    EnterpriseParameters enterprise;
    EstConfig est;
    renewal::Settings renewal;
    bulk::Settings bulk;
    cluster::Settings cluster;
    axl::Config axl;
    net::Duration drain_timeout{15'000};
};

/// Throws config::ConfigError with every problem of the file.
Config read_config(const std::string& path);
/// JSON Schema of the file.
std::string config_schema();

}  // namespace opencapf::capf
