// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ces/auth/client_identity.hpp"
#include "ces/auth/static_accounts.hpp"
#include "ces/log/log_book.hpp"
#include "ces/shared.hpp"
#include "opencapf/net/loop.hpp"

#include <algorithm>
#include <thread>

namespace opencapf::ces {

/// What all EST connections share beside the policy. Outlives them.
struct EstService {
    EstService(Shared& shared_state, LogBook& log_book, WallClock clock)
        : shared(shared_state), logs(log_book), passwords(pool, std::move(clock)) {}

    Shared& shared;
    LogBook& logs;
    PasswordChecker passwords;
    /// Reads the files again; keeps the old lists, with a word in the log, when they cannot be read. Blocks.
    void read_lists(const CrlConfig& config);
    Current<x509::RevocationLists> lists;  ///< null: none are configured, or they could not be read yet
    // Last, so that it is joined before what its jobs work on goes.
    /// Keys and password hashes: two threads at most, so that they never starve the loops.
    net::WorkPool pool{std::clamp(std::thread::hardware_concurrency(), 1U, 2U)};
};

}  // namespace opencapf::ces
