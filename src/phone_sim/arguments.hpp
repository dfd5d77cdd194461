// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/net/tls.hpp"
#include "opencapf/x509/certificate.hpp"
#include "phone_sim/estate.hpp"

namespace CLI {
class App;
}

namespace opencapf::phone_sim {

/// The command line as typed, before it is checked and turned into options.
struct Arguments {
    std::vector<std::string> capf;
    std::string trust;
    std::string itl;
    std::string profile = "v3";
    std::string auth;
    std::string auth_string;
    std::string auth_string_file;
    std::string mic_certificate;
    std::string mic_key;
    std::string tls_maximum;
    std::string tls_key_log;
    std::string log;
    std::size_t log_max_mb = 100;
    std::string fault = "none";
    std::string key_delay = "0";
    std::string keys;
    double timeout_s = 60;
    double retry_interval_s = 30;
    double poll_s = 0;
    double for_s = 0;
    bool json = false;
    bool list_names = false;
    FleetOptions fleet;
    // phone-sim keys, phone-sim mic
    std::string out;
    std::string kind = "rsa-2048";
    std::string ca_certificate;
    std::string ca_key;
    std::string model = "CP-8865";
    int days = 3650;
};

/// Options that one phone and a fleet share.
void add_phone_options(CLI::App& command, Arguments& arguments);
/// --count and --prefix.
void add_name_options(CLI::App& command, Arguments& arguments, bool required);
void add_fleet_options(CLI::App& command, Arguments& arguments);
void add_keys_options(CLI::App& command, Arguments& arguments);
void add_mic_options(CLI::App& command, Arguments& arguments);

/// Checks what CLI11 cannot and fills arguments.fleet. Throws CLI::ValidationError, or std::exception for a file it
/// cannot use.
void finish(Arguments& arguments);

/// Trusts the certificates of --trust.
net::TlsClientContext make_tls(const Arguments& arguments);
/// Trusts these.
net::TlsClientContext make_tls(const Arguments& arguments, const std::vector<x509::Certificate>& trusted);

net::Duration to_duration(double seconds);

}  // namespace opencapf::phone_sim
