// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "phone_sim/phone.hpp"

#include <queue>

namespace opencapf::phone_sim {

/// Starts the phones of one loop when they are due, never more than `limit` at a time; may give a phone another turn.
/// Lives on its loop: everything but construction and schedule() before start() happens on the loop's thread.
class Dispatcher {
public:
    using Clock = std::chrono::steady_clock;
    struct Turn {
        Clock::time_point due;
        std::size_t phone = 0;
        friend bool operator>(const Turn& a, const Turn& b) {
            return std::tie(a.due, a.phone) > std::tie(b.due, b.phone);
        }
    };
    /// Runs one phone; gives when its next turn is, or nothing.
    using Run = std::function<Task<std::optional<Clock::time_point>>(std::size_t phone, Clock::time_point due)>;

    /// `stop`, when it becomes true, drops what has not begun. All must outlive the dispatcher.
    Dispatcher(net::Loop& loop, std::size_t limit, Run run, const std::atomic<bool>& stop);
    void schedule(Turn turn) { turns_.push(turn); }
    /// `ended` is called on the loop once nothing is left to do.
    void start(std::function<void()> ended);

private:
    Task<> tick(std::function<void()> ended);
    Task<> take_turn(Turn turn);
    void pump();

    net::Loop& loop_;
    std::size_t limit_;
    Run run_;
    const std::atomic<bool>& stop_;
    std::priority_queue<Turn, std::vector<Turn>, std::greater<>> turns_;
    std::size_t running_ = 0;
};

}  // namespace opencapf::phone_sim
