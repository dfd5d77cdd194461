// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "socket_stream.hpp"

namespace opencapf::net {

/// TLS on a connected socket as server or client; the handshake is done. Errors: timeout, closed, tls.
Task<Result<std::unique_ptr<Stream>>> shake_hands(Tcp::socket socket, SSL_CTX* context, bool server,
                                                  std::string server_name, Duration timeout);

}  // namespace opencapf::net
