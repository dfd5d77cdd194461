// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>
#include <future>
#include <thread>
#include <vector>

namespace opencapf::phone_sim {

/// Calls job(0) to job(count - 1) on all cores and waits. The first exception of a job comes back to the caller.
template <class Job>
void on_all_cores(std::size_t count, const Job& job) {
    std::atomic<std::size_t> next{0};
    const auto work = [&] {
        for (auto i = next++; i < count; i = next++) job(i);
    };
    std::vector<std::future<void>> workers;
    for (unsigned i = 0; i < std::max(1U, std::thread::hardware_concurrency()); ++i) {
        workers.push_back(std::async(std::launch::async, work));
    }
    for (auto& worker : workers) worker.wait();  // all of them, before one of them throws out of here
    for (auto& worker : workers) worker.get();
}

}  // namespace opencapf::phone_sim
