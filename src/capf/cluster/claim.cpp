// SPDX-License-Identifier: Apache-2.0
#include "capf/cluster/claim.hpp"

#include "opencapf/base/text.hpp"

namespace opencapf::capf::cluster {
namespace {

Reaped reap(SQLite::Database& db, std::int64_t instance, const std::string& name) {
    SQLite::Statement explain(db, "UPDATE UnconfirmedLsc SET reason=?1 WHERE reason='' AND instance=?2");
    explain.bind(1, "instance " + name + " of capfd ended before the phone confirmed it");
    explain.bind(2, instance);
    Reaped reaped{name, static_cast<std::size_t>(explain.exec())};
    SQLite::Statement gone(db, "DELETE FROM Instance WHERE id=?");  // its claims go with it
    gone.bind(1, instance);
    gone.exec();
    return reaped;
}

struct Row {
    std::int64_t id = 0;
    std::string name;
};
std::vector<Row> rows_of(SQLite::Statement& select) {
    std::vector<Row> rows;
    while (select.executeStep()) rows.push_back({select.getColumn(0).getInt64(), select.getColumn(1).getString()});
    return rows;
}

std::int64_t insert(SQLite::Database& db, const std::string& name, std::int64_t expires) {
    SQLite::Statement old(db, "SELECT id, name FROM Instance WHERE name=?");
    old.bind(1, name);
    for (const auto& row : rows_of(old)) reap(db, row.id, row.name);
    SQLite::Statement add(db, "INSERT INTO Instance (name, expires) VALUES (?, ?)");
    add.bind(1, name);
    add.bind(2, expires);
    add.exec();
    return db.getLastInsertRowid();
}

bool prolong(SQLite::Database& db, std::int64_t instance, std::int64_t expires) {
    SQLite::Statement update(db, "UPDATE Instance SET expires=? WHERE id=?");
    update.bind(1, expires);
    update.bind(2, instance);
    return update.exec() > 0;
}

bool lead(SQLite::Database& db, std::int64_t instance) {
    SQLite::Statement update(
        db, "UPDATE Instance SET leader=1 WHERE id=? AND NOT EXISTS (SELECT 1 FROM Instance WHERE leader=1)");
    update.bind(1, instance);
    update.exec();
    SQLite::Statement leader(db, "SELECT leader FROM Instance WHERE id=?");
    leader.bind(1, instance);
    return leader.executeStep() && leader.getColumn(0).getInt() != 0;
}

std::int64_t last_token(SQLite::Database& db) { return db.execAndGet("SELECT value FROM ClaimSequence").getInt64(); }

}  // namespace

bool holds(SQLite::Database& db, const std::string& device, const Claim& claim) {
    if (claim.token == 0) return true;
    SQLite::Statement row(db, "SELECT 1 FROM SessionClaim WHERE device=? AND token=? AND instance=?");
    row.bind(1, device);
    row.bind(2, claim.token);
    row.bind(3, claim.instance);
    return row.executeStep();
}

std::int64_t join(SQLite::Database& db, const std::string& name, std::int64_t now, std::int64_t lease) {
    const auto instance = insert(db, name, now + lease);
    db.exec(
        "UPDATE UnconfirmedLsc SET reason='capfd was stopped before the phone confirmed it' WHERE reason='' AND "
        "instance NOT IN (SELECT id FROM Instance)");
    return instance;
}

Beat beat(SQLite::Database& db, std::int64_t instance, const std::string& name, std::int64_t now, std::int64_t lease) {
    Beat beat;
    beat.instance = instance;
    beat.rejoined = !prolong(db, instance, now + lease);
    if (beat.rejoined) beat.instance = insert(db, name, now + lease);
    SQLite::Statement dead(db, "SELECT id, name FROM Instance WHERE expires <= ? AND id <> ? ORDER BY id");
    dead.bind(1, now);
    dead.bind(2, beat.instance);
    for (const auto& row : rows_of(dead)) beat.reaped.push_back(reap(db, row.id, row.name));
    beat.leads = lead(db, beat.instance);
    SQLite::Statement others(db, "SELECT id, name FROM Instance WHERE id <> ? ORDER BY name");
    others.bind(1, beat.instance);
    for (auto& row : rows_of(others)) beat.others.push_back(std::move(row.name));
    SQLite::Statement claims(db, "SELECT token, device FROM SessionClaim WHERE instance=?");
    claims.bind(1, beat.instance);
    for (const auto& row : rows_of(claims)) beat.claimed.emplace(to_lower(row.name), row.id);
    beat.last_token = last_token(db);
    return beat;
}

void leave(SQLite::Database& db, std::int64_t instance) {
    SQLite::Statement name(db, "SELECT id, name FROM Instance WHERE id=?");
    name.bind(1, instance);
    for (const auto& row : rows_of(name)) reap(db, row.id, row.name);
}

void forget_all(SQLite::Database& db) { db.exec("DELETE FROM Instance"); }

Claim take(SQLite::Database& db, const std::string& device, std::int64_t instance) {
    SQLite::Statement member(db, "SELECT 1 FROM Instance WHERE id=?");
    member.bind(1, instance);
    if (!member.executeStep()) return {};
    db.exec("UPDATE ClaimSequence SET value=value+1");
    const Claim claim{instance, last_token(db)};
    SQLite::Statement insert(db, "INSERT OR REPLACE INTO SessionClaim (device, token, instance) VALUES (?, ?, ?)");
    insert.bind(1, device);
    insert.bind(2, claim.token);
    insert.bind(3, claim.instance);
    insert.exec();
    return claim;
}

void release(SQLite::Database& db, const std::string& device, const Claim& claim) {
    SQLite::Statement gone(db, "DELETE FROM SessionClaim WHERE device=? AND token=?");
    gone.bind(1, device);
    gone.bind(2, claim.token);
    gone.exec();
}

}  // namespace opencapf::capf::cluster
