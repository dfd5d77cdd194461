// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ces/ca_config.hpp"

#include <chrono>
#include <list>
#include <mutex>
#include <string>
#include <string_view>

namespace opencapf::ces {

/// Stands for an account and its password in maps: HMAC-SHA-256 with a key that only this process ever had, so that a
/// core dump gives nobody something to guess passwords against. Throws std::runtime_error when OpenSSL fails.
std::string account_key(std::string_view user, const Secret& password);

/// Log-ins that a CA accepted a short time ago. Bounded: the oldest goes first. Thread-safe.
class RememberedLogins {
public:
    using Time = std::chrono::steady_clock::time_point;
    explicit RememberedLogins(std::size_t limit = 1000) : limit_(limit) {}

    /// `key` of account_key(). Another password of the same user at this CA is forgotten.
    void remember(const std::string& ca, const std::string& user, const std::string& key, Time until);
    [[nodiscard]] bool knows(const std::string& ca, const std::string& key,
                             Time now = std::chrono::steady_clock::now()) const;
    /// The CA refused it.
    void forget(const std::string& ca, const std::string& key);
    [[nodiscard]] std::size_t size() const;

private:
    struct Entry {
        std::string ca, user, key;
        Time until;
    };
    const std::size_t limit_;
    mutable std::mutex mutex_;
    std::list<Entry> entries_;  // oldest first
};

}  // namespace opencapf::ces
