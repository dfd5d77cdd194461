// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/base/clock.hpp"
#include "opencapf/base/result.hpp"
#include "opencapf/base/secret.hpp"
#include "opencapf/net/loop.hpp"

#include <atomic>
#include <chrono>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace opencapf::ces {

/// Accounts of a file: a line "NAME:scrypt$..." each (`capfctl axl hash` makes the second part), '#' for comments. The
/// names are taken by the letter, but for ASCII letter case. Immutable, thread-safe.
class StaticAccounts {
public:
    /// Throws std::runtime_error that names file and line. The file may not be readable by others.
    static StaticAccounts load(const SecretSource& source);
    /// The hash of the account's password, or null.
    [[nodiscard]] const std::string* find(std::string_view name) const;

private:
    std::map<std::string, std::string> hashes_;  // by lower-case name
};

/// Checks passwords of static accounts off the loops. Passwords that proved right are remembered for a while as keyed
/// hashes, so that a busy client does not pay for scrypt each time. Thread-safe.
class PasswordChecker {
public:
    struct Limits {
        std::chrono::seconds remembered{60};  ///< 0: never
        std::size_t max_remembered = 1'000;
        std::size_t max_waiting = 64;  ///< checks at once; each costs some 50 ms and 16 MiB
    };
    PasswordChecker(net::WorkPool& pool, WallClock clock);

    /// Is it the password of `name`? An unknown name takes as long as a known one. Errors: unauthorized, and
    /// unavailable when too many checks are waiting.
    Task<Result<void>> check(std::shared_ptr<const StaticAccounts> accounts, std::string name, Secret password,
                             Limits limits);

private:
    struct Entry {
        std::string proof;
        WallTime until;
    };
    [[nodiscard]] std::string proof_of(std::string_view name, const Secret& password, std::string_view hash) const;
    bool remembers(const std::string& proof);
    void remember(std::string proof, const Limits& limits);

    net::WorkPool& pool_;
    const WallClock clock_;
    const Secret key_;  // of this process
    const std::string dummy_hash_;
    std::atomic<std::size_t> waiting_{0};
    std::mutex mutex_;
    std::list<Entry> entries_;  // oldest first
    std::unordered_map<std::string, std::list<Entry>::iterator> index_;
};

}  // namespace opencapf::ces
