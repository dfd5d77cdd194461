// SPDX-License-Identifier: Apache-2.0
#include "flight.hpp"

#include "opencapf/log/operator_log.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <string>
#include <utility>

namespace opencapf::metrics {

namespace asio = boost::asio;

struct Flight::Waiter {
    Waiter(Flight& f, Deadline deadline) : flight(f), timer(f.loop_.context(), deadline) {
        flight.waiters_.push_back(this);
    }
    ~Waiter() { flight.waiters_.remove(this); }
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;

    Flight& flight;
    asio::steady_timer timer;  // cancelled when a run ends
};

Flight::Flight(net::Loop& loop, std::function<Task<>()> work) : loop_(loop), work_(std::move(work)) {}
Flight::~Flight() = default;

std::uint64_t Flight::start() {
    const std::uint64_t number = ended_ + 1;
    if (std::exchange(running_, true)) return number;
    loop_.spawn([this] { return run(); });
    return number;
}

Task<bool> Flight::landed(std::uint64_t number, Deadline deadline) {
    Waiter waiter(*this, deadline);
    while (ended_ < number && std::chrono::steady_clock::now() < deadline) {
        const auto woken = co_await waiter.timer.async_wait(asio::as_tuple(asio::use_awaitable));
        static_cast<void>(woken);  // the run ended, or time is up: the loop's condition tells
    }
    co_return ended_ >= number;
}

Task<> Flight::run() {
    std::string defect;
    try {
        co_await work_();
    } catch (const std::exception& error) {
        defect = error.what();
    }
    if (!defect.empty()) log::error("metrics: " + defect);
    running_ = false;
    ++ended_;
    for (Waiter* waiter : waiters_) waiter->timer.cancel();
}

}  // namespace opencapf::metrics
