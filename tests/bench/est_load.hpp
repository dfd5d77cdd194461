// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

/// EST clients that do nothing but ask: plain OpenSSL on blocking sockets, so that they cost little beside the server.
namespace opencapf::bench {

struct Load {
    std::uint16_t port = 0;
    int clients = 8;                  ///< threads
    double seconds = 5;               ///< of one run
    std::string authorization;        ///< value of the header
    std::vector<std::string> bodies;  ///< base64 requests, each used once in a run
};

enum class Connections { one_per_request, kept };

struct LoadResult {
    double per_second = 0;  ///< answers with 200
    std::size_t failed = 0;
};

/// Asks for simpleenroll until the time is over or all bodies are used. TLS 1.2, no resumption, certificates are not
/// checked: that would be the client's time. Throws std::runtime_error when the server cannot be reached at all.
LoadResult run_load(const Load& load, Connections connections);

/// CPU milliseconds of what cannot be avoided, with P-256 and TLS 1.2.
struct Floor {
    double handshake_ms = 0;  ///< both sides of a full handshake, in memory
    double enrolment_ms = 0;  ///< the request's signature verified, the certificate signed, its chain checked once
};
Floor measure_floor();

}  // namespace opencapf::bench
