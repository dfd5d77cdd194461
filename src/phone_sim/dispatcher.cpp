// SPDX-License-Identifier: Apache-2.0
#include "phone_sim/dispatcher.hpp"

#include <algorithm>

namespace opencapf::phone_sim {

namespace {
// How soon the end of the last session, and a stop, are noticed.
constexpr net::Duration kLongestNap{50};
constexpr net::Duration kShortestNap{1};
}  // namespace

Dispatcher::Dispatcher(net::Loop& loop, std::size_t limit, Run run, const std::atomic<bool>& stop)
    : loop_(loop), limit_(limit), run_(std::move(run)), stop_(stop) {}

void Dispatcher::start(std::function<void()> ended) {
    loop_.spawn([this, ended = std::move(ended)] { return tick(ended); });
}

Task<> Dispatcher::tick(std::function<void()> ended) {
    while (true) {
        if (stop_) turns_ = {};
        pump();
        if (turns_.empty() && running_ == 0) break;
        auto nap = kLongestNap;
        if (!turns_.empty() && running_ < limit_) {
            nap = std::clamp(std::chrono::ceil<net::Duration>(turns_.top().due - Clock::now()), kShortestNap, nap);
        }
        co_await loop_.sleep(nap);
    }
    ended();
}

void Dispatcher::pump() {
    const auto now = Clock::now();
    while (running_ < limit_ && !turns_.empty() && turns_.top().due <= now && !stop_) {
        const Turn turn = turns_.top();
        turns_.pop();
        ++running_;
        loop_.spawn([this, turn] { return take_turn(turn); });
    }
}

Task<> Dispatcher::take_turn(Turn turn) {
    const auto next = co_await run_(turn.phone, turn.due);
    --running_;
    if (next) turns_.push({*next, turn.phone});
    pump();
}

}  // namespace opencapf::phone_sim
