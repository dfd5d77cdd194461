// SPDX-License-Identifier: Apache-2.0
#include "capf/unconfirmed_store.hpp"

#include "opencapf/storage/blob.hpp"

namespace opencapf::capf {
namespace {

std::vector<UnconfirmedLsc> read_rows(SQLite::Statement& rows) {
    std::vector<UnconfirmedLsc> found;
    while (rows.executeStep()) {
        found.push_back({rows.getColumn(0).getInt64(), rows.getColumn(1).getString(),
                         storage::read_blob(rows.getColumn(2)), rows.getColumn(3).getInt64(),
                         rows.getColumn(4).getString()});
    }
    return found;
}

}  // namespace

void remove_unconfirmed(SQLite::Database& db, std::int64_t id) {
    SQLite::Statement statement(db, "DELETE FROM UnconfirmedLsc WHERE id=?");
    statement.bind(1, id);
    statement.exec();
}

void explain_unconfirmed(SQLite::Database& db, std::int64_t id, const std::string& reason) {
    SQLite::Statement statement(db, "UPDATE UnconfirmedLsc SET reason=? WHERE id=?");
    statement.bind(1, reason);
    statement.bind(2, id);
    statement.exec();
}

void UnconfirmedStore::explain_interrupted() {
    database_.run_blocking([](SQLite::Database& db) {
        cluster::forget_all(db);
        db.exec("UPDATE UnconfirmedLsc SET reason='capfd was stopped before the phone confirmed it' WHERE reason=''");
    });
}

Task<std::int64_t> UnconfirmedStore::add(std::string device, Bytes der, std::int64_t now, cluster::Claim claim) {
    auto job = [device = std::move(device), der = std::move(der), now, claim](SQLite::Database& db) {
        SQLite::Statement insert(
            db, "INSERT INTO UnconfirmedLsc (device, der, issuedat, instance, reason) VALUES (?, ?, ?, ?, ?)");
        insert.bind(1, device);
        storage::bind_blob(insert, 2, der);
        insert.bind(3, now);
        insert.bind(4, claim.instance);
        insert.bind(5, cluster::holds(db, device, claim) ? "" : "another instance of capfd had taken the device over");
        insert.exec();
        return static_cast<std::int64_t>(db.getLastInsertRowid());
    };
    co_return co_await database_.run(std::move(job));
}

Task<std::vector<UnconfirmedLsc>> UnconfirmedStore::list(std::int64_t after, std::size_t limit) {
    auto job = [after, limit](SQLite::Database& db) {
        SQLite::Statement rows(db,
                               "SELECT id, device, der, issuedat, reason FROM UnconfirmedLsc WHERE id > ? ORDER BY id "
                               "LIMIT ?");
        rows.bind(1, after);
        rows.bind(2, static_cast<std::int64_t>(limit));
        return read_rows(rows);
    };
    co_return co_await database_.run(std::move(job));
}

Task<std::int64_t> UnconfirmedStore::find(std::string device, Bytes der) {
    auto job = [device = std::move(device), der = std::move(der)](SQLite::Database& db) {
        SQLite::Statement row(db, "SELECT id FROM UnconfirmedLsc WHERE device=? AND der=?");
        row.bind(1, device);
        storage::bind_blob(row, 2, der);
        return row.executeStep() ? row.getColumn(0).getInt64() : std::int64_t{0};
    };
    co_return co_await database_.run(std::move(job));
}

Task<> UnconfirmedStore::explain(std::int64_t id, std::string reason) {
    auto job = [id, reason = std::move(reason)](SQLite::Database& db) { explain_unconfirmed(db, id, reason); };
    co_await database_.run(std::move(job));
}

Task<std::size_t> UnconfirmedStore::remove_stale(std::string device) {
    auto job = [device = std::move(device)](SQLite::Database& db) {
        SQLite::Statement statement(db, "DELETE FROM UnconfirmedLsc WHERE reason <> '' AND (?1='' OR device=?1)");
        statement.bind(1, device);
        return static_cast<std::size_t>(statement.exec());
    };
    co_return co_await database_.run(std::move(job));
}

}  // namespace opencapf::capf
