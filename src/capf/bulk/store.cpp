// SPDX-License-Identifier: Apache-2.0
#include "capf/bulk/store.hpp"

#include "capf/bulk/target_row.hpp"
#include "capf/refused_job.hpp"

namespace opencapf::capf::bulk {
namespace {

constexpr std::size_t kMaxTakenBack = 500;  // devices that are disarmed with the answer to bulk.cancel

constexpr const char* kSelectJob =
    "SELECT id, label, state, operation, maxconcurrent, perminute, windowfrom, windowto, created, started, ended, "
    "waiting, armed, done, failed FROM BulkJob ";

Job read_job(SQLite::Statement& row) {
    const auto count = [&row](int column) { return static_cast<std::size_t>(row.getColumn(column).getInt64()); };
    Job job;
    job.id = row.getColumn(0).getInt64();
    job.label = row.getColumn(1).getString();
    job.state = static_cast<JobState>(row.getColumn(2).getInt());
    job.operation = static_cast<Operation>(row.getColumn(3).getInt());
    job.throttle.max_concurrent = row.getColumn(4).getInt();
    job.throttle.per_minute = row.getColumn(5).getInt();
    job.throttle.window = {row.getColumn(6).getInt(), row.getColumn(7).getInt()};
    job.created = row.getColumn(8).getInt64();
    job.started = row.getColumn(9).getInt64();
    job.ended = row.getColumn(10).getInt64();
    job.progress = {count(11), count(12), count(13), count(14)};
    return job;
}

std::optional<Job> load_job(SQLite::Database& db, std::int64_t id) {
    SQLite::Statement row(db, std::string(kSelectJob) + "WHERE id=?");
    row.bind(1, id);
    return row.executeStep() ? std::optional<Job>(read_job(row)) : std::nullopt;
}

Job require_job(SQLite::Database& db, std::int64_t id) {
    auto job = load_job(db, id);
    if (!job)
        throw RefusedJob({Errc::not_found, "there is no bulk job " + std::to_string(id) + "; see: capfctl bulk list"});
    return std::move(*job);
}

Job require_preparing(SQLite::Database& db, std::int64_t id) {
    Job job = require_job(db, id);
    if (job.state != JobState::preparing)
        throw RefusedJob({Errc::conflict, "bulk job " + std::to_string(id) + " takes no more devices, it is " +
                                              std::string(to_string(job.state))});
    return job;
}

void save_progress(SQLite::Database& db, const Job& job) {
    SQLite::Statement update(db, "UPDATE BulkJob SET waiting=?, armed=?, done=?, failed=? WHERE id=?");
    update.bind(1, static_cast<std::int64_t>(job.progress.waiting));
    update.bind(2, static_cast<std::int64_t>(job.progress.armed));
    update.bind(3, static_cast<std::int64_t>(job.progress.done));
    update.bind(4, static_cast<std::int64_t>(job.progress.failed));
    update.bind(5, job.id);
    update.exec();
}

void save_state(SQLite::Database& db, std::int64_t id, JobState state, std::int64_t now) {
    SQLite::Statement update(db,
                             "UPDATE BulkJob SET state=?1, "
                             "started=CASE WHEN ?1=1 AND started=0 THEN ?2 ELSE started END, "
                             "ended=CASE WHEN ?1 >= 3 THEN ?2 ELSE ended END, "
                             "authstring=CASE WHEN ?1 >= 3 THEN '' ELSE authstring END WHERE id=?3");
    update.bind(1, static_cast<int>(state));
    update.bind(2, now);
    update.bind(3, id);
    update.exec();
}

bool may_become(const Job& job, JobState state) {
    const bool alive = job.state != JobState::finished && job.state != JobState::cancelled;
    if (state == JobState::paused) return job.state == JobState::running;
    if (state == JobState::running) return job.state == JobState::preparing || job.state == JobState::paused;
    return alive && state == JobState::cancelled;
}

struct Defaults {
    Arming arming;
    bool generate = false;
};

Defaults load_defaults(SQLite::Database& db, std::int64_t id) {
    SQLite::Statement row(db,
                          "SELECT operation, authmode, authstring, finishby, keysize, keyorder, eckeysize, generate "
                          "FROM BulkJob WHERE id=?");
    row.bind(1, id);
    if (!row.executeStep()) throw RefusedJob({Errc::not_found, "there is no bulk job " + std::to_string(id)});
    return {read_arming(row, 0), row.getColumn(7).getInt() != 0};
}

void count_end(Job& job, const End& end, Turn& turn) {
    ++(end.state == TargetState::done ? job.progress.done : job.progress.failed);
    ++(end.state == TargetState::done ? turn.done : turn.failed);
}

// Looks what became of the armed targets; the counts of `job` follow.
void settle(SQLite::Database& db, Job& job, std::int64_t now, const std::string& after, std::size_t limit, Turn& turn) {
    const auto targets = load_armed(db, job.id, after, limit);
    for (const auto& armed : targets) {
        const auto end = end_of(armed, job.operation);
        if (!end) continue;
        save_end(db, job.id, armed.device, *end, now);
        --job.progress.armed;
        count_end(job, *end, turn);
    }
    if (targets.size() == limit) turn.next = targets.back().device;
}

// Of a cancelled job: what has ended has ended, the others are disarmed.
void take_back(SQLite::Database& db, Job& job, std::int64_t now, std::size_t limit, Turn& turn) {
    const auto targets = load_armed(db, job.id, "", limit);
    for (const auto& armed : targets) {
        auto end = end_of(armed, job.operation);
        if (!end) {
            disarm(db, armed.device, armed.arm_count);
            end = End{TargetState::failed, 0, "the job was cancelled"};
        }
        save_end(db, job.id, armed.device, *end, now);
        --job.progress.armed;
        count_end(job, *end, turn);
    }
    if (targets.size() == limit) turn.next = "";
}

void arm_next(SQLite::Database& db, Job& job, WallTime now, const Rules& rules, std::size_t limit, Turn& turn) {
    const std::int64_t seconds = unix_seconds(now);
    const std::size_t recent = job.throttle.per_minute > 0 ? count_armed_since(db, job.id, seconds - 60) : 0;
    const std::size_t patient = count_patient(db, job.id, seconds - rules.patience);
    const std::size_t count = std::min(limit, budget(job.throttle, patient, recent));
    for (const auto& next : load_waiting(db, job.id, job.operation, count)) {
        --job.progress.waiting;
        const auto start = start_target(db, next, now, rules.deadline);
        if (!start.refused) {
            save_armed(db, job.id, next.device, start.arm_count, seconds);
            ++job.progress.armed;
            ++turn.armed;
            continue;
        }
        save_end(db, job.id, next.device, *start.refused, seconds);
        count_end(job, *start.refused, turn);
    }
}

}  // namespace

Task<std::int64_t> Store::create(std::string label, Arming defaults, bool generate, Throttle throttle,
                                 std::int64_t now) {
    auto job = [label = std::move(label), defaults = std::move(defaults), generate, throttle,
                now](SQLite::Database& db) {
        SQLite::Statement insert(db,
                                 "INSERT INTO BulkJob (operation, authmode, authstring, finishby, keysize, keyorder, "
                                 "eckeysize, label, generate, maxconcurrent, perminute, windowfrom, windowto, created) "
                                 "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
        insert.bind(1, static_cast<int>(defaults.operation));
        bind_arming(insert, 2, defaults);
        insert.bind(8, label);
        insert.bind(9, generate ? 1 : 0);
        insert.bind(10, throttle.max_concurrent);
        insert.bind(11, throttle.per_minute);
        insert.bind(12, throttle.window.from);
        insert.bind(13, throttle.window.to);
        insert.bind(14, now);
        insert.exec();
        return static_cast<std::int64_t>(db.getLastInsertRowid());
    };
    co_return co_await database_.run(std::move(job));
}

Task<Result<void>> Store::add(std::int64_t id, std::vector<std::pair<std::string, Arming>> targets) {
    auto job = [id, targets = std::move(targets)](SQLite::Database& db) {
        Job found = require_preparing(db, id);
        for (const auto& [device, arming] : targets) {
            const auto added = insert_target(db, id, device, arming);
            if (added == Inserted::no_device)
                throw RefusedJob(
                    {Errc::not_found, "there is no device " + device + "; add it with: capfctl device add"});
            if (added == Inserted::twice) throw RefusedJob({Errc::conflict, "device " + device + " is named twice"});
            ++found.progress.waiting;
        }
        save_progress(db, found);
    };
    try {
        co_await database_.run(std::move(job));
    } catch (const RefusedJob& refusal) {
        co_return fail(refusal.error());
    }
    co_return Result<void>{};
}

Task<Result<Added>> Store::add_matching(std::int64_t id, DeviceQuery query, std::string after, std::size_t limit) {
    auto job = [id, query = std::move(query), after = std::move(after), limit](SQLite::Database& db) {
        Job found = require_preparing(db, id);
        Defaults defaults = load_defaults(db, id);
        Added added;
        const auto page = find_devices(db, query, after, limit);
        for (const auto& row : page.rows) {
            if (defaults.generate) defaults.arming.auth_string = Secret(random_auth_string());
            if (insert_target(db, id, row.name, defaults.arming) != Inserted::done) continue;
            ++added.added;
            if (defaults.generate)
                added.strings.emplace_back(row.name, std::string(defaults.arming.auth_string.reveal()));
        }
        found.progress.waiting += added.added;
        save_progress(db, found);
        if (page.more) added.next = page.rows.back().name;
        return added;
    };
    std::optional<Error> refused;
    try {
        co_return co_await database_.run(std::move(job));
    } catch (const RefusedJob& refusal) {
        refused = refusal.error();
    }
    co_return fail(*refused);
}

Task<Result<void>> Store::set_state(std::int64_t id, JobState state, std::int64_t now) {
    auto job = [id, state, now](SQLite::Database& db) {
        Job found = require_job(db, id);
        if (!may_become(found, state))
            throw RefusedJob({Errc::conflict, "bulk job " + std::to_string(id) + " is " +
                                                  std::string(to_string(found.state)) + ": that is not possible now"});
        if (state == JobState::running && found.progress.total() == 0)
            throw RefusedJob({Errc::conflict, "bulk job " + std::to_string(id) + " has no devices"});
        if (state == JobState::cancelled) {
            Turn turn;
            take_back(db, found, now, kMaxTakenBack, turn);
            forget_strings(db, id);
            save_progress(db, found);
        }
        save_state(db, id, state, now);
    };
    try {
        co_await database_.run(std::move(job));
    } catch (const RefusedJob& refusal) {
        co_return fail(refusal.error());
    }
    co_return Result<void>{};
}

Task<std::vector<std::int64_t>> Store::cancel_forsaken(std::int64_t before, std::int64_t now) {
    auto job = [before, now](SQLite::Database& db) {
        SQLite::Statement rows(db, "SELECT id FROM BulkJob WHERE state=0 AND created < ? ORDER BY id");
        rows.bind(1, before);
        std::vector<std::int64_t> found;
        while (rows.executeStep()) found.push_back(rows.getColumn(0).getInt64());
        for (const auto id : found) {
            forget_strings(db, id);
            save_state(db, id, JobState::cancelled, now);
        }
        return found;
    };
    co_return co_await database_.run(std::move(job));
}

Task<std::vector<Job>> Store::list(std::int64_t before, std::size_t limit) {
    auto job = [before, limit](SQLite::Database& db) {
        SQLite::Statement rows(db, std::string(kSelectJob) + "WHERE ?1=0 OR id < ?1 ORDER BY id DESC LIMIT ?2");
        rows.bind(1, before);
        rows.bind(2, static_cast<std::int64_t>(limit));
        std::vector<Job> found;
        while (rows.executeStep()) found.push_back(read_job(rows));
        return found;
    };
    co_return co_await database_.run(std::move(job));
}

Task<std::optional<Job>> Store::find(std::int64_t id) {
    auto job = [id](SQLite::Database& db) { return load_job(db, id); };
    co_return co_await database_.run(std::move(job));
}

Task<std::vector<Target>> Store::targets(std::int64_t id, std::optional<TargetState> state, std::string after,
                                         std::size_t limit) {
    auto job = [id, state, after = std::move(after), limit](SQLite::Database& db) {
        return load_targets(db, id, state, after, limit);
    };
    co_return co_await database_.run(std::move(job));
}

Task<std::vector<std::int64_t>> Store::active() {
    auto job = [](SQLite::Database& db) {
        SQLite::Statement rows(db,
                               "SELECT id FROM BulkJob WHERE state=1 OR (state IN (2, 4) AND armed > 0) ORDER BY id");
        std::vector<std::int64_t> found;
        while (rows.executeStep()) found.push_back(rows.getColumn(0).getInt64());
        return found;
    };
    co_return co_await database_.run(std::move(job));
}

Task<Turn> Store::turn(std::int64_t id, WallTime now, Rules rules, std::string after, std::size_t limit) {
    auto job = [id, now, rules, after = std::move(after), limit](SQLite::Database& db) {
        Turn turn;
        auto found = load_job(db, id);
        if (!found) return turn;
        const std::int64_t seconds = unix_seconds(now);
        if (found->state == JobState::cancelled) {
            take_back(db, *found, seconds, limit, turn);
        } else {
            settle(db, *found, seconds, after, limit, turn);
        }
        const bool running = found->state == JobState::running && !turn.next;
        if (running && is_open(found->throttle.window, now)) arm_next(db, *found, now, rules, limit, turn);
        save_progress(db, *found);
        turn.finished = running && found->progress.waiting + found->progress.armed == 0;
        if (turn.finished) save_state(db, id, JobState::finished, seconds);
        return turn;
    };
    co_return co_await database_.run(std::move(job));
}

Task<bool> Store::forget(std::int64_t before, std::size_t limit) {
    auto job = [before, limit](SQLite::Database& db) {
        SQLite::Statement old(db, "SELECT id FROM BulkJob WHERE state >= 3 AND ended < ? ORDER BY id LIMIT 1");
        old.bind(1, before);
        if (!old.executeStep()) return false;
        forget_job(db, old.getColumn(0).getInt64(), limit);
        return true;
    };
    co_return co_await database_.run(std::move(job));
}

}  // namespace opencapf::capf::bulk
