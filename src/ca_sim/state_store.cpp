// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/state_store.hpp"

#include "ca_sim/schema.hpp"
#include "opencapf/storage/blob.hpp"

#include <algorithm>
#include <fcntl.h>
#include <functional>
#include <map>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace opencapf::ca_sim {
namespace {

void put_authority(SQLite::Database& db, const StoredAuthority& authority) {
    SQLite::Statement statement(db, "INSERT INTO authorities (id, key_index, chain, private_key) VALUES (?, ?, ?, ?)");
    statement.bind(1, authority.index);
    statement.bind(2, authority.key_index);
    statement.bind(3, authority.chain);
    statement.bind(4, std::string(authority.private_key.reveal()));
    statement.exec();
}

void put_account(SQLite::Database& db, const StoredAccount& account) {
    SQLite::Statement statement(db,
                                "INSERT OR REPLACE INTO accounts (name, nt_hash, state) VALUES (?1, "
                                "CASE ?4 WHEN 1 THEN coalesce((SELECT nt_hash FROM accounts WHERE name = ?1), x'') "
                                "ELSE ?2 END, CASE ?3 WHEN '' THEN coalesce((SELECT state FROM accounts WHERE name = "
                                "?1), '') ELSE ?3 END)");
    statement.bind(1, account.name);
    storage::bind_blob(statement, 2, account.nt_hash);
    statement.bind(3, account.state);
    // A new state alone keeps the password; who is removed has none any more.
    statement.bind(4, account.nt_hash.empty() && account.state != "removed" ? 1 : 0);
    statement.exec();
}

void put_template(SQLite::Database& db, const StoredTemplate& entry) {
    SQLite::Statement statement(db, "INSERT OR REPLACE INTO templates (name, value) VALUES (?, ?)");
    statement.bind(1, entry.name);
    statement.bind(2, entry.value);
    statement.exec();
}

void put_crl(SQLite::Database& db, const StoredCrl& crl) {
    SQLite::Statement statement(db,
                                "INSERT OR REPLACE INTO crls (key_index, delta, number, published, next_publish, der) "
                                "VALUES (?, ?, ?, ?, ?, ?)");
    statement.bind(1, crl.key_index);
    statement.bind(2, crl.delta ? 1 : 0);
    statement.bind(3, crl.number);
    statement.bind(4, crl.published);
    statement.bind(5, crl.next_publish);
    storage::bind_blob(statement, 6, crl.der);
    statement.exec();
}

std::vector<StoredAuthority> read_authorities(SQLite::Database& db) {
    std::vector<StoredAuthority> found;
    SQLite::Statement statement(db, "SELECT id, key_index, chain, private_key FROM authorities ORDER BY id");
    while (statement.executeStep()) {
        found.push_back({statement.getColumn(0).getInt(), statement.getColumn(1).getInt(),
                         statement.getColumn(2).getString(), Secret(statement.getColumn(3).getString())});
    }
    return found;
}

std::vector<StoredAccount> read_accounts(SQLite::Database& db) {
    std::vector<StoredAccount> found;
    SQLite::Statement statement(db, "SELECT name, nt_hash, state FROM accounts ORDER BY name");
    while (statement.executeStep()) {
        found.push_back({statement.getColumn(0).getString(), storage::read_blob(statement.getColumn(1)),
                         statement.getColumn(2).getString()});
    }
    return found;
}

std::vector<StoredTemplate> read_templates(SQLite::Database& db) {
    std::vector<StoredTemplate> found;
    SQLite::Statement statement(db, "SELECT name, value FROM templates ORDER BY name");
    while (statement.executeStep())
        found.push_back({statement.getColumn(0).getString(), statement.getColumn(1).getString()});
    return found;
}

void forget(SQLite::Database& db, const std::string& table, const std::string& name) {
    SQLite::Statement statement(db, "DELETE FROM " + table + " WHERE name = ?");
    statement.bind(1, name);
    statement.exec();
}

std::string quoted(const std::string& text) {
    std::string out = "'";
    for (const char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
    return out + "'";
}

/// A new file that only its owner may read: SQLite would make it with the umask's mode.
void create_private(const std::string& path) {
    const int file = ::open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    if (file < 0) throw std::system_error(errno, std::generic_category(), path);
    ::close(file);
}

std::int64_t last_id(SQLite::Database& db) {
    return db.execAndGet("SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'requests'), 0)").getInt64();
}

std::map<int, std::int64_t> crl_numbers(SQLite::Database& db) {
    std::map<int, std::int64_t> numbers;
    SQLite::Statement rows(db, "SELECT key_index, max(number) FROM crls GROUP BY key_index");
    while (rows.executeStep()) numbers[rows.getColumn(0).getInt()] = rows.getColumn(1).getInt64();
    return numbers;
}

/// Reads one table of `backup` row by row into the same table of `db`.
void copy_table(SQLite::Database& backup, SQLite::Database& db, const std::string& table) {
    db.exec("DELETE FROM " + table);
    SQLite::Statement rows(backup, "SELECT * FROM " + table);
    std::string columns, places;
    for (int i = 0; i < rows.getColumnCount(); ++i) {
        columns += (i == 0 ? "" : ", ") + std::string(rows.getColumnName(i));
        places += i == 0 ? "?" : ", ?";
    }
    SQLite::Statement insert(db, "INSERT INTO " + table + " (" + columns + ") VALUES (" + places + ")");
    while (rows.executeStep()) {
        insert.reset();
        for (int i = 0; i < rows.getColumnCount(); ++i) {
            const SQLite::Column value = rows.getColumn(i);
            if (value.isInteger()) {
                insert.bind(i + 1, value.getInt64());
            } else if (value.isBlob()) {
                storage::bind_blob(insert, i + 1, storage::read_blob(value));
            } else {
                insert.bind(i + 1, value.getString());
            }
        }
        insert.exec();
    }
}

/// CA certificates are never given up: those since the backup stay, and one that differs means another CA.
void keep_authorities(SQLite::Database& backup, SQLite::Database& db) {
    const auto known = read_authorities(db);
    for (const StoredAuthority& theirs : read_authorities(backup)) {
        const auto same = std::find_if(known.begin(), known.end(),
                                       [&](const StoredAuthority& ours) { return ours.index == theirs.index; });
        if (same == known.end()) {
            put_authority(db, theirs);
        } else if (same->chain != theirs.chain) {
            throw std::runtime_error("CA certificate " + std::to_string(theirs.index) +
                                     " of the backup is another than ours: it is the backup of another CA");
        }
    }
}

void replace_content(SQLite::Database& db, const std::string& path, const StateStore::Check& check) {
    SQLite::Database backup(path, SQLite::OPEN_READONLY);
    const int version = backup.execAndGet("PRAGMA user_version").getInt();
    const int expected = static_cast<int>(migrations().size());
    if (version != expected)
        throw std::runtime_error("it is a backup of version " + std::to_string(version) + ", not " +
                                 std::to_string(expected));
    const std::int64_t highest = std::max(last_id(db), last_id(backup));
    const auto numbers = crl_numbers(db);
    keep_authorities(backup, db);
    for (const std::string& table : restored_tables()) copy_table(backup, db, table);
    // What was at work then will never be finished: who asked got no answer of it.
    db.exec(
        "UPDATE requests SET disposition = 'failed', message = 'The backup was made while this was being signed' "
        "WHERE disposition = 'signing'");
    // Clients may have kept CRLs of these numbers: the next ones must have higher ones (RFC 5280 section 5.2.3), and
    // are due at once. A key without a CRL of the backup gets its number back through an empty one.
    for (const auto& [key_index, number] : numbers) {
        const std::string key = std::to_string(key_index), least = std::to_string(number);
        db.exec("INSERT OR IGNORE INTO crls (key_index, delta, number, published, next_publish, der) VALUES (" + key +
                ", 0, 0, '', '', x'')");
        db.exec("UPDATE crls SET number = max(number, " + least + ") WHERE key_index = " + key);
    }
    db.exec("UPDATE crls SET next_publish = ''");
    db.exec("DELETE FROM sqlite_sequence WHERE name = 'requests'");
    db.exec("INSERT INTO sqlite_sequence (name, seq) VALUES ('requests', " + std::to_string(highest) + ")");
    check(read_authorities(db), read_accounts(db), read_templates(db));
}

}  // namespace

std::vector<StoredAuthority> StateStore::authorities() {
    std::vector<StoredAuthority> found;
    database_.run_blocking([&](SQLite::Database& db) { found = read_authorities(db); });
    return found;
}

std::vector<StoredAccount> StateStore::accounts() {
    std::vector<StoredAccount> found;
    database_.run_blocking([&](SQLite::Database& db) { found = read_accounts(db); });
    return found;
}

std::vector<StoredTemplate> StateStore::templates() {
    std::vector<StoredTemplate> found;
    database_.run_blocking([&](SQLite::Database& db) { found = read_templates(db); });
    return found;
}

std::vector<StoredCrl> StateStore::crls() {
    std::vector<StoredCrl> found;
    database_.run_blocking([&](SQLite::Database& db) {
        SQLite::Statement statement(
            db, "SELECT key_index, delta, number, published, next_publish, der FROM crls ORDER BY key_index, delta");
        while (statement.executeStep()) {
            found.push_back({statement.getColumn(0).getInt(), statement.getColumn(1).getInt() != 0,
                             statement.getColumn(2).getInt64(), statement.getColumn(3).getString(),
                             statement.getColumn(4).getString(), storage::read_blob(statement.getColumn(5))});
        }
    });
    return found;
}

Task<> StateStore::add(StoredAuthority authority) {
    auto job = [&](SQLite::Database& db) { put_authority(db, authority); };
    std::function<void(SQLite::Database&)> erased(std::move(job));
    co_await database_.run(std::move(erased));
}

Task<> StateStore::put(StoredAccount account) {
    auto job = [&](SQLite::Database& db) { put_account(db, account); };
    std::function<void(SQLite::Database&)> erased(std::move(job));
    co_await database_.run(std::move(erased));
}

Task<> StateStore::put(StoredTemplate entry) {
    auto job = [&](SQLite::Database& db) { put_template(db, entry); };
    std::function<void(SQLite::Database&)> erased(std::move(job));
    co_await database_.run(std::move(erased));
}

Task<> StateStore::put(std::vector<StoredCrl> crls) {
    auto job = [&](SQLite::Database& db) {
        for (const StoredCrl& crl : crls) put_crl(db, crl);
    };
    std::function<void(SQLite::Database&)> erased(std::move(job));
    co_await database_.run(std::move(erased));
}

Task<> StateStore::forget_account(std::string name) {
    auto job = [&](SQLite::Database& db) { forget(db, "accounts", name); };
    std::function<void(SQLite::Database&)> erased(std::move(job));
    co_await database_.run(std::move(erased));
}

Task<> StateStore::forget_template(std::string name) {
    auto job = [&](SQLite::Database& db) { forget(db, "templates", name); };
    std::function<void(SQLite::Database&)> erased(std::move(job));
    co_await database_.run(std::move(erased));
}

Task<> StateStore::restore(std::string path, Check check) {
    auto job = [&](SQLite::Database& db) { replace_content(db, path, check); };
    std::function<void(SQLite::Database&)> erased(std::move(job));
    co_await database_.run(std::move(erased));
}

void back_up(const std::string& database, const std::string& target) {
    constexpr int kBusyTimeoutMs = 10'000;
    create_private(target);
    try {
        SQLite::Database reader(database, SQLite::OPEN_READONLY, kBusyTimeoutMs);
        reader.exec("VACUUM INTO " + quoted(target));
    } catch (const std::exception&) {
        ::unlink(target.c_str());
        throw;
    }
}

}  // namespace opencapf::ca_sim
