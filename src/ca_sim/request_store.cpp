// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/request_store.hpp"

#include "opencapf/storage/blob.hpp"

#include <functional>
#include <utility>

namespace opencapf::ca_sim {
namespace {

// AUTOINCREMENT keeps SQLite from giving an id out again, even after the newest row was deleted.
const std::vector<std::string>& migrations() {
    static const std::vector<std::string> kMigrations{
        "CREATE TABLE requests ("
        " id INTEGER PRIMARY KEY AUTOINCREMENT,"
        " submitted TEXT NOT NULL,"
        " requester TEXT NOT NULL,"
        " template TEXT NOT NULL,"
        " disposition TEXT NOT NULL CHECK (disposition IN ('signing','issued','pending','denied','failed')),"
        " message TEXT NOT NULL,"
        " hresult INTEGER NOT NULL,"
        " csr BLOB NOT NULL,"
        " certificate BLOB NOT NULL DEFAULT x'',"
        " serial TEXT NOT NULL DEFAULT '',"
        " not_after TEXT NOT NULL DEFAULT '');"
        "CREATE INDEX requests_unfinished ON requests (disposition) WHERE disposition = 'signing';"};
    return kMigrations;
}

constexpr const char* kColumns =
    "id, submitted, requester, template, disposition, message, hresult, csr, certificate, serial, not_after";

std::int64_t insert(SQLite::Database& db, const StoredRequest& request) {
    SQLite::Statement statement(
        db,
        "INSERT INTO requests (submitted, requester, template, disposition, message, hresult, csr) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)");
    statement.bind(1, request.submitted);
    statement.bind(2, request.requester);
    statement.bind(3, request.template_name);
    statement.bind(4, std::string(to_string(request.disposition)));
    statement.bind(5, request.message);
    statement.bind(6, static_cast<std::int64_t>(request.code));
    storage::bind_blob(statement, 7, request.csr);
    statement.exec();
    return db.getLastInsertRowid();
}

void update(SQLite::Database& db, std::int64_t id, const StoredOutcome& outcome) {
    SQLite::Statement statement(db,
                                "UPDATE requests SET disposition = ?, message = ?, hresult = ?, certificate = ?, "
                                "serial = ?, not_after = ? WHERE id = ?");
    statement.bind(1, std::string(to_string(outcome.disposition)));
    statement.bind(2, outcome.message);
    statement.bind(3, static_cast<std::int64_t>(outcome.code));
    storage::bind_blob(statement, 4, outcome.certificate);
    statement.bind(5, outcome.serial);
    statement.bind(6, outcome.not_after);
    statement.bind(7, id);
    if (statement.exec() != 1) throw std::runtime_error("request " + std::to_string(id) + " is not in the database");
}

StoredRequest row(SQLite::Statement& statement) {
    StoredRequest request;
    request.id = statement.getColumn(0).getInt64();
    request.submitted = statement.getColumn(1).getString();
    request.requester = statement.getColumn(2).getString();
    request.template_name = statement.getColumn(3).getString();
    request.disposition = disposition_from(statement.getColumn(4).getString()).value_or(Disposition::failed);
    request.message = statement.getColumn(5).getString();
    request.code = static_cast<Hresult>(statement.getColumn(6).getInt64());
    request.csr = storage::read_blob(statement.getColumn(7));
    request.certificate = storage::read_blob(statement.getColumn(8));
    request.serial = statement.getColumn(9).getString();
    request.not_after = statement.getColumn(10).getString();
    return request;
}

std::optional<StoredRequest> select(SQLite::Database& db, std::int64_t id) {
    SQLite::Statement statement(db, std::string("SELECT ") + kColumns + " FROM requests WHERE id = ?");
    statement.bind(1, id);
    if (!statement.executeStep()) return std::nullopt;
    return row(statement);
}

}  // namespace

RequestStore::RequestStore(const std::string& path) : database_(path, migrations()) {
    database_.run_blocking([this](SQLite::Database& db) {
        stored_ = static_cast<std::size_t>(db.execAndGet("SELECT count(*) FROM requests").getInt64());
    });
}

Task<std::int64_t> RequestStore::add(StoredRequest request) {
    auto job = [&request](SQLite::Database& db) { return insert(db, request); };
    std::function<std::int64_t(SQLite::Database&)> erased(std::move(job));
    const std::int64_t id = co_await database_.run(std::move(erased));
    ++stored_;
    co_return id;
}

Task<> RequestStore::ping() {
    auto job = [](SQLite::Database& db) { db.exec("SELECT 1"); };
    std::function<void(SQLite::Database&)> erased(std::move(job));
    co_await database_.run(std::move(erased));
}

Task<> RequestStore::finish(std::int64_t id, StoredOutcome outcome) {
    auto job = [id, &outcome](SQLite::Database& db) { update(db, id, outcome); };
    std::function<void(SQLite::Database&)> erased(std::move(job));
    co_await database_.run(std::move(erased));
}

Task<std::optional<StoredRequest>> RequestStore::find(std::int64_t id) {
    auto job = [id](SQLite::Database& db) { return select(db, id); };
    std::function<std::optional<StoredRequest>(SQLite::Database&)> erased(std::move(job));
    co_return co_await database_.run(std::move(erased));
}

std::vector<StoredRequest> RequestStore::interrupted() {
    std::vector<StoredRequest> found;
    database_.run_blocking([&found](SQLite::Database& db) {
        SQLite::Statement statement(
            db, std::string("SELECT ") + kColumns + " FROM requests WHERE disposition = 'signing' ORDER BY id");
        while (statement.executeStep()) found.push_back(row(statement));
    });
    return found;
}

std::int64_t RequestStore::add_blocking(const StoredRequest& request) {
    std::int64_t id = 0;
    database_.run_blocking([&](SQLite::Database& db) { id = insert(db, request); });
    ++stored_;
    return id;
}

void RequestStore::finish_blocking(std::int64_t id, const StoredOutcome& outcome) {
    database_.run_blocking([&](SQLite::Database& db) { update(db, id, outcome); });
}

}  // namespace opencapf::ca_sim
