// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/base/bytes.hpp"
#include "opencapf/x509/certificate.hpp"

#include <openssl/types.h>
#include <vector>

/// What ties a message to one TLS connection; see net::Stream for the meaning. `ssl` has ended its handshake.
namespace opencapf::net {

std::vector<x509::Certificate> peer_chain(const SSL* ssl);
Bytes tls_unique(SSL* ssl);
Bytes tls_exporter(SSL* ssl);

}  // namespace opencapf::net
