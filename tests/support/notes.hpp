// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

namespace opencapf::test {

/// What sessions and events told, in order; waits for it instead of sleeping.
class Notes {
public:
    void add(std::string note) {
        const std::lock_guard lock(mutex_);
        notes_.push_back(std::move(note));
        changed_.notify_all();
    }
    /// A note that holds `part`; false after 20 s.
    bool wait_for(const std::string& part) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, std::chrono::seconds(20), [&] {
            return std::any_of(notes_.begin(), notes_.end(),
                               [&](const std::string& note) { return note.find(part) != std::string::npos; });
        });
    }
    std::vector<std::string> all() {
        const std::lock_guard lock(mutex_);
        return notes_;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::string> notes_;
};

}  // namespace opencapf::test
