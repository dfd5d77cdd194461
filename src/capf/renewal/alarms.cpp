// SPDX-License-Identifier: Apache-2.0
#include "capf/renewal/alarms.hpp"

#include "opencapf/base/clock.hpp"

namespace opencapf::capf::renewal {
namespace {

// When an alarm of the kind stands: ?1 is now, ?2 its limit. A quarter of the validity, because an LSC that lives a
// week is not "expiring" from its first day.
std::string condition(AlarmKind kind) {
    if (kind == AlarmKind::expiring)
        return "d.lscvaliduntil > ?1 AND d.lscvaliduntil <= ?1 + ?2 AND (d.lscvalidfrom = 0 OR "
               "d.lscvaliduntil - ?1 <= (d.lscvaliduntil - d.lscvalidfrom) / 4)";
    if (kind == AlarmKind::expired) return "d.lscvaliduntil > 0 AND d.lscvaliduntil <= ?1 AND ?2 = 0";
    return "r.failures > 0 AND r.failures >= ?2 AND ?1 > 0";
}

// Devices that deserve one, each with the number its detail tells.
std::string subjects(AlarmKind kind) {
    const std::string from = kind == AlarmKind::renewal_failing
                                 ? "SELECT r.device AS device, r.failures AS number FROM Renewal r WHERE "
                                 : "SELECT d.name AS device, d.lscvaliduntil AS number FROM Device d WHERE ";
    return from + condition(kind);
}

// Of a row of Alarm: is its reason still there?
std::string reason(AlarmKind kind) {
    const std::string from = kind == AlarmKind::renewal_failing
                                 ? "SELECT 1 FROM Renewal r WHERE r.device = Alarm.device AND "
                                 : "SELECT 1 FROM Device d WHERE d.name = Alarm.device AND ";
    return from + condition(kind);
}

std::int64_t limit_of(AlarmKind kind, const AlarmLimits& limits) {
    if (kind == AlarmKind::expiring) return limits.expiring_seconds;
    return kind == AlarmKind::expired ? 0 : limits.failures;
}

std::string detail_of(AlarmKind kind, std::int64_t number) {
    if (kind == AlarmKind::renewal_failing) return std::to_string(number) + " renewals in a row failed";
    return "valid until " + format_utc(std::chrono::system_clock::from_time_t(number), "%Y-%m-%dT%H:%M:%SZ");
}

Alarm read_alarm(SQLite::Statement& row) {
    return {
        row.getColumn(0).getInt64(), row.getColumn(1).getString(), static_cast<AlarmKind>(row.getColumn(2).getInt()),
        row.getColumn(3).getInt64(), row.getColumn(4).getInt64(),  row.getColumn(5).getString()};
}

constexpr const char* kSelect = "SELECT id, device, kind, since, cleared, detail FROM Alarm ";

std::vector<Alarm> read_new(SQLite::Database& db, AlarmKind kind, const AlarmLimits& limits, std::size_t limit) {
    SQLite::Statement rows(db, "SELECT device, number FROM (" + subjects(kind) +
                                   ") s WHERE NOT EXISTS (SELECT 1 FROM Alarm a WHERE a.device = s.device AND "
                                   "a.kind = ?3 AND a.cleared = 0) LIMIT ?4");
    rows.bind(1, limits.now);
    rows.bind(2, limit_of(kind, limits));
    rows.bind(3, static_cast<int>(kind));
    rows.bind(4, static_cast<std::int64_t>(limit));
    std::vector<Alarm> found;
    while (rows.executeStep())
        found.push_back(
            {0, rows.getColumn(0).getString(), kind, limits.now, 0, detail_of(kind, rows.getColumn(1).getInt64())});
    return found;
}

std::vector<Alarm> read_gone(SQLite::Database& db, AlarmKind kind, const AlarmLimits& limits, std::size_t limit) {
    SQLite::Statement rows(
        db, std::string(kSelect) + "WHERE cleared = 0 AND kind = ?3 AND NOT EXISTS (" + reason(kind) + ") LIMIT ?4");
    rows.bind(1, limits.now);
    rows.bind(2, limit_of(kind, limits));
    rows.bind(3, static_cast<int>(kind));
    rows.bind(4, static_cast<std::int64_t>(limit));
    std::vector<Alarm> found;
    while (rows.executeStep()) found.push_back(read_alarm(rows));
    return found;
}

}  // namespace

std::string_view alarm_name(AlarmKind kind) {
    if (kind == AlarmKind::expiring) return "lsc_expiring";
    return kind == AlarmKind::expired ? "lsc_expired" : "renewal_failing";
}

std::string_view alarm_text(AlarmKind kind) {
    if (kind == AlarmKind::expiring) return "LSC expiring";
    return kind == AlarmKind::expired ? "LSC expired" : "LSC renewal failing";
}

Task<std::vector<Alarm>> AlarmStore::raise(AlarmKind kind, AlarmLimits limits, std::size_t limit) {
    auto job = [kind, limits, limit](SQLite::Database& db) {
        auto found = read_new(db, kind, limits, limit);
        for (auto& alarm : found) {
            SQLite::Statement insert(db, "INSERT INTO Alarm (device, kind, since, detail) VALUES (?, ?, ?, ?)");
            insert.bind(1, alarm.device);
            insert.bind(2, static_cast<int>(alarm.kind));
            insert.bind(3, alarm.since);
            insert.bind(4, alarm.detail);
            insert.exec();
            alarm.id = db.getLastInsertRowid();
        }
        return found;
    };
    co_return co_await database_.run(std::move(job));
}

Task<std::vector<Alarm>> AlarmStore::clear(AlarmKind kind, AlarmLimits limits, std::size_t limit) {
    auto job = [kind, limits, limit](SQLite::Database& db) {
        auto found = read_gone(db, kind, limits, limit);
        for (auto& alarm : found) {
            SQLite::Statement update(db, "UPDATE Alarm SET cleared = ? WHERE id = ?");
            update.bind(1, limits.now);
            update.bind(2, alarm.id);
            update.exec();
            alarm.cleared = limits.now;
        }
        return found;
    };
    co_return co_await database_.run(std::move(job));
}

Task<std::size_t> AlarmStore::forget(std::int64_t before, std::size_t limit) {
    auto job = [before, limit](SQLite::Database& db) {
        SQLite::Statement gone(db,
                               "DELETE FROM Alarm WHERE id IN (SELECT id FROM Alarm WHERE cleared > 0 AND "
                               "cleared < ?1 LIMIT ?2)");
        gone.bind(1, before);
        gone.bind(2, static_cast<std::int64_t>(limit));
        return static_cast<std::size_t>(gone.exec());
    };
    co_return co_await database_.run(std::move(job));
}

Task<std::vector<Alarm>> AlarmStore::list(bool with_cleared, std::int64_t after, std::size_t limit) {
    auto job = [with_cleared, after, limit](SQLite::Database& db) {
        SQLite::Statement rows(db, std::string(kSelect) + "WHERE id > ?1 AND (?2 OR cleared = 0) ORDER BY id LIMIT ?3");
        rows.bind(1, after);
        rows.bind(2, with_cleared ? 1 : 0);
        rows.bind(3, static_cast<std::int64_t>(limit));
        std::vector<Alarm> found;
        while (rows.executeStep()) found.push_back(read_alarm(rows));
        return found;
    };
    co_return co_await database_.run(std::move(job));
}

Task<std::array<std::size_t, kAlarmKinds.size()>> AlarmStore::standing() {
    auto job = [](SQLite::Database& db) {
        std::array<std::size_t, kAlarmKinds.size()> counts{};
        SQLite::Statement rows(db, "SELECT kind, count(*) FROM Alarm WHERE cleared = 0 GROUP BY kind");
        while (rows.executeStep())
            counts.at(static_cast<std::size_t>(rows.getColumn(0).getInt() - 1)) =
                static_cast<std::size_t>(rows.getColumn(1).getInt64());
        return counts;
    };
    co_return co_await database_.run(std::move(job));
}

}  // namespace opencapf::capf::renewal
