// SPDX-License-Identifier: Apache-2.0
#include "capf/parameters.hpp"

namespace opencapf::capf {
namespace {

constexpr std::string_view kCapfName = "Cisco Certificate Authority Proxy Function", kOfflineName = "Offline CA",
                           kOnlineName = "Online CA", kMicrosoftName = "Microsoft CA", kEstName = "EST Supported CA";

std::string issuer_name(CertificateIssuer issuer) {
    switch (issuer) {
        case CertificateIssuer::capf:
            return std::string(kCapfName);
        case CertificateIssuer::offline:
            return std::string(kOfflineName);
        case CertificateIssuer::online:
            break;
    }
    return std::string(kOnlineName);
}

void add_issuer(std::vector<Parameter>& list, const ServiceParameters& s) {
    list.push_back({"Certificate Issuer to Endpoint", "service", "/service_parameters/certificate_issuer_to_endpoint",
                    "Cisco Certificate Authority Proxy Function (capf), Offline CA (offline), Online CA (online)",
                    kCapfName, true, "who signs LSCs", issuer_name(s.certificate_issuer)});
    list.push_back({"Duration Of Certificate Validity (in days)", "service",
                    "/service_parameters/duration_of_certificate_validity", "1-1825", "1825", false,
                    "of LSCs that CAPF signs; with another issuer that CA decides", std::to_string(s.validity_days)});
}

void add_keys(std::vector<Parameter>& list, const Config& c) {
    const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(c.protocol.key_generation_timeout).count();
    list.push_back({"Key Size", "service", "/service_parameters/key_size", "512, 1024, 2048, 3072, 4096", "2048", false,
                    "RSA bits of an operation that names none", std::to_string(c.service.key_size)});
    list.push_back({"Maximum Allowable Time For Key Generation (minutes)", "service",
                    "/service_parameters/maximum_allowable_time_for_key_generation", "1-1440", "30", false,
                    "how long a phone may take for its key", std::to_string(minutes)});
    list.push_back({"Maximum Allowable Attempts for Key Generation", "service",
                    "/service_parameters/maximum_allowable_attempts_for_key_generation", "1-100", "3", false,
                    "how often REQUEST_IN_PROGRESS starts that time again",
                    std::to_string(c.protocol.key_generation_attempts)});
}

void add_online_ca(std::vector<Parameter>& list, const Config& c) {
    const ServiceParameters& s = c.service;
    list.push_back({"Online CA Hostname", "service", "/service_parameters/online_ca_hostname", "text", "", true,
                    "host name of the CA, as in its HTTPS certificate; cesd has its own", s.online_ca_hostname});
    list.push_back({"Online CA Port", "service", "/service_parameters/online_ca_port", "1-65535", "443", true,
                    "HTTPS port of the CA; cesd has its own", std::to_string(s.online_ca_port)});
    list.push_back({"Online CA Template", "service", "/service_parameters/online_ca_template", "text", "CiscoRA", false,
                    "name of the Microsoft template, for the trace; cesd has its own", s.online_ca_template});
    list.push_back({"Online CA Type", "service", "/service_parameters/online_ca_type",
                    "Microsoft CA (microsoft), EST Supported CA (est)", kMicrosoftName, true,
                    "a Microsoft CA is asked through cesd, an EST server directly",
                    std::string(s.online_ca_type == OnlineCaType::est ? kEstName : kMicrosoftName)});
    list.push_back({"Online CA Username", "service", "/est/user", "text without a colon", "", true, "account at the CA",
                    c.est.user});
    list.push_back({"Online CA Password", "service", "/est/password_file", "a file", "", true,
                    "file, credential or variable with that account's password", c.est.password.origin()});
    list.push_back({"Certificate Enrollment Profile Label", "service",
                    "/service_parameters/certificate_enrollment_profile_label", "up to 128 letters, digits or - . _ ~",
                    "", true, "path segment before the EST operation, with an EST Supported CA",
                    s.enrollment_profile_label});
}

void add_enterprise(std::vector<Parameter>& list, const Config& c) {
    list.push_back({"CAPF Phone Port", "enterprise", "/listen/port", "0-65535", "3804", true, "where phones connect",
                    std::to_string(c.listen.port), false});
    list.push_back({"CAPF Operation Expires in (days)", "enterprise",
                    "/enterprise_parameters/capf_operation_expires_in", "1-365", "10", false,
                    "deadline of an operation that is armed without one",
                    std::to_string(c.enterprise.operation_expires_days)});
    list.push_back({"Enable IPv6", "enterprise", "/enterprise_parameters/enable_ipv6", "true, false", "true", false,
                    "false refuses phones that come over IPv6", c.enterprise.enable_ipv6 ? "true" : "false"});
    list.push_back({"keep_alive", "cli", "/enterprise_parameters/keep_alive", "5-60", "15", true,
                    "minutes of silence on a phone's connection before TCP asks whether it is still there",
                    std::to_string(c.enterprise.keep_alive_minutes)});
}

}  // namespace

std::vector<Parameter> parameters(const Config& config) {
    std::vector<Parameter> list;
    add_issuer(list, config.service);
    add_keys(list, config);
    add_online_ca(list, config);
    add_enterprise(list, config);
    for (Parameter& parameter : list) {
        // A group that the file leaves out has no values of its own.
        const auto read = config.source.values.find(std::string(parameter.pointer));
        if (read != config.source.values.end()) parameter.live = read->second.live;
    }
    return list;
}

}  // namespace opencapf::capf
