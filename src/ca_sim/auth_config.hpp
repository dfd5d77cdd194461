// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ca_sim/auth/channel_binding.hpp"
#include "ca_sim/auth/lockout.hpp"
#include "ca_sim/auth/w3c_log.hpp"
#include "opencapf/base/secret.hpp"
#include "opencapf/config/reader.hpp"

#include <string>
#include <vector>

/// The parts of ca-simd's configuration about who logs in and how, and about the access log.
namespace opencapf::ca_sim {

struct AccountConfig {
    std::string name;  ///< own spelling, as it appears in the W3C log
    SecretSource password;
    bool enabled = true;
    bool locked = false;
};

struct DomainConfig {
    std::string netbios = "LAB";
    std::string dns = "example.test";
    std::string computer = "LAB-DC";
};

struct AuthenticationConfig {
    std::vector<std::string> providers{"NTLM", "Negotiate"};  ///< "NTLM", "Negotiate", "Basic" in header order
    bool kernel_mode = false;
    bool allow_ntlmv1 = false;
    std::string basic_realm;                ///< never empty after load_config
    std::string keytab;                     ///< empty: Negotiate carries NTLM only
    std::string kerberos_service = "HTTP";  ///< empty: any key of the keytab
    bool persist_kerberos = true;
    ExtendedProtection extended_protection = ExtendedProtection::off;
    LockoutPolicy lockout;
};

void read_domain(config::Reader& reader, DomainConfig& domain);
void read_authentication(config::Reader& reader, AuthenticationConfig& authentication);
/// Appends one account.
void read_account(config::Reader& reader, std::vector<AccountConfig>& accounts);
/// "log_fields" and "log_software" of the root object.
void read_log_format(config::Reader& reader, W3cFormat& format);

}  // namespace opencapf::ca_sim
