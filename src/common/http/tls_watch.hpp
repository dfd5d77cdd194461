// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <openssl/types.h>
#include <string>

namespace opencapf::http {

/// What libcurl does not look at in a TLS connection.
struct TlsWatch {
    std::string host;             ///< in: name that the server's certificate has to be for, see accept_name_or_role
    bool close_notified = false;  ///< out: the peer said that it has sent everything
    std::string refused;          ///< out: the certificate that verification stopped at, "SUBJECT, issued by ISSUER"
};

/// Notes the peer's close_notify, and the certificate that is refused, in `watch`, which must outlive the connections
/// of `context`.
void watch_connection(SSL_CTX* context, TlsWatch& watch);

/// After watch_connection(): makes `context` refuse a server whose certificate neither is for `watch.host` nor has the
/// key purpose id-kp-cmcRA (RFC 7030 section 3.6.1).
void accept_name_or_role(SSL_CTX* context);

}  // namespace opencapf::http
