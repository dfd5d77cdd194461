// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/net/loop.hpp"

#include <exception>
#include <functional>
#include <future>
#include <utility>

namespace opencapf::test {

template <class T>
Task<> fulfil(std::function<Task<T>()> make, std::promise<T>& promise) {
    std::exception_ptr failure;
    try {
        if constexpr (std::is_void_v<T>) {
            co_await make();
            promise.set_value();
        } else {
            promise.set_value(co_await make());
        }
    } catch (const std::exception&) {
        failure = std::current_exception();
    }
    if (failure) promise.set_exception(failure);
}

/// Runs the task `make` gives on `loop` and waits for its result; an exception of the task comes back.
template <class T>
T run_on(net::Loop& loop, std::function<Task<T>()> make) {
    std::promise<T> promise;
    auto future = promise.get_future();
    loop.spawn([&] { return fulfil<T>(make, promise); });
    return future.get();
}

/// Runs `job` on the thread of `loop` and waits for it.
inline void run_plain(net::Loop& loop, const std::function<void()>& job) {
    std::promise<void> done;
    loop.post([&] {
        job();
        done.set_value();
    });
    done.get_future().wait();
}

}  // namespace opencapf::test
