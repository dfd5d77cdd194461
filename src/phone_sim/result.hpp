// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/capf_protocol/codes.hpp"
#include "opencapf/x509/certificate.hpp"

#include <chrono>

namespace opencapf::phone_sim {

/// What became of the phone, in the order of the exit codes (cli.hpp).
enum class Outcome {
    done,            ///< the server's operation succeeded on the phone
    failed,          ///< the phone could not do it (key, store, certificate, disk)
    no_change,       ///< the server ended the session without an operation: nothing pending, or refused
    unknown_device,  ///< the server does not know the phone
    communication,   ///< could not connect, timeout, or the connection was lost
    untrusted,       ///< TLS failed: other certificate than trusted, no common version
    protocol,        ///< the server broke the protocol
};
inline constexpr std::size_t kOutcomes = 7;
std::string_view to_string(Outcome outcome) noexcept;

enum class Operation { none, install, fetch, remove };
std::string_view to_string(Operation operation) noexcept;

struct SessionResult {
    Outcome outcome = Outcome::failed;
    Operation operation = Operation::none;  ///< what the server asked for
    std::string detail;                     ///< for the operator: why, when outcome is not done
    std::optional<capf_protocol::Reason> end_reason;
    bool changed = false;  ///< the phone has a new LSC, or none any more, whatever the server thinks
    bool pending = false;  ///< the phone keeps a key whose certificate is still to come
    /// "null", "string", "lsc" or "mic"; empty when it did not come so far.
    std::string_view authenticated_with;
    std::optional<x509::Certificate> lsc;  ///< the one installed in this session
    std::uint32_t session_id = 0;
    std::string server;  ///< host:port
    std::string tls_version;
    /// When the outcome was known, i.e. END_SESSION had come or something had failed; closing is not counted.
    std::chrono::steady_clock::time_point finished{};
};

}  // namespace opencapf::phone_sim
