// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/net/loop.hpp"

#include <functional>
#include <memory>
#include <string>

namespace opencapf::capf {

/// Work that comes again and again on one loop, never twice at a time. start() and stop() once each, from any thread
/// that is no loop.
class Periodic {
public:
    /// One round; gives the pause until the next. What it throws is logged, and the next round comes after a minute.
    using Round = std::function<Task<net::Duration>()>;
    /// `name` stands in the log. `loop` outlives this.
    Periodic(net::Loop& loop, std::string name, Round round);
    ~Periodic();
    void start();
    /// The next round comes within a second: what the pause was made of has changed. Thread-safe, does not wait.
    void wake();
    /// No round begins any more; waits for the one that runs. Blocks, and needs the loop to run still.
    void stop();

private:
    struct State;
    static Task<> run(std::shared_ptr<State> state);
    std::shared_ptr<State> state_;
};

}  // namespace opencapf::capf
