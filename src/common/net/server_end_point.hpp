// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/base/bytes.hpp"

#include <openssl/types.h>

namespace opencapf::net {

/// RFC 5929 section 4.1: the certificate's hash with the algorithm of its signature, but SHA-256 where that is MD5 or
/// SHA-1. SHA-256 also where the signature names no hash (Ed25519), which the RFC leaves open. Empty when OpenSSL
/// fails.
Bytes certificate_end_point(const X509* certificate);
/// The same of the server's certificate of a connection, whichever side we are; empty when there is none.
Bytes server_end_point(const SSL* ssl);

}  // namespace opencapf::net
