// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/base/check.hpp"
#include "opencapf/base/clock.hpp"
#include "opencapf/net/stream.hpp"

#include <map>
#include <memory>
#include <string>

namespace opencapf::net {

/// What the steps of an endpoint check are called in Check::what.
namespace endpoint_step {
inline constexpr const char *kDns = "DNS", *kTcp = "TCP", *kTls = "TLS", *kIssuer = "certificate: issuer",
                            *kName = "certificate: name", *kDates = "certificate: dates";
}  // namespace endpoint_step

/// A TLS server, and what its clients here know of it.
struct EndpointQuestion {
    std::string host;
    std::uint16_t port = 443;
    std::map<std::string, std::string> resolve;     ///< name -> address or other name, instead of DNS
    std::shared_ptr<const x509::TrustStore> trust;  ///< not null
    std::string trust_place;                        ///< for texts: "the trust directory /x"
    std::string maximum_tls_version;                ///< "1.2", or empty = newest
    bool role_is_enough = false;                    ///< the purpose id-kp-cmcRA replaces the name (RFC 7030 3.6.1)
    Duration timeout{10'000};                       ///< of each step
    WallClock clock = std::chrono::system_clock::now;
};

struct EndpointAnswer {
    Checks checks;         ///< one for each of endpoint_step, in that order
    bool genuine = false;  ///< the certificate is of a trusted issuer and for this name
    bool usable = false;   ///< and valid now: a client of ours would speak to it
    /// After the handshake; null without one. Nobody has been verified on it: nothing secret may go over it.
    std::unique_ptr<Stream> stream;
};

/// Name, TCP, TLS, and the certificates that are shown, each judged by itself: the handshake goes through whatever they
/// are. What could not be tried because an earlier step failed is unknown. Nothing blocks the loop; each step takes at
/// most `timeout`. At most eight addresses are tried, one after the other, within that time.
Task<EndpointAnswer> check_endpoint(Loop& loop, EndpointQuestion question);

/// "12 ms", "0.3 ms".
std::string milliseconds_text(std::chrono::steady_clock::duration time);

}  // namespace opencapf::net
