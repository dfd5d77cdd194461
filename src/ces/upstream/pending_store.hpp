// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/base/clock.hpp"

#include <chrono>
#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <unordered_map>

namespace opencapf::ces {

/// Which requests the CA already has: a client that repeats its POST (after 202, or after its own time-out) gets the
/// certificate of the first one instead of a second CA request (EST-S-76, EST-S-79). In memory, bounded: the oldest
/// entry goes first. Thread-safe; calls are short.
class PendingStore {
public:
    PendingStore(std::size_t limit, std::chrono::seconds lifetime, WallClock clock);

    enum class State {
        fresh,     ///< nobody asked yet; the caller works on it now and must call end()
        busy,      ///< another connection works on it right now
        at_the_ca  ///< the CA knows it by `request_id`; the caller works on it now and must call end()
    };
    struct Begin {
        State state = State::fresh;
        std::uint64_t request_id = 0;
    };
    /// Key of a request: who sends it and what it is.
    static std::string key(const std::string& user, const std::string& csr_der);

    Begin begin(const std::string& key);
    /// The CA gave the request this id.
    void submitted(const std::string& key, std::uint64_t request_id);
    /// The caller no longer works on it. An entry without an id disappears.
    void end(const std::string& key);
    /// Delivered, denied or lost: a repetition is a new request.
    void forget(const std::string& key);
    [[nodiscard]] std::size_t size() const;

private:
    struct Entry {
        std::string key;
        std::uint64_t request_id = 0;
        bool busy = false;
        WallTime expires;
    };
    using List = std::list<Entry>;
    void drop_old();

    const std::size_t limit_;
    const std::chrono::seconds lifetime_;
    const WallClock clock_;
    mutable std::mutex mutex_;
    List entries_;  // oldest first
    std::unordered_map<std::string, List::iterator> index_;
};

}  // namespace opencapf::ces
