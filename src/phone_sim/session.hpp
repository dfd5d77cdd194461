// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/net/stream.hpp"
#include "phone_sim/memory.hpp"
#include "phone_sim/options.hpp"
#include "phone_sim/result.hpp"

#include <atomic>

namespace opencapf::phone_sim {

/// What a session needs around it; all must outlive it.
struct SessionContext {
    net::Loop& loop;
    net::WorkPool& pool;  ///< for keys, signatures and the disk
    const net::TlsClientContext& tls;
    /// Called on the loop with what the phone's screen would show; may be empty.
    const std::function<void(std::string_view)>& show;
    /// When it becomes true no further attempt begins; nullptr = never.
    const std::atomic<bool>* stop = nullptr;
};

/// One connection to `server`, from connect to END_SESSION. `options` and `memory` must outlive the task.
Task<SessionResult> run_session(SessionContext context, const PhoneOptions& options, Server server, Memory& memory);

}  // namespace opencapf::phone_sim
