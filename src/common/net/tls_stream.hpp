// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/net/stream.hpp"

#include <boost/asio/ip/tcp.hpp>

namespace opencapf::net {

using Tcp = boost::asio::ip::tcp;

/// TLS on a connected socket as server or client; the handshake is done. Errors: timeout, closed, tls.
Task<Result<std::unique_ptr<Stream>>> shake_hands(Tcp::socket socket, SSL_CTX* context, bool server,
                                                  std::string server_name, Duration timeout);

Endpoint to_endpoint(const Tcp::endpoint& endpoint);

}  // namespace opencapf::net
