// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/metrics/registry.hpp"

#include <atomic>
#include <chrono>
#include <optional>

namespace opencapf::metrics {

/// What is known about a server that the daemon depends on. Its own work tells; only when that has told nothing for a
/// while, or nothing good, is it worth asking. Thread-safe.
class Upstream {
public:
    Upstream() = default;
    /// `up` is 1 or 0, `last_success` Unix time; both stay 0 until the first success.
    Upstream(Gauge up, Gauge last_success) : up_(up), last_success_(last_success) {}
    Upstream(const Upstream&) = delete;
    Upstream& operator=(const Upstream&) = delete;

    /// The server did its part, or it did not (no answer, or one that says it cannot).
    void report(bool good);
    /// The newest report; nothing before the first.
    [[nodiscard]] std::optional<bool> good() const;
    /// Is it time to ask? After a success in half a minute, after a failure in five seconds.
    [[nodiscard]] bool due(std::chrono::steady_clock::time_point now = std::chrono::steady_clock::now()) const;

private:
    enum State : int { kUnknown, kGood, kBad };
    using Ticks = std::chrono::steady_clock::rep;
    Gauge up_, last_success_;
    std::atomic<State> state_{kUnknown};
    std::atomic<Ticks> reported_{0};
};

}  // namespace opencapf::metrics
