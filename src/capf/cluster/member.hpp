// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capf/cluster/claim.hpp"
#include "capf/cluster/settings.hpp"
#include "opencapf/base/current.hpp"
#include "opencapf/net/loop.hpp"

#include <atomic>
#include <functional>

namespace opencapf::capf::cluster {

/// This process among those that share the database. Thread-safe.
class Member {
public:
    /// Joins. Blocks. Throws SQLite::Exception when the database takes no transaction.
    Member(storage::Database& database, const Settings& settings);
    /// Leaves: what this instance still has falls to the others at once. Blocks.
    ~Member();
    Member(const Member&) = delete;
    Member& operator=(const Member&) = delete;

    /// The sign of life; say it every interval(). Throws as storage::Database::run().
    Task<Beat> beat();
    [[nodiscard]] net::Duration interval() const noexcept { return settings_.lease / 3; }

    /// The lease has not ended, as far as this process knows by itself: a process that was stopped notices here first.
    [[nodiscard]] bool alive() const noexcept;
    /// Renewal, alarms and bulk jobs are this instance's. Does not wait.
    [[nodiscard]] bool leads() const noexcept { return leads_ && alive(); }
    /// For the daemon's status: "a, leads; others: b". Does not wait.
    [[nodiscard]] std::string describe() const;

    /// A session's claim on `device`: it replaces an older one, of whichever instance. Empty when this instance has
    /// lost its lease, or when `wanted`, asked in the transaction, says no.
    Task<Claim> claim(std::string device, std::function<bool()> wanted);
    Task<bool> holds(std::string device, Claim claim);
    Task<> release(std::string device, Claim claim);

private:
    storage::Database& database_;
    const Settings settings_;
    std::atomic<std::int64_t> instance_{0};
    std::atomic<bool> leads_{false};
    std::atomic<std::chrono::steady_clock::time_point> until_{};
    Current<std::vector<std::string>> others_;
};

}  // namespace opencapf::capf::cluster
