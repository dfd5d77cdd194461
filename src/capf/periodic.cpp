// SPDX-License-Identifier: Apache-2.0
#include "capf/periodic.hpp"

#include "opencapf/log/operator_log.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>

namespace opencapf::capf {
namespace {

constexpr net::Duration kAfterTrouble{60'000};
constexpr net::Duration kSlice{1'000};  // a sleep cannot be cut short: how long wake() may take

}  // namespace

struct Periodic::State {
    State(net::Loop& l, std::string n, Round r) : loop(l), name(std::move(n)), round(std::move(r)) {}

    bool begin() {
        const std::lock_guard lock(mutex);
        running = !stopping;
        return running;
    }
    void end() {
        {
            const std::lock_guard lock(mutex);
            running = false;
        }
        ended.notify_all();
    }

    net::Loop& loop;
    const std::string name;
    const Round round;
    std::mutex mutex;
    std::condition_variable ended;
    bool running = false, stopping = false;
    std::atomic<bool> woken{false};
};

Periodic::Periodic(net::Loop& loop, std::string name, Round round)
    : state_(std::make_shared<State>(loop, std::move(name), std::move(round))) {}

Periodic::~Periodic() = default;

void Periodic::start() {
    state_->loop.spawn([state = state_] { return run(state); });
}

void Periodic::wake() { state_->woken = true; }

void Periodic::stop() {
    std::unique_lock lock(state_->mutex);
    state_->stopping = true;
    state_->ended.wait(lock, [this] { return !state_->running; });
}

// Between two rounds it sleeps; there the end of the loops may destroy it.
Task<> Periodic::run(std::shared_ptr<State> state) {
    while (state->begin()) {
        net::Duration pause = kAfterTrouble;
        std::string trouble;
        try {
            pause = co_await state->round();
        } catch (const std::exception& error) {
            trouble = error.what();
        }
        if (!trouble.empty()) log::error(state->name + ": " + trouble);
        state->end();
        while (pause.count() > 0 && !state->woken.exchange(false)) {
            const net::Duration slice = std::min(pause, kSlice);
            co_await state->loop.sleep(slice);
            pause -= slice;
        }
    }
}

}  // namespace opencapf::capf
