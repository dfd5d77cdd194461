// SPDX-License-Identifier: Apache-2.0
#include "capf/config.hpp"

#include "opencapf/base/text.hpp"
#include "opencapf/process/server_config.hpp"

namespace opencapf::capf {
namespace {

using config::Reader;

void read_tls(Reader& r, net::TlsServerConfig& c) {
    process::read_server_tls(r, c);
    r.boolean("legacy_phones", c.legacy_phones, "TLS 1.0 and SHA-1 for old phones");
    r.boolean("rsa_key_exchange", c.rsa_key_exchange, "offer TLS_RSA suites");
}

void read_protocol(Reader& r, ProtocolConfig& c) {
    r.number_choice("nothing_pending_reason", c.nothing_pending_reason, {0, 7},
                    "END_SESSION reason when nothing is pending: 7 as CUCM, 0 as usecallmanager's capfd");
    r.integer("max_frame_bytes", c.max_frame_bytes, 8, 65535, "largest frame body taken from a phone");
    r.seconds("auth_timeout", c.auth_timeout, 0.1, 3600, "wait for AUTH_RESPONSE");
    r.seconds("sign_timeout", c.sign_timeout, 0.1, 3600, "wait for the phone's signature");
    r.seconds("store_timeout", c.store_timeout, 0.1, 3600, "wait for the phone's confirmation");
    r.integer("auth_attempts", c.auth_attempts, 1, 1000, "wrong authentication strings in a row that lock a device");
    r.seconds("lockout", c.lockout, 0, 86400, "how long it stays locked");
    r.boolean("known_lscs_only", c.known_lscs_only, "an LSC that another one has replaced proves nothing any more");
    r.integer("unconfirmed_lscs", c.unconfirmed_lscs, 1, 10'000,
              "stale LSCs of a device that end its operation, so that it does not go on for ever");
    r.seconds("write_timeout", c.write_timeout, 0.1, 300, "sending one frame");
}

void read_online_ca(Reader& r, ServiceParameters& c) {
    auto type = static_cast<std::size_t>(c.online_ca_type);
    r.choice("online_ca_type", type, {"microsoft", "est"},
             "Online CA Type: Microsoft CA (through cesd), or EST Supported CA (any RFC 7030 server, asked directly)");
    c.online_ca_type = static_cast<OnlineCaType>(type);
    r.optional_text("online_ca_hostname", c.online_ca_hostname,
                    "Online CA Hostname; for a Microsoft CA it is for the trace only, cesd has its own");
    r.integer("online_ca_port", c.online_ca_port, 1, 65535, "Online CA Port");
    r.optional_text("online_ca_template", c.online_ca_template, "Online CA Template, for the trace: cesd has its own");
    r.optional_text("certificate_enrollment_profile_label", c.enrollment_profile_label,
                    "Certificate Enrollment Profile Label: path segment before the EST operation");
    const auto& label = c.enrollment_profile_label;
    if (label.size() > 128 || percent_encode(label) != label)
        r.problem("certificate_enrollment_profile_label", "expected at most 128 letters, digits or - . _ ~");
    if (c.online() && c.online_ca_type == OnlineCaType::est && c.online_ca_hostname.empty())
        r.problem("online_ca_hostname", "expected the EST server's name, as in its certificate");
}

void read_service_parameters(Reader& r, Config& config) {
    ServiceParameters& c = config.service;
    auto issuer = static_cast<std::size_t>(c.certificate_issuer);
    r.choice("certificate_issuer_to_endpoint", issuer, {"capf", "offline", "online"},
             "Certificate Issuer to Endpoint: who signs LSCs");
    c.certificate_issuer = static_cast<CertificateIssuer>(issuer);
    r.integer("duration_of_certificate_validity", c.validity_days, 1, 1825,
              "Duration Of Certificate Validity (in days) of LSCs that CAPF signs");
    r.seconds("lab_certificate_validity", c.lab_validity, 0, 86400,
              "seconds instead of those days, for labs that watch LSCs expire; 0 = off");
    r.number_choice("key_size", c.key_size, {512, 1024, 2048, 3072, 4096},
                    "Key Size: RSA bits of an operation that names none");
    auto minutes = std::chrono::duration_cast<std::chrono::minutes>(config.protocol.key_generation_timeout).count();
    r.integer("maximum_allowable_time_for_key_generation", minutes, 1, 1440,
              "Maximum Allowable Time For Key Generation (minutes)");
    config.protocol.key_generation_timeout = std::chrono::minutes(minutes);
    r.integer("maximum_allowable_attempts_for_key_generation", config.protocol.key_generation_attempts, 1, 100,
              "Maximum Allowable Attempts for Key Generation: how often REQUEST_IN_PROGRESS starts that time again");
    read_online_ca(r, c);
}

void read_enterprise_parameters(Reader& r, EnterpriseParameters& c) {
    r.integer("capf_operation_expires_in", c.operation_expires_days, 1, 365,
              "CAPF Operation Expires in (days): deadline of an operation that is armed without one");
    r.integer("keep_alive", c.keep_alive_minutes, 5, 60,
              "minutes of silence on a phone's connection before TCP asks whether the phone is still there");
    r.boolean("enable_ipv6", c.enable_ipv6, "Enable IPv6: false refuses phones that come over IPv6");
}

void read_est(Reader& r, EstConfig& c, const ServiceParameters& service) {
    r.live({"host", "port", "path", "trust", "user", "password_file", "client_certificate", "client_key",
            "preemptive_auth", "accept_cmc_ra", "connect_timeout", "read_timeout", "total_timeout",
            "maximum_tls_version", "resolve"});
    const bool direct = service.online_ca_type == OnlineCaType::est;
    r.content("client_certificate", c.client_certificate_file,
              "PEM, leaf first: client certificate that an EST Supported CA may ask for");
    if (!c.client_certificate_file.empty()) r.require("client_key");
    r.secret("client_key", c.client_key, "its key, PEM, not readable by others");
    if (service.online()) {
        r.require("trust");
        if (!direct) r.require("host");
        if (!direct || c.client_certificate_file.empty())
            for (const auto* key : {"user", "password_file"}) r.require(key);
    }
    r.text("host", c.host, "EST server's name, as in its certificate");
    r.integer("port", c.port, 1, 65535, "EST server's port");
    r.text("path", c.path, "URL path before the operation");
    if (c.path.front() != '/' || c.path.back() == '/')
        r.problem("path", "expected a path that starts with / and does not end in /");
    r.content("trust", c.trust_file, "PEM file of trusted certificates");
    r.text("user", c.user, "CA account");
    if (c.user.find(':') != std::string::npos) r.problem("user", "HTTP Basic cannot carry a colon in a user name");
    r.secret("password_file", c.password, "file whose first line is the password");
    r.boolean("preemptive_auth", c.preemptive_auth, "send credentials with the first request");
    r.boolean("accept_cmc_ra", c.accept_cmc_ra,
              "a server certificate with the key purpose id-kp-cmcRA need not be for `host`");
    r.seconds("connect_timeout", c.connect_timeout, 0.1, 3600, "name, TCP and TLS");
    r.seconds("read_timeout", c.read_timeout, 0.1, 3600, "one request");
    r.seconds("total_timeout", c.total_timeout, 0, 7200,
              "one enrolment, without and with credentials; 0 = read_timeout for each request");
    r.integer("max_concurrent", c.max_concurrent, 1, 10'000, "enrolments at the same time");
    std::size_t version = c.maximum_tls_version.empty() ? 0 : 1;
    r.choice("maximum_tls_version", version, {"", "1.2"}, "newest TLS version to offer; \"\" = newest there is");
    c.maximum_tls_version = version == 0 ? "" : "1.2";
    r.text_map("resolve", c.resolve, "host name to address");
}

void read_root(Reader& r, Config& c) {
    for (const auto* key : {"tls", "database", "admin_socket", "spool_directory", "logs"}) r.require(key);
    r.live({"tls", "phone_trust", "protocol", "signing_phones", "allow_unsigned_requests", "allow_rsa_512",
            "default_model", "service_parameters", "enterprise_parameters", "renewal", "bulk", "drain_timeout"});
    process::read_log_level(r, c.log_level);
    r.object(
        "listen", [&](Reader& o) { process::read_listener(o, c.listen); }, "where phones connect");
    r.object(
        "metrics", [&](Reader& o) { process::read_metrics(o, c.metrics); }, "Prometheus' metrics, and health");
    r.object(
        "tls", [&](Reader& o) { read_tls(o, c.tls); }, "certificate and TLS policy");
    r.integer("loops", c.loops, 0, 256, "event loops; 0 = one per core");
    r.integer("workers", c.workers, 1, 256, "threads for file and key work");
    r.path("database", c.database, "SQLite file");
    r.content("phone_trust", c.phone_trust, "directory of certificates that may vouch for a phone's LSC or MIC");
    r.path("admin_socket", c.admin_socket, "Unix domain socket of capfctl");
    r.path("spool_directory", c.spool_directory, "requests and certificates on their way");
    r.object(
        "logs",
        [&](Reader& o) {
            o.require("sdi");
            o.path("sdi", c.sdi_log, "CAPF SDI trace");
        },
        "log files");
    r.object(
        "protocol", [&](Reader& o) { read_protocol(o, c.protocol); }, "how to speak to phones");
    r.texts("signing_phones", c.signing_phones, "name prefixes of phones that know the sign exchange");
    r.boolean("allow_unsigned_requests", c.allow_unsigned_requests, "ask with id-alg-noSignature for other phones");
    r.boolean("allow_rsa_512", c.allow_rsa_512, "let devices be armed for RSA keys of 512 bits");
    r.optional_text("default_model", c.default_model, "model of devices added without one");
    r.object(
        "service_parameters", [&](Reader& o) { read_service_parameters(o, c); }, "CUCM's service parameters of CAPF");
    r.object(
        "enterprise_parameters", [&](Reader& o) { read_enterprise_parameters(o, c.enterprise); },
        "CUCM's enterprise parameters that concern CAPF");
    if (c.service.online()) r.require("est");
    r.object(
        "est", [&](Reader& o) { read_est(o, c.est, c.service); }, "EST server of the Online CA");
    r.object(
        "renewal", [&](Reader& o) { renewal::read_settings(o, c.renewal); }, "automatic renewal, and alarms");
    r.object(
        "bulk", [&](Reader& o) { bulk::read_settings(o, c.bulk); }, "jobs for many devices");
    r.object(
        "cluster", [&](Reader& o) { cluster::read_settings(o, c.cluster); }, "several capfd on one database");
    r.object(
        "axl", [&](Reader& o) { axl::read_config(o, c.axl); }, "AXL for scripts");
    r.seconds("drain_timeout", c.drain_timeout, 0, 3600, "grace for running sessions at shutdown");
}

}  // namespace

Config read_config(const std::string& path) {
    Config config;
    config.source.file = path;
    config.source.values = Reader::read_file(path, "capfd", [&](Reader& reader) { read_root(reader, config); });
    return config;
}

std::string config_schema() {
    Config config;
    return Reader::schema("capfd", [&](Reader& reader) { read_root(reader, config); });
}

}  // namespace opencapf::capf
