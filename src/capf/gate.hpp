// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/net/loop.hpp"

#include <deque>

namespace opencapf::capf {

/// Lets a bounded number of tasks of one loop through at a time, first come, first served. A CA that gets more requests
/// than it can answer within the EST time-out answers none of them; waiting here costs no time-out. Lives on its loop.
class Gate {
public:
    Gate(net::Loop& loop, std::size_t width);
    ~Gate();

    /// Leaves the gate when it goes.
    class Pass {
    public:
        explicit Pass(Gate& gate) : gate_(gate) {}
        ~Pass() { gate_.leave(); }
        Pass(const Pass&) = delete;
        Pass& operator=(const Pass&) = delete;

    private:
        Gate& gate_;
    };
    /// Waits for a place; the caller then makes a Pass at once.
    Task<> enter();

private:
    struct Waiter;
    void leave();
    net::Loop& loop_;
    std::size_t free_;
    std::deque<Waiter*> waiting_;
};

}  // namespace opencapf::capf
