// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capf/bulk/job.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <vector>

/// Rows of BulkTarget within a job of the database. Private to bulk/store.cpp.
namespace opencapf::capf::bulk {

/// Columns authmode, authstring, finishby, keysize, keyorder, eckeysize from parameter `first` on.
void bind_arming(SQLite::Statement& statement, int first, const Arming& arming);
/// operation and those columns from column `first` on.
Arming read_arming(SQLite::Statement& row, int first);

enum class Inserted { done, no_device, twice };
Inserted insert_target(SQLite::Database& db, std::int64_t job, const std::string& device, const Arming& arming);

/// How a target ended.
struct End {
    TargetState state = TargetState::done;
    CertificateStatus status = 0;
    std::string detail;
};

/// An armed target and its device as it stands.
struct ArmedTarget {
    std::string device;
    std::int64_t arm_count = 0;
    bool there = false;  ///< the device
    std::int64_t device_arm_count = 0;
    Operation operation = Operation::none;
    CertificateStatus status = 0;
};
/// At most `limit` by name, those after `after`.
std::vector<ArmedTarget> load_armed(SQLite::Database& db, std::int64_t job, const std::string& after,
                                    std::size_t limit);
/// Nothing while the operation is pending.
std::optional<End> end_of(const ArmedTarget& target, Operation operation);

struct WaitingTarget {
    std::string device;
    Arming arming;
};
/// The first `count` by name.
std::vector<WaitingTarget> load_waiting(SQLite::Database& db, std::int64_t job, Operation operation, std::size_t count);

struct Start {
    std::int64_t arm_count = 0;
    std::optional<End> refused;  ///< it ended at once: not possible, or there was nothing to wait for
};
/// Arms the device, unless something else is pending for it: what the renewal monitor has armed is no obstacle.
Start start_target(SQLite::Database& db, WaitingTarget target, WallTime now, std::chrono::hours deadline);
/// Takes the operation back if it is still the one of `arm_count`; 0 = whichever it is.
void disarm(SQLite::Database& db, const std::string& device, std::int64_t arm_count);

void save_armed(SQLite::Database& db, std::int64_t job, const std::string& device, std::int64_t arm_count,
                std::int64_t now);
void save_end(SQLite::Database& db, std::int64_t job, const std::string& device, const End& end, std::int64_t now);
/// Armed after `since`, whatever became of them.
std::size_t count_armed_since(SQLite::Database& db, std::int64_t job, std::int64_t since);
/// ... that are armed still.
std::size_t count_patient(SQLite::Database& db, std::int64_t job, std::int64_t since);
/// No string of the job is kept.
void forget_strings(SQLite::Database& db, std::int64_t job);
std::vector<Target> load_targets(SQLite::Database& db, std::int64_t job, std::optional<TargetState> state,
                                 const std::string& after, std::size_t limit);
/// Deletes at most `limit` targets, and the job when there was none left.
void forget_job(SQLite::Database& db, std::int64_t job, std::size_t limit);

}  // namespace opencapf::capf::bulk
