// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/base/secret.hpp"
#include "opencapf/capf_protocol/phone_session.hpp"
#include "opencapf/net/stream.hpp"
#include "phone_sim/phone_store.hpp"

namespace opencapf::phone_sim {

/// Deliberate misbehaviour, for tests of the server.
enum class Fault { none, wrong_session, garbage_key, store_failure, disconnect_after, split_records };

struct PhoneOptions {
    std::string name;
    capf_protocol::PhoneProfile profile = capf_protocol::kProfileV3;
    std::optional<Secret> auth_string;  ///< nothing = null string
    std::string host;
    std::uint16_t port = 3804;
    net::Duration key_delay{0};     ///< a slow phone: waits this long before it answers with its key
    net::Duration timeout{60'000};  ///< for the connection, and for each frame of the server
    int attempts = 3;               ///< connections in all when communication fails
    net::Duration retry_interval{30'000};
    Fault fault = Fault::none;
    int fault_after = 0;  ///< disconnect_after: frames sent before the phone leaves
};

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
std::string_view to_string(Outcome outcome) noexcept;

enum class Operation { none, install, fetch, remove };
std::string_view to_string(Operation operation) noexcept;

struct SessionResult {
    Outcome outcome = Outcome::failed;
    Operation operation = Operation::none;  ///< what the server asked for
    std::string detail;                     ///< for the operator: why, when outcome is not done
    std::optional<capf_protocol::Reason> end_reason;
    bool changed = false;                  ///< the phone has a new LSC, or none any more, whatever the server thinks
    std::optional<x509::Certificate> lsc;  ///< the one installed in this session
    std::uint32_t session_id = 0;
    std::string tls_version;
    /// When the outcome was known, i.e. END_SESSION had come or something had failed; closing is not counted.
    std::chrono::steady_clock::time_point finished{};
};

/// What a session needs around it; all must outlive it.
struct SessionContext {
    net::Loop& loop;
    net::WorkPool& pool;  ///< for keys, signatures and the disk
    const net::TlsClientContext& tls;
    /// Called on the loop with what the phone's screen would show; may be empty.
    const std::function<void(std::string_view)>& show;
};

/// Where a phone's key and LSC live: on disk, or in memory until a benchmark's clock has stopped. Called on the pool.
struct Memory {
    std::function<std::optional<x509::Certificate>()> lsc;
    std::function<void(const x509::PrivateKey&, const x509::Certificate&)> save;
    std::function<bool()> remove;
    /// A key made beforehand for this request, or nothing; called on the pool.
    std::function<std::optional<x509::PrivateKey>(const capf_protocol::KeySpec&)> prepared_key;
};
Memory disk_memory(PhoneStore store);

/// One connection to the server, from connect to END_SESSION. `options` and `memory` must outlive the task.
Task<SessionResult> run_session(SessionContext context, const PhoneOptions& options, const Memory& memory);

}  // namespace opencapf::phone_sim
