// SPDX-License-Identifier: Apache-2.0
#include "capf/bulk/target_row.hpp"

namespace opencapf::capf::bulk {

void bind_arming(SQLite::Statement& statement, int first, const Arming& arming) {
    statement.bind(first, static_cast<int>(arming.auth_mode));
    statement.bind(first + 1, std::string(arming.auth_string.reveal()));
    statement.bind(first + 2, arming.finish_by);
    statement.bind(first + 3, arming.rsa_bits);
    statement.bind(first + 4, static_cast<int>(arming.key_order));
    statement.bind(first + 5, arming.ec_bits);
}

Arming read_arming(SQLite::Statement& row, int first) {
    Arming arming;
    arming.operation = static_cast<Operation>(row.getColumn(first).getInt());
    arming.auth_mode = static_cast<AuthMode>(row.getColumn(first + 1).getInt());
    arming.auth_string = Secret(row.getColumn(first + 2).getString());
    arming.finish_by = row.getColumn(first + 3).getString();
    arming.rsa_bits = row.getColumn(first + 4).getInt();
    arming.key_order = static_cast<KeyOrder>(row.getColumn(first + 5).getInt());
    arming.ec_bits = row.getColumn(first + 6).getInt();
    return arming;
}

Inserted insert_target(SQLite::Database& db, std::int64_t job, const std::string& device, const Arming& arming) {
    SQLite::Statement there(db, "SELECT name FROM Device WHERE name=?");
    there.bind(1, device);
    if (!there.executeStep()) return Inserted::no_device;
    SQLite::Statement insert(db,
                             "INSERT OR IGNORE INTO BulkTarget (job, device, authmode, authstring, finishby, keysize, "
                             "keyorder, eckeysize) VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
    insert.bind(1, job);
    insert.bind(2, there.getColumn(0).getString());
    bind_arming(insert, 3, arming);
    return insert.exec() > 0 ? Inserted::done : Inserted::twice;
}

std::vector<ArmedTarget> load_armed(SQLite::Database& db, std::int64_t job, const std::string& after,
                                    std::size_t limit) {
    SQLite::Statement rows(db,
                           "SELECT t.device, t.armcount, d.name IS NOT NULL, coalesce(d.armcount, 0), "
                           "coalesce(d.tkcertificateoperation, 1), coalesce(d.tkcertificatestatus, 1) "
                           "FROM BulkTarget t LEFT JOIN Device d ON d.name=t.device WHERE t.job=?1 AND t.state=1 "
                           "AND t.device > ?2 ORDER BY t.device LIMIT ?3");
    rows.bind(1, job);
    rows.bind(2, after);
    rows.bind(3, static_cast<std::int64_t>(limit));
    std::vector<ArmedTarget> found;
    while (rows.executeStep()) {
        found.push_back({rows.getColumn(0).getString(), rows.getColumn(1).getInt64(), rows.getColumn(2).getInt() != 0,
                         rows.getColumn(3).getInt64(), static_cast<Operation>(rows.getColumn(4).getInt()),
                         rows.getColumn(5).getInt()});
    }
    return found;
}

std::optional<End> end_of(const ArmedTarget& target, Operation operation) {
    if (!target.there) return End{TargetState::failed, 0, "the device was removed"};
    if (target.device_arm_count != target.arm_count)
        return End{TargetState::failed, 0, "somebody else armed the device meanwhile"};
    if (target.operation != Operation::none) return std::nullopt;
    if (target.status == status_for(operation, OperationResult::success))
        return End{TargetState::done, target.status, ""};
    return End{TargetState::failed, target.status, std::string(status_text(target.status))};
}

std::vector<WaitingTarget> load_waiting(SQLite::Database& db, std::int64_t job, Operation operation,
                                        std::size_t count) {
    SQLite::Statement rows(db,
                           "SELECT ?3, authmode, authstring, finishby, keysize, keyorder, eckeysize, device FROM "
                           "BulkTarget WHERE job=?1 AND state=0 ORDER BY device LIMIT ?2");
    rows.bind(1, job);
    rows.bind(2, static_cast<std::int64_t>(count));
    rows.bind(3, static_cast<int>(operation));
    std::vector<WaitingTarget> found;
    while (rows.executeStep()) found.push_back({rows.getColumn(7).getString(), read_arming(rows, 0)});
    return found;
}

Start start_target(SQLite::Database& db, WaitingTarget target, WallTime now, std::chrono::hours deadline) {
    const auto refused = [](const char* why) { return Start{0, End{TargetState::failed, 0, why}}; };
    if (target.arming.operation == Operation::none) {
        disarm(db, target.device, 0);
        return {0, End{TargetState::done, kStatusNone, ""}};
    }
    SQLite::Statement row(db,
                          "SELECT d.tkcertificateoperation, coalesce(r.armcount=d.armcount, 0) FROM Device d LEFT "
                          "JOIN Renewal r ON r.device=d.name WHERE d.name=?");
    row.bind(1, target.device);
    if (!row.executeStep()) return refused("the device was removed");
    const bool pending = row.getColumn(0).getInt() != static_cast<int>(Operation::none);
    const bool by_monitor = row.getColumn(1).getInt() != 0;
    if (pending && !by_monitor) return refused("another operation is pending");
    if (target.arming.finish_by == kDeadlineWhenArmed)
        target.arming.finish_by = format_local(now + deadline, "%Y:%m:%d:%H:%M");
    const auto finish_by = parse_finish_time(target.arming.finish_by);
    if (finish_by && *finish_by <= now) return refused("the deadline passed before its turn came");
    const auto arm_count = arm_device(db, target.device, target.arming);
    if (!arm_count) return refused("a CAPF profile only installs, by authentication string");
    return {*arm_count, std::nullopt};
}

void disarm(SQLite::Database& db, const std::string& device, std::int64_t arm_count) {
    SQLite::Statement update(db,
                             "UPDATE Device SET tkcertificateoperation=1, tkcertificatestatus=1, "
                             "authenticationstring='', armcount=armcount+1 WHERE name=?1 AND "
                             "tkcertificateoperation <> 1 AND (?2=0 OR armcount=?2)");
    update.bind(1, device);
    update.bind(2, arm_count);
    update.exec();
}

// The device has the string now: one place is enough for a secret.
void save_armed(SQLite::Database& db, std::int64_t job, const std::string& device, std::int64_t arm_count,
                std::int64_t now) {
    SQLite::Statement update(
        db, "UPDATE BulkTarget SET state=1, armcount=?, armedat=?, authstring='' WHERE job=? AND device=?");
    update.bind(1, arm_count);
    update.bind(2, now);
    update.bind(3, job);
    update.bind(4, device);
    update.exec();
}

void save_end(SQLite::Database& db, std::int64_t job, const std::string& device, const End& end, std::int64_t now) {
    SQLite::Statement update(
        db, "UPDATE BulkTarget SET state=?, status=?, detail=?, ended=?, authstring='' WHERE job=? AND device=?");
    update.bind(1, static_cast<int>(end.state));
    update.bind(2, end.status);
    update.bind(3, end.detail);
    update.bind(4, now);
    update.bind(5, job);
    update.bind(6, device);
    update.exec();
}

std::size_t count_armed_since(SQLite::Database& db, std::int64_t job, std::int64_t since) {
    SQLite::Statement row(db, "SELECT count(*) FROM BulkTarget WHERE job=? AND armedat > 0 AND armedat > ?");
    row.bind(1, job);
    row.bind(2, since);
    row.executeStep();
    return static_cast<std::size_t>(row.getColumn(0).getInt64());
}

std::size_t count_patient(SQLite::Database& db, std::int64_t job, std::int64_t since) {
    SQLite::Statement row(db,
                          "SELECT count(*) FROM BulkTarget WHERE job=? AND state=1 AND armedat > 0 AND armedat > ?");
    row.bind(1, job);
    row.bind(2, since);
    row.executeStep();
    return static_cast<std::size_t>(row.getColumn(0).getInt64());
}

void forget_strings(SQLite::Database& db, std::int64_t job) {
    SQLite::Statement update(db, "UPDATE BulkTarget SET authstring='' WHERE job=? AND authstring <> ''");
    update.bind(1, job);
    update.exec();
}

std::vector<Target> load_targets(SQLite::Database& db, std::int64_t job, std::optional<TargetState> state,
                                 const std::string& after, std::size_t limit) {
    SQLite::Statement rows(db,
                           "SELECT device, state, status, armedat, ended, detail FROM BulkTarget WHERE job=?1 AND "
                           "device > ?2 AND (?3 < 0 OR state=?3) ORDER BY device LIMIT ?4");
    rows.bind(1, job);
    rows.bind(2, after);
    rows.bind(3, state ? static_cast<int>(*state) : -1);
    rows.bind(4, static_cast<std::int64_t>(limit));
    std::vector<Target> found;
    while (rows.executeStep()) {
        found.push_back({rows.getColumn(0).getString(), static_cast<TargetState>(rows.getColumn(1).getInt()),
                         rows.getColumn(2).getInt(), rows.getColumn(3).getInt64(), rows.getColumn(4).getInt64(),
                         rows.getColumn(5).getString()});
    }
    return found;
}

void forget_job(SQLite::Database& db, std::int64_t job, std::size_t limit) {
    SQLite::Statement targets(db,
                              "DELETE FROM BulkTarget WHERE job=?1 AND device IN (SELECT device FROM BulkTarget "
                              "WHERE job=?1 LIMIT ?2)");
    targets.bind(1, job);
    targets.bind(2, static_cast<std::int64_t>(limit));
    if (targets.exec() > 0) return;
    SQLite::Statement row(db, "DELETE FROM BulkJob WHERE id=?");
    row.bind(1, job);
    row.exec();
}

}  // namespace opencapf::capf::bulk
