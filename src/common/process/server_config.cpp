// SPDX-License-Identifier: Apache-2.0
#include "opencapf/process/server_config.hpp"

#include "opencapf/net/tls_key_log.hpp"
#include "opencapf/process/reload.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <thread>

namespace opencapf::process {

void read_log_level(config::Reader& reader, log::Level& target) {
    auto index = static_cast<std::size_t>(target);
    reader.live({"log_level"});
    reader.choice("log_level", index, log::level_names(), "least important lines of the daemon's own log");
    target = static_cast<log::Level>(index);
}

void read_listener(config::Reader& reader, net::ListenerConfig& target) {
    reader.text("address", target.address, "numeric address to listen on");
    reader.integer("port", target.port, 0, 65535, "TCP port; 0 lets the system choose");
    reader.integer("backlog", target.backlog, 1, 65535, "connections waiting to be accepted");
    reader.integer("max_connections", target.max_connections, 1, 1'000'000, "connections served at once");
    reader.seconds("handshake_timeout", target.handshake_timeout, 0.1, 3600, "TLS handshake");
}

void read_metrics(config::Reader& reader, metrics::ServerConfig& target) {
    reader.boolean("enabled", target.enabled, "serve /metrics, /healthz and /readyz");
    reader.text("address", target.address, "numeric address; it is plain HTTP, so not one that strangers reach");
    reader.integer("port", target.port, 0, 65535, "TCP port; 0 lets the system choose");
}

void read_server_tls(config::Reader& reader, net::TlsServerConfig& target) {
    for (const auto* key : {"certificate", "private_key"}) reader.require(key);
    reader.content("certificate", target.certificate_file, "PEM, leaf first, then the chain to send");
    reader.secret("private_key", target.private_key, "PEM, not readable by others");
    // Of the process, not of this listener: apply_lab_switches() finds it among the values.
    std::string key_log;
    reader.path("lab_tls_key_log", key_log,
                "LAB ONLY: file for the TLS secrets of all connections, for Wireshark; made with mode 0600");
}

void read_tls_policy(config::Reader& reader, net::TlsServerConfig& target) {
    const std::vector<std::string> versions{"1.2", "1.3"};
    std::size_t minimum = target.minimum_version == "1.3" ? 1 : 0;
    std::size_t maximum = target.maximum_version == "1.2" ? 0 : 1;
    reader.choice("minimum_version", minimum, versions, "oldest TLS version");
    reader.choice("maximum_version", maximum, versions, "newest TLS version");
    if (minimum > maximum) reader.problem("minimum_version", "not above maximum_version");
    target.minimum_version = versions[minimum];
    target.maximum_version = versions[maximum];
    reader.optional_text("ciphers", target.ciphers, "OpenSSL's cipher list for TLS 1.2; empty: modern suites only");
    reader.optional_text("ciphersuites", target.ciphersuites, "cipher suites of TLS 1.3; empty: OpenSSL's default");
    reader.optional_text("groups", target.groups, "curves of the key exchange, P-256:P-384 say; empty: OpenSSL's");
    reader.boolean("session_resumption", target.session_resumption,
                   "let clients resume TLS sessions; never those with a client certificate");
}

void read_http_limits(config::Reader& reader, http::ServerLimits& target) {
    reader.integer("max_head_bytes", target.max_head_bytes, 1024, 1024 * 1024, "request line and headers; above: 431");
    reader.integer("max_body_bytes", target.max_body_bytes, 1024, 16 * 1024 * 1024, "request body; above: 413");
    reader.integer("max_requests_per_connection", target.max_requests_per_connection, 1, 1'000'000,
                   "requests before the connection is closed");
    reader.seconds("idle_timeout", target.idle_timeout, 0.1, 86400, "between two requests of one connection");
    reader.seconds("head_timeout", target.head_timeout, 0.1, 3600, "from the first byte of a request");
    reader.seconds("body_timeout", target.body_timeout, 0.1, 3600, "until the body is complete");
    reader.seconds("write_timeout", target.write_timeout, 0.1, 3600, "for one answer");
}

void apply_lab_switches(const config::Values& values) {
    const auto found = values.find("/tls/lab_tls_key_log");
    const auto file =
        found == values.end() ? std::string() : nlohmann::json::parse(found->second.text).get<std::string>();
    net::set_tls_key_log(file);
    if (!file.empty())
        log::warn("LAB ONLY: the secrets of all TLS connections are written to " + file +
                  " (tls/lab_tls_key_log): whoever has it can read them, passwords included");
}

std::size_t or_processors(std::size_t configured) noexcept {
    return configured > 0 ? configured : std::max<std::size_t>(1, std::thread::hardware_concurrency());
}

net::ListenerEvents operator_log_events() {
    net::ListenerEvents events;
    events.handshake_failed = [](const net::Endpoint& remote, const Error& error) {
        log::warn(remote.address + ": " + error.message);
    };
    events.refused_too_many = [](const net::Endpoint& remote) {
        log::warn(remote.address + " refused: too many connections (listen/max_connections)");
    };
    events.accept_failed = [](const Error& error) { log::error(error.message); };
    events.session_failed = [](const net::Endpoint& remote, const std::string& what) {
        log::error(remote.address + ": a session ended with a defect: " + what);
    };
    return events;
}

}  // namespace opencapf::process
