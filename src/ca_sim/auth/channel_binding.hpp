// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "md4.hpp"
#include "opencapf/base/bytes.hpp"

namespace opencapf::ca_sim {

/// IIS's Extended Protection for Windows authentication: does a log-in belong to the TLS connection it comes over?
enum class ExtendedProtection {
    off,
    allow,   ///< a wrong binding is refused, none is fine
    require  ///< no log-in without the right one
};

/// What the log-ins of one connection must be bound to.
struct ChannelBinding {
    ExtendedProtection policy = ExtendedProtection::off;
    Bytes server_end_point;  ///< RFC 5929 section 4.1: hash of the server's certificate; empty without TLS

    /// "tls-server-end-point:" and the hash: the application data of GSS-API's channel bindings.
    [[nodiscard]] Bytes application_data() const;
    /// The value of NTLM's AV pair 10: MD5 of the bindings as a structure (MS-NLMP 3.1.5.1.2, certsrv.md 4.2).
    [[nodiscard]] Digest16 ntlm_value() const;
    /// Does the policy accept an AV pair 10 with this value? Absent and all zero mean that the client has none.
    [[nodiscard]] bool accepts(ByteView ntlm_value_of_client) const;
};

}  // namespace opencapf::ca_sim
