// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capf/bulk/job.hpp"
#include "capf/device_query.hpp"

#include <utility>
#include <vector>

namespace opencapf::capf::bulk {

/// What one round did with a job.
struct Turn {
    std::size_t armed = 0, done = 0, failed = 0;
    bool finished = false;            ///< nothing is left
    std::optional<std::string> next;  ///< the round goes on: the next turn looks at armed targets after this one
};

/// What a page of matching devices gave.
struct Added {
    std::size_t added = 0;
    std::vector<std::pair<std::string, std::string>> strings;  ///< generated, by device
    std::optional<std::string> next;                           ///< the page after begins behind it
};

/// Jobs and their targets, in the tables BulkJob and BulkTarget. A target and its device change in one transaction, so
/// that a kill between two steps arms nothing twice. No task holds the database for more than some hundred devices.
/// Thread-safe; tasks resume after the commit.
class Store {
public:
    explicit Store(storage::Database& database) : database_(database) {}

    /// An empty job in state preparing; `defaults` are for targets added by query. Gives its id.
    Task<std::int64_t> create(std::string label, Arming defaults, bool generate, Throttle throttle, std::int64_t now);
    /// All or nothing. Errors not_found (job or device) and conflict (not preparing; a device that is in it already).
    Task<Result<void>> add(std::int64_t job, std::vector<std::pair<std::string, Arming>> targets);
    /// One page of the devices that match; those that are in the job already stay as they are.
    Task<Result<Added>> add_matching(std::int64_t job, DeviceQuery query, std::string after, std::size_t limit);
    /// Errors not_found; conflict when the job's state does not allow it. cancelled also forgets the
    /// strings and disarms what the job has armed: some hundred at once, the rest in turn().
    Task<Result<void>> set_state(std::int64_t job, JobState state, std::int64_t now);

    /// Newest first, with an id below `before` (0 = from the newest).
    Task<std::vector<Job>> list(std::int64_t before, std::size_t limit);
    Task<std::optional<Job>> find(std::int64_t job);
    /// By device.
    Task<std::vector<Target>> targets(std::int64_t job, std::optional<TargetState> state, std::string after,
                                      std::size_t limit);

    /// Cancels jobs that are in preparation since before `before`: whoever made them has gone. Gives their ids.
    Task<std::vector<std::int64_t>> cancel_forsaken(std::int64_t before, std::int64_t now);
    /// Jobs a runner has to look at: running, or with armed devices.
    Task<std::vector<std::int64_t>> active();
    /// Sees what became of armed targets after `after`, at most `limit`; when it has seen all, it arms the next as the
    /// throttle allows, at most `limit`.
    Task<Turn> turn(std::int64_t job, WallTime now, Rules rules, std::string after, std::size_t limit);
    /// Deletes targets, then the job, of one that ended before `before`; false when there was nothing to do.
    Task<bool> forget(std::int64_t before, std::size_t limit);

private:
    storage::Database& database_;
};

}  // namespace opencapf::capf::bulk
