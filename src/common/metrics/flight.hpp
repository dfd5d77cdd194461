// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/net/loop.hpp"

#include <chrono>
#include <functional>
#include <list>

namespace opencapf::metrics {

/// A piece of work that may get stuck (a disk, a busy loop), run for whoever wants its effect: at most one run at a
/// time, and nobody waits for it longer than they want to. Lives on its loop.
class Flight {
public:
    using Deadline = std::chrono::steady_clock::time_point;
    Flight(net::Loop& loop, std::function<Task<>()> work);
    ~Flight();

    /// Starts a run, unless one is under way; returns its number. It may have ended before this returns.
    std::uint64_t start();
    /// Waits for the end of run `number`. False: it has not ended by `deadline`.
    Task<bool> landed(std::uint64_t number, Deadline deadline);

private:
    struct Waiter;
    Task<> run();
    net::Loop& loop_;
    const std::function<Task<>()> work_;
    bool running_ = false;
    std::uint64_t ended_ = 0;  // runs so far
    std::list<Waiter*> waiters_;
};

}  // namespace opencapf::metrics
