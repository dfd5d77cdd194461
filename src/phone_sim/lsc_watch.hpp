// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/base/clock.hpp"
#include "opencapf/x509/certificate.hpp"

namespace opencapf::phone_sim {

/// Was one phone ever without a valid LSC, once it had its first? Told of every change, it needs no clock of its own.
class LscWatch {
public:
    /// What the phone has at the beginning; an LSC that is not valid then does not count as its first.
    void begin(const std::optional<x509::Certificate>& lsc, WallTime now);
    void installed(const x509::Certificate& lsc, WallTime now);
    void removed(WallTime now);
    /// Accounts for what has expired by `now`; the last call counts.
    void finish(WallTime now);

    [[nodiscard]] std::size_t installs() const noexcept { return installs_; }
    /// The phone had a first LSC, and has one that is valid now (at finish()).
    [[nodiscard]] bool valid_at_end() const noexcept { return valid_at_end_; }
    /// Longest time without a valid LSC after the first; zero = never without.
    [[nodiscard]] std::chrono::duration<double> longest_gap() const noexcept { return longest_gap_; }

private:
    void account(WallTime now);
    std::size_t installs_ = 0;
    std::optional<WallTime> covered_until_;  // since the first LSC: end of the validity known
    std::chrono::duration<double> longest_gap_{0};
    bool valid_at_end_ = false;
};

}  // namespace opencapf::phone_sim
