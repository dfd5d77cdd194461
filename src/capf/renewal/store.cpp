// SPDX-License-Identifier: Apache-2.0
#include "capf/renewal/store.hpp"

#include "capf/device.hpp"
#include "capf/refused_job.hpp"

namespace opencapf::capf::renewal {
namespace {

Subject read_subject(SQLite::Statement& row) {
    Subject s;
    s.device = row.getColumn(0).getString();
    s.valid_from = row.getColumn(1).getInt64();
    s.valid_until = row.getColumn(2).getInt64();
    s.pending = row.getColumn(3).getInt() != static_cast<int>(Operation::none);
    s.arm_count = row.getColumn(4).getInt64();
    const std::int64_t ours = row.getColumn(5).getInt64();
    s.armed = s.pending && ours != 0 && ours == s.arm_count;
    s.excluded = row.getColumn(6).getInt() != 0;
    s.armed_at = row.getColumn(7).getInt64();
    s.failures = row.getColumn(8).getInt();
    s.next_try = row.getColumn(9).getInt64();
    s.generation = row.getColumn(10).getInt();
    s.status = row.getColumn(11).getInt();
    return s;
}

// Key order and sizes stay the device's own. False when the device is no longer as it was.
bool arm_one(SQLite::Database& db, const Subject& subject, const RenewalArming& arming) {
    SQLite::Statement device(db,
                             "UPDATE Device SET tkcertificateoperation=2, tkcertificatestatus=2, "
                             "tkauthenticationmode=?1, authenticationstring='', upgradefinishtime=?2, authfailures=0, "
                             "lockeduntil=0, armcount=armcount+1 WHERE name=?3 AND tkcertificateoperation=1 AND "
                             "armcount=?4 AND lscvaliduntil=?5 AND NOT EXISTS (SELECT 1 FROM Renewal WHERE device=?3 "
                             "AND excluded=1)");
    device.bind(1, static_cast<int>(arming.auth));
    device.bind(2, arming.finish_by);
    device.bind(3, subject.device);
    device.bind(4, subject.arm_count);
    device.bind(5, subject.valid_until);
    if (device.exec() == 0) return false;
    SQLite::Statement ours(db,
                           "INSERT INTO Renewal (device, armcount, armedat, validuntil) VALUES (?1, ?2, ?3, ?4) "
                           "ON CONFLICT (device) DO UPDATE SET armcount=?2, armedat=?3, validuntil=?4");
    ours.bind(1, subject.device);
    ours.bind(2, subject.arm_count + 1);
    ours.bind(3, arming.now);
    ours.bind(4, subject.valid_until);
    ours.exec();
    return true;
}

void arm_for_admin(SQLite::Database& db, const std::string& name, const RenewalArming& arming) {
    SQLite::Statement row(db,
                          "SELECT d.name, d.tkcertificateoperation, d.lscvaliduntil, d.armcount, "
                          "coalesce(r.excluded, 0) FROM Device d LEFT JOIN Renewal r ON r.device=d.name WHERE "
                          "d.name=?");
    row.bind(1, name);
    if (!row.executeStep()) throw RefusedJob({Errc::not_found, "there is no device " + name});
    Subject subject;
    subject.device = row.getColumn(0).getString();
    subject.valid_until = row.getColumn(2).getInt64();
    subject.arm_count = row.getColumn(3).getInt64();
    if (row.getColumn(1).getInt() != static_cast<int>(Operation::none))
        throw RefusedJob({Errc::conflict, name + " has a pending operation already"});
    if (subject.valid_until == 0)
        throw RefusedJob({Errc::conflict, name + " has no LSC to renew; see: capfctl device arm"});
    if (row.getColumn(4).getInt() != 0)
        throw RefusedJob({Errc::conflict, name + " is excluded from renewal; see: capfctl renewal include"});
    if (!arm_one(db, subject, arming))
        throw RefusedJob(
            {Errc::conflict, name + " is a CAPF profile: its user installs with an authentication string"});
}

// A renewal that was armed, as its device stands now.
struct Armed {
    std::string device;
    bool overtaken = false, pending = false;
    std::int64_t valid_from = 0, valid_until = 0;  ///< of the LSC it has now
    std::int64_t previous_until = 0;               ///< of the one it had when it was armed
    CertificateStatus status = 0;
    int failures = 0;
};

std::vector<Armed> read_armed(SQLite::Database& db, const std::string& after, std::size_t limit) {
    SQLite::Statement rows(db,
                           "SELECT r.device, d.armcount <> r.armcount, d.tkcertificateoperation <> 1, "
                           "d.lscvalidfrom, d.lscvaliduntil, r.validuntil, d.tkcertificatestatus, r.failures "
                           "FROM Renewal r JOIN Device d ON d.name=r.device WHERE r.armcount > 0 AND r.device > ?1 "
                           "ORDER BY r.device LIMIT ?2");
    rows.bind(1, after);
    rows.bind(2, static_cast<std::int64_t>(limit));
    std::vector<Armed> found;
    while (rows.executeStep()) {
        found.push_back({rows.getColumn(0).getString(), rows.getColumn(1).getInt() != 0,
                         rows.getColumn(2).getInt() != 0, rows.getColumn(3).getInt64(), rows.getColumn(4).getInt64(),
                         rows.getColumn(5).getInt64(), rows.getColumn(6).getInt(), rows.getColumn(7).getInt()});
    }
    return found;
}

Settled outcome_of(const Armed& armed, const Settings& settings, std::int64_t now) {
    Settled settled{armed.device, Settled::Kind::renewed, armed.status, 0, 0, armed.valid_until};
    if (armed.overtaken) {
        settled.kind = Settled::Kind::overtaken;
        settled.failures = armed.failures;
    } else if (armed.status != kStatusUpgradeSuccess) {
        settled.kind = Settled::Kind::failed;
        settled.failures = armed.failures + 1;
        settled.next_try = next_try(settings, settled.failures, now, armed.valid_until);
    } else if (gained_nothing(armed.previous_until, armed.valid_from, armed.valid_until)) {
        // Else it would be due again and again, each time after a part of what is left.
        settled.next_try = now + settings.no_gain_pause.count() / 1000;
    }
    return settled;
}

void write_outcome(SQLite::Database& db, const Settled& settled) {
    SQLite::Statement update(db,
                             "UPDATE Renewal SET armcount=0, failures=?2, nexttry=?3, generation=generation+?4, "
                             "status=CASE WHEN ?5 THEN ?6 ELSE status END, "
                             "validuntil=CASE WHEN ?4 THEN ?7 ELSE validuntil END WHERE device=?1");
    update.bind(1, settled.device);
    update.bind(2, settled.failures);
    update.bind(3, settled.next_try);
    update.bind(4, settled.kind == Settled::Kind::renewed ? 1 : 0);
    update.bind(5, settled.kind == Settled::Kind::overtaken ? 0 : 1);
    update.bind(6, settled.status);
    update.bind(7, settled.valid_until);
    update.exec();
}

struct Deadline {
    Swept operation;
    std::string finish_by;
    std::int64_t arm_count = 0;
};

std::vector<Deadline> read_deadlines(SQLite::Database& db, const std::string& after, std::size_t limit) {
    SQLite::Statement rows(db,
                           "SELECT name, tkcertificateoperation, upgradefinishtime, armcount FROM Device "
                           "WHERE tkcertificateoperation <> 1 AND name > ?1 ORDER BY name LIMIT ?2");
    rows.bind(1, after);
    rows.bind(2, static_cast<std::int64_t>(limit));
    std::vector<Deadline> found;
    while (rows.executeStep()) {
        const auto operation = static_cast<Operation>(rows.getColumn(1).getInt());
        found.push_back({{rows.getColumn(0).getString(), operation, status_for(operation, OperationResult::late)},
                         rows.getColumn(2).getString(),
                         rows.getColumn(3).getInt64()});
    }
    return found;
}

bool end_late(SQLite::Database& db, const Deadline& late) {
    SQLite::Statement update(db,
                             "UPDATE Device SET tkcertificateoperation=1, tkcertificatestatus=?1, "
                             "authenticationstring='' WHERE name=?2 AND armcount=?3 AND tkcertificateoperation <> 1");
    update.bind(1, late.operation.status);
    update.bind(2, late.operation.device);
    update.bind(3, late.arm_count);
    return update.exec() > 0;
}

}  // namespace

const char* const kSubjectsSql = R"sql(
SELECT d.name, d.lscvalidfrom, d.lscvaliduntil, d.tkcertificateoperation, d.armcount, coalesce(r.armcount, 0),
    coalesce(r.excluded, 0), coalesce(r.armedat, 0), coalesce(r.failures, 0), coalesce(r.nexttry, 0),
    coalesce(r.generation, 0), coalesce(r.status, 0)
FROM Device d LEFT JOIN Renewal r ON r.device = d.name
WHERE d.kind = 0 AND d.lscvaliduntil > 0 AND (d.lscvaliduntil, d.name) > (?1, ?2)
ORDER BY d.lscvaliduntil, d.name LIMIT ?3
)sql";

