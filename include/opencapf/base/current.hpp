// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <mutex>
#include <utility>

namespace opencapf {

/// A value that is replaced as a whole while others read it: whoever has got one keeps it for its work. Thread-safe.
template <class T>
class Current {
public:
    Current() = default;
    explicit Current(T value) : value_(std::make_shared<const T>(std::move(value))) {}

    /// Null before the first set().
    [[nodiscard]] std::shared_ptr<const T> get() const {
        const std::lock_guard lock(mutex_);
        return value_;
    }
    void set(std::shared_ptr<const T> value) {
        const std::lock_guard lock(mutex_);
        value_.swap(value);  // the old one is destroyed after the lock
    }

private:
    mutable std::mutex mutex_;
    std::shared_ptr<const T> value_;
};

}  // namespace opencapf
