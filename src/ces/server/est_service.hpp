// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ces/log/log_book.hpp"
#include "ces/shared.hpp"
#include "opencapf/net/loop.hpp"

#include <algorithm>
#include <thread>

namespace opencapf::ces {

/// What all EST connections share beside the policy. Outlives them.
struct EstService {
    EstService(Shared& shared_state, LogBook& log_book) : shared(shared_state), logs(log_book) {}

    Shared& shared;
    LogBook& logs;
    /// Keys and password hashes: two threads at most, so that they never starve the loops.
    net::WorkPool pool{std::clamp(std::thread::hardware_concurrency(), 1U, 2U)};
};

}  // namespace opencapf::ces
