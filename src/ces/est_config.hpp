// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ces/auth/static_accounts.hpp"
#include "ces/profile_config.hpp"
#include "opencapf/http/server.hpp"
#include "opencapf/net/listener.hpp"
#include "opencapf/x509/chain_check.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace opencapf::ces {

/// Lists of revoked client certificates.
struct CrlConfig {
    std::string path;  ///< file or directory; empty: none
    x509::RevocationCheck check = x509::RevocationCheck::off;
    net::Duration refresh{60'000};  ///< how often the files are read again
};

/// One more place where clients connect, for those that cannot send a label or need answers of another form.
struct EstListenerConfig {
    std::string name;
    net::ListenerConfig listen;
    std::string label;              ///< what a request without a label means here; empty: the base
    std::optional<est::Wrap> wrap;  ///< instead of the label's
    net::ClientCertificates client_certificates = net::ClientCertificates::optional;
};

struct EstConfig {
    EstConfig() { limits.max_body_bytes = 32 * 1024; }  // RSA-4096 and ML-DSA requests fit (EST-S-11)

    std::string realm = "estrealm";
    ProfileConfig base;                 ///< of requests without a label
    std::vector<ProfileConfig> labels;  ///< distinct names
    http::ServerLimits limits;
    SecretSource accounts;  ///< of static accounts; empty: none
    PasswordChecker::Limits account_limits;
    CrlConfig crl;
    bool pop_caps_tls = true;  ///< no TLS 1.3 where a request must be tied to its session (EST-S-65)
    std::chrono::seconds retry_after{3600};
    std::size_t max_pending = 10'000;
    std::chrono::seconds pending_lifetime{7 * 24 * 3600};
    net::Duration client_timeout{10'000};  ///< what EST clients wait for an answer: CAPF's 10 s
    std::string extra_cacerts;             ///< file with root-rollover certificates for /cacerts; empty: none
};

/// Reads the array "listeners" of the configuration.
void read_est_listeners(config::Reader& reader, const EstConfig& est, std::vector<EstListenerConfig>& listeners);

/// Reads the key "client_certificates".
void read_client_certificate_mode(config::Reader& reader, net::ClientCertificates& mode);

/// Reads the object "est" of the configuration.
void read_est(config::Reader& reader, EstConfig& est);

}  // namespace opencapf::ces
