// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/x509/request.hpp"

namespace opencapf::ces {

/// What of a TLS connection a request can be tied to; empty where the connection has it not.
struct ChannelBinding {
    Bytes tls_unique;    ///< TLS 1.2 with extended master secret
    Bytes tls_exporter;  ///< TLS 1.3
};

enum class Pop {
    absent,     ///< the request is tied to nothing
    valid,      ///< it is tied to this very connection
    mismatch,   ///< to something else
    unbindable  ///< this connection has nothing a request could be tied to
};

/// RFC 7030 section 3.5: challengePassword, or RFC 7894's estIdentityLinking where there is one, must be the base64 of
/// tls-unique (TLS 1.2) or of tls-exporter (TLS 1.3: RFC 9266, by the rule RFC 9148 has for DTLS 1.3). Plain function.
Pop check_pop(const x509::CertificateRequest& csr, const ChannelBinding& binding);

}  // namespace opencapf::ces
