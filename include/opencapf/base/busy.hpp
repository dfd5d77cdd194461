// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>

namespace opencapf {

/// Claims `flag` for as long as it lives, unless somebody else has: for work that is done once at a time.
class Busy {
public:
    explicit Busy(std::atomic<bool>& flag) : flag_(flag), first_(!flag.exchange(true)) {}
    ~Busy() {
        if (first_) flag_ = false;
    }
    Busy(const Busy&) = delete;
    Busy& operator=(const Busy&) = delete;
    /// The claim is ours.
    [[nodiscard]] bool first() const noexcept { return first_; }

private:
    std::atomic<bool>& flag_;
    const bool first_;
};

}  // namespace opencapf