Task<std::vector<Subject>> Store::subjects(Cursor after, std::size_t limit) {
    auto job = [after = std::move(after), limit](SQLite::Database& db) {
        SQLite::Statement rows(db, kSubjectsSql);
        rows.bind(1, after.valid_until);
        rows.bind(2, after.device);
        rows.bind(3, static_cast<std::int64_t>(limit));
        std::vector<Subject> found;
        while (rows.executeStep()) found.push_back(read_subject(rows));
        return found;
    };
    co_return co_await database_.run(std::move(job));
}

Task<std::vector<std::string>> Store::arm(std::vector<Subject> subjects, RenewalArming arming) {
    auto job = [subjects = std::move(subjects), arming = std::move(arming)](SQLite::Database& db) {
        std::vector<std::string> armed;
        for (const auto& subject : subjects)
            if (arm_one(db, subject, arming)) armed.push_back(subject.device);
        return armed;
    };
    co_return co_await database_.run(std::move(job));
}

Task<Result<void>> Store::arm_now(std::vector<std::string> devices, RenewalArming arming) {
    auto job = [devices = std::move(devices), arming = std::move(arming)](SQLite::Database& db) {
        for (const auto& device : devices) arm_for_admin(db, device, arming);
    };
    try {
        co_await database_.run(std::move(job));
    } catch (const RefusedJob& refusal) {
        co_return fail(refusal.error());
    }
    co_return Result<void>{};
}

