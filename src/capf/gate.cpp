// SPDX-License-Identifier: Apache-2.0
#include "capf/gate.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace opencapf::capf {

namespace asio = boost::asio;

struct Gate::Waiter {
    explicit Waiter(Gate& g) : gate(g), turn(g.loop_.context()) {
        turn.expires_at(std::chrono::steady_clock::time_point::max());
        gate.waiting_.push_back(this);
    }
    ~Waiter() { std::erase(gate.waiting_, this); }
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;

    Gate& gate;
    asio::steady_timer turn;  // never expires; cancelled when the place is this waiter's
    bool admitted = false;
};

Gate::Gate(net::Loop& loop, std::size_t width) : loop_(loop), free_(width) {}
Gate::~Gate() = default;

Task<> Gate::enter() {
    if (free_ > 0) {
        --free_;
        co_return;
    }
    Waiter waiter(*this);
    while (!waiter.admitted) {
        const auto woken = co_await waiter.turn.async_wait(asio::as_tuple(asio::use_awaitable));
        static_cast<void>(woken);  // always "cancelled": that is the signal
    }
}

void Gate::leave() {
    if (waiting_.empty()) {
        ++free_;
        return;
    }
    Waiter* next = waiting_.front();  // the place goes from hand to hand
    waiting_.pop_front();
    next->admitted = true;
    next->turn.cancel();
}

}  // namespace opencapf::capf
