// SPDX-License-Identifier: Apache-2.0
#include "capf/config.hpp"

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
    r.seconds("key_generation_timeout", c.key_generation_timeout, 0.1, 86400, "wait for the phone's key");
    r.integer("key_generation_attempts", c.key_generation_attempts, 1, 100, "how often IN_PROGRESS restarts that wait");
    r.seconds("sign_timeout", c.sign_timeout, 0.1, 3600, "wait for the phone's signature");
    r.seconds("store_timeout", c.store_timeout, 0.1, 3600, "wait for the phone's confirmation");
    r.seconds("write_timeout", c.write_timeout, 0.1, 300, "sending one frame");
}

void read_online_ca(Reader& r, Config& c) {
    r.text("hostname", c.ca_hostname, "Online CA Hostname");
    r.integer("port", c.ca_port, 1, 65535, "Online CA Port");
    r.text("template", c.ca_template, "Online CA Template");
}

void read_est(Reader& r, EstConfig& c) {
    for (const auto* key : {"host", "trust", "user", "password_file"}) r.require(key);
    r.live({"host", "port", "path", "trust", "user", "password_file", "preemptive_auth", "connect_timeout",
            "read_timeout", "maximum_tls_version", "resolve"});
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
    r.seconds("connect_timeout", c.connect_timeout, 0.1, 3600, "name, TCP and TLS");
    r.seconds("read_timeout", c.read_timeout, 0.1, 3600, "one request");
    r.integer("max_concurrent", c.max_concurrent, 1, 10'000, "enrolments at the same time");
    std::size_t version = c.maximum_tls_version.empty() ? 0 : 1;
    r.choice("maximum_tls_version", version, {"", "1.2"}, "newest TLS version to offer; \"\" = newest there is");
    c.maximum_tls_version = version == 0 ? "" : "1.2";
    r.text_map("resolve", c.resolve, "host name to address");
}

void read_root(Reader& r, Config& c) {
    for (const auto* key : {"tls", "database", "admin_socket", "spool_directory", "logs", "est"}) r.require(key);
    r.live({"tls", "protocol", "signing_phones", "allow_unsigned_requests", "allow_rsa_512", "default_model",
            "drain_timeout"});
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
        "online_ca", [&](Reader& o) { read_online_ca(o, c); }, "service parameters for the trace");
    r.object(
        "est", [&](Reader& o) { read_est(o, c.est); }, "EST server");
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