Task<Page<Settled>> Store::settle(std::string after, Settings settings, std::int64_t now, std::size_t limit) {
    auto job = [after = std::move(after), settings, now, limit](SQLite::Database& db) {
        Page<Settled> page;
        const auto armed = read_armed(db, after, limit);
        for (const auto& one : armed) {
            if (one.pending && !one.overtaken) continue;
            page.found.push_back(outcome_of(one, settings, now));
            write_outcome(db, page.found.back());
        }
        if (armed.size() == limit) page.next = armed.back().device;
        return page;
    };
    co_return co_await database_.run(std::move(job));
}

Task<> Store::forget_failures() {
    auto job = [](SQLite::Database& db) {
        db.exec(
            "UPDATE Renewal SET failures=0, nexttry=0 WHERE (failures > 0 OR nexttry > 0) AND armcount=0 AND NOT "
            "EXISTS "
            "(SELECT 1 FROM Device d WHERE d.name=device AND d.lscvaliduntil=validuntil)");
    };
    co_await database_.run(std::move(job));
}

Task<Result<void>> Store::exclude(std::vector<std::string> devices, bool excluded) {
    auto job = [devices = std::move(devices), excluded](SQLite::Database& db) {
        for (const auto& device : devices) {
            SQLite::Statement insert(db,
                                     "INSERT INTO Renewal (device, excluded) SELECT name, ?2 FROM Device WHERE "
                                     "name=?1 ON CONFLICT (device) DO UPDATE SET excluded=?2");
            insert.bind(1, device);
            insert.bind(2, excluded ? 1 : 0);
            if (insert.exec() == 0) throw RefusedJob({Errc::not_found, "there is no device " + device});
        }
    };
    try {
        co_await database_.run(std::move(job));
    } catch (const RefusedJob& refusal) {
        co_return fail(refusal.error());
    }
    co_return Result<void>{};
}

Task<Page<Swept>> Store::sweep(std::string after, WallTime before, std::size_t limit) {
    auto job = [after = std::move(after), before, limit](SQLite::Database& db) {
        Page<Swept> page;
        const auto deadlines = read_deadlines(db, after, limit);
        for (const auto& one : deadlines) {
            const auto deadline = parse_finish_time(one.finish_by);
            if (deadline && *deadline < before && end_late(db, one)) page.found.push_back(one.operation);
        }
        if (deadlines.size() == limit) page.next = deadlines.back().operation.device;
        return page;
    };
    co_return co_await database_.run(std::move(job));
}

Task<Figures> Store::figures(std::int64_t patient_since) {
    auto job = [patient_since](SQLite::Database& db) {
        Figures figures;
        const auto count = [&db](const std::string& condition) {
            const std::string sql = "SELECT count(*) FROM Renewal WHERE " + condition;
            return static_cast<std::size_t>(db.execAndGet(sql).getInt64());
        };
        figures.armed = count("armcount > 0");
        figures.patient = count("armcount > 0 AND armedat > " + std::to_string(patient_since));
        figures.failing = count("failures > 0");
        figures.excluded = count("excluded = 1");
        return figures;
    };
    co_return co_await database_.run(std::move(job));
}

}  // namespace opencapf::capf::renewal
