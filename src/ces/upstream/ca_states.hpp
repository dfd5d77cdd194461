// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ces/ca.hpp"
#include "ces/metrics.hpp"
#include "ces/upstream/ca_chain.hpp"
#include "opencapf/base/clock.hpp"
#include "opencapf/base/current.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace opencapf::ces {

/// One CA for the operator.
struct CaView {
    std::string name, url;
    bool down = false;
    std::optional<WallTime> last_good;  ///< it answered
    std::optional<WallTime> down_since;
    std::string last_error;       ///< why it went down; kept when it is back
    std::size_t good_in_row = 0;  ///< while down: answers of the last probes
    bool chain_known = false;
    std::size_t submitted = 0;  ///< requests handed to it since the start
};

/// What is known about one CA. Down with the first request or probe that finds nobody there, back only after some
/// probes in a row: a CA that comes and goes must not cost every enrolment a time-out. Thread-safe.
class CaState {
public:
    CaState(std::string name, CaMetrics metrics) : name_(std::move(name)), metrics_(metrics) { metrics_.usable.set(1); }

    /// Outcome of a request: null, or its error. `needed` is how many good ones bring it back.
    void report(const Error* error, std::size_t needed, WallTime now = std::chrono::system_clock::now());
    void submitted();
    [[nodiscard]] bool down() const;
    [[nodiscard]] CaView view() const;
    [[nodiscard]] const std::string& name() const noexcept { return name_; }

    Current<CaChain> chain;  ///< null until the CA has told it

private:
    const std::string name_;
    const CaMetrics metrics_;
    mutable std::mutex mutex_;
    CaView view_;
};

/// All CAs by name, made when first asked for. Thread-safe.
class CaStates {
public:
    CaStates() = default;
    /// `names` are those that have series in `metrics`, in order.
    CaStates(Metrics metrics, std::vector<std::string> names);
    std::shared_ptr<CaState> get(const std::string& name);
    /// In the order of `cas`; those that the CA names in `wanted` only, when it is not empty. Those that are down come
    /// last: when all are, the first is tried anyway.
    [[nodiscard]] Cas in_order(const Cas& cas, const std::vector<std::string>& wanted);

private:
    Metrics metrics_;
    std::vector<std::string> names_;
    std::mutex mutex_;
    std::map<std::string, std::shared_ptr<CaState>> states_;
};

}  // namespace opencapf::ces
