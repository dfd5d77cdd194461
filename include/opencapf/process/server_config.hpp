// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/config/reader.hpp"
#include "opencapf/http/server.hpp"
#include "opencapf/log/operator_log.hpp"
#include "opencapf/metrics/server.hpp"
#include "opencapf/net/listener.hpp"

namespace opencapf::process {

// What the configuration files of all daemons have in common, so that the same thing has the same name everywhere.

/// "log_level" of the daemon's own log.
void read_log_level(config::Reader& reader, log::Level& target);
/// "listen": address, port, backlog, max_connections, handshake_timeout.
void read_listener(config::Reader& reader, net::ListenerConfig& target);
/// "metrics": enabled, address, port.
void read_metrics(config::Reader& reader, metrics::ServerConfig& target);
/// "tls": certificate and private_key, both required, and lab_tls_key_log.
void read_server_tls(config::Reader& reader, net::TlsServerConfig& target);
/// What of TLS is spoken: minimum_version, maximum_version, ciphers, ciphersuites, groups, session_resumption.
void read_tls_policy(config::Reader& reader, net::TlsServerConfig& target);
/// Bounds of an HTTP server: max_head_bytes, max_body_bytes, max_requests_per_connection, idle_timeout, head_timeout,
/// body_timeout, write_timeout.
void read_http_limits(config::Reader& reader, http::ServerLimits& target);
/// `configured`, or one for each processor when it is 0.
std::size_t or_processors(std::size_t configured) noexcept;
/// Tells the operator log about connections that became no session.
net::ListenerEvents operator_log_events();

}  // namespace opencapf::process
