// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/request_store.hpp"

#include "opencapf/storage/blob.hpp"

#include <functional>
#include <utility>

namespace opencapf::ca_sim {
namespace {

constexpr const char* kColumns =
    "id, submitted, requester, template, disposition, message, hresult, serial, not_after, subject, key_hash, names, "
    "authority, revoked, revoke_reason, unrevoked";
constexpr int kCsrColumn = 16;

std::string select_text(bool with_blobs, std::string_view rest) {
    return std::string("SELECT ") + kColumns + (with_blobs ? ", csr, certificate" : "") + " FROM requests " +
           std::string(rest);
}

std::int64_t insert(SQLite::Database& db, const StoredRequest& request) {
    SQLite::Statement statement(
        db,
        "INSERT INTO requests (submitted, requester, template, disposition, message, hresult, csr, subject, key_hash, "
        "names) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    statement.bind(1, request.submitted);
    statement.bind(2, request.requester);
    statement.bind(3, request.template_name);
    statement.bind(4, std::string(to_string(request.disposition)));
    statement.bind(5, request.message);
    statement.bind(6, static_cast<std::int64_t>(request.code));
    storage::bind_blob(statement, 7, request.csr);
    statement.bind(8, request.subject);
    storage::bind_blob(statement, 9, request.key_hash);
    statement.bind(10, request.names);
    statement.exec();
    return db.getLastInsertRowid();
}

/// Rows changed: 0 when there is no such request, or it is not `from`.
int update(SQLite::Database& db, std::int64_t id, const StoredOutcome& outcome, std::optional<Disposition> from) {
    SQLite::Statement statement(
        db,
        "UPDATE requests SET disposition = ?1, message = ?2, hresult = ?3, certificate = ?4, serial = ?5, "
        "not_after = ?6, authority = ?7, subject = CASE ?8 WHEN '' THEN subject ELSE ?8 END "
        "WHERE id = ?9 AND (?10 = '' OR disposition = ?10)");
    statement.bind(1, std::string(to_string(outcome.disposition)));
    statement.bind(2, outcome.message);
    statement.bind(3, static_cast<std::int64_t>(outcome.code));
    storage::bind_blob(statement, 4, outcome.certificate);
    statement.bind(5, outcome.serial);
    statement.bind(6, outcome.not_after);
    statement.bind(7, outcome.authority);
    statement.bind(8, outcome.subject);
    statement.bind(9, id);
    statement.bind(10, from ? std::string(to_string(*from)) : std::string());
    return statement.exec();
}

std::int64_t find_duplicate(SQLite::Database& db, std::int64_t id, const Bytes& key_hash, const std::string& now) {
    SQLite::Statement statement(db,
                                "SELECT id FROM requests WHERE key_hash = ?1 AND key_hash <> x'' AND id <> ?2 AND "
                                "(disposition = 'signing' OR (disposition = 'issued' AND revoked = '' AND "
                                "not_after > ?3)) ORDER BY id DESC LIMIT 1");
    storage::bind_blob(statement, 1, key_hash);
    statement.bind(2, id);
    statement.bind(3, now);
    return statement.executeStep() ? statement.getColumn(0).getInt64() : 0;
}

/// Revokes what the certificate of `id` replaces.
void supersede(SQLite::Database& db, std::int64_t id, const std::string& when) {
    constexpr int kSuperseded = 4;  // RFC 5280 section 5.3.1
    SQLite::Statement statement(db,
                                "UPDATE requests SET revoked = ?3, revoke_reason = ?1, unrevoked = '' WHERE key_hash = "
                                "(SELECT key_hash FROM requests WHERE id = ?2) AND "
                                "key_hash <> x'' AND id <> ?2 AND disposition = 'issued' AND revoked = ''");
    statement.bind(1, kSuperseded);
    statement.bind(2, id);
    statement.bind(3, when);
    statement.exec();
}

void update_signing(SQLite::Database& db, std::int64_t id, const StoredOutcome& outcome) {
    if (update(db, id, outcome, Disposition::signing) != 1)
        throw std::runtime_error("request " + std::to_string(id) + " is not being signed any more");
    if (!outcome.supersedes.empty() && outcome.disposition == Disposition::issued)
        supersede(db, id, outcome.supersedes);
}

StoredRequest row(SQLite::Statement& statement) {
    int at = 0;
    const auto text = [&] { return statement.getColumn(at++).getString(); };
    StoredRequest request;
    request.id = statement.getColumn(at++).getInt64();
    request.submitted = text();
    request.requester = text();
    request.template_name = text();
    request.disposition = disposition_from(text()).value_or(Disposition::failed);
    request.message = text();
    request.code = static_cast<Hresult>(statement.getColumn(at++).getInt64());
    request.serial = text();
    request.not_after = text();
    request.subject = text();
    request.key_hash = storage::read_blob(statement.getColumn(at++));
    request.names = text();
    request.authority = statement.getColumn(at++).getInt();
    request.revoked = text();
    request.revoke_reason = statement.getColumn(at++).getInt();
    request.unrevoked = text();
    if (statement.getColumnCount() > kCsrColumn) {
        request.csr = storage::read_blob(statement.getColumn(kCsrColumn));
        request.certificate = storage::read_blob(statement.getColumn(kCsrColumn + 1));
    }
    return request;
}

std::optional<StoredRequest> first(SQLite::Statement& statement) {
    if (!statement.executeStep()) return std::nullopt;
    return row(statement);
}

std::vector<StoredRequest> select_list(SQLite::Database& db, const RequestFilter& filter) {
    // Unused conditions are left out of the text, so that SQLite can take the partial index of the rest.
    std::string where = "WHERE id < ?1";
    if (filter.disposition) where += " AND disposition = '" + std::string(to_string(*filter.disposition)) + "'";
    if (filter.revoked) where += *filter.revoked ? " AND revoked <> ''" : " AND revoked = ''";
    if (!filter.requester.empty()) where += " AND requester = ?2 COLLATE NOCASE";
    if (!filter.template_name.empty()) where += " AND template = ?3 COLLATE NOCASE";
    if (!filter.subject.empty()) where += " AND instr(lower(subject), lower(?4)) > 0";
    SQLite::Statement statement(db, select_text(false, where + " ORDER BY id DESC LIMIT ?5"));
    statement.bind(1, filter.before > 0 ? filter.before : INT64_MAX);
    if (!filter.requester.empty()) statement.bind(2, filter.requester);
    if (!filter.template_name.empty()) statement.bind(3, filter.template_name);
    if (!filter.subject.empty()) statement.bind(4, filter.subject);
    statement.bind(5, static_cast<std::int64_t>(filter.limit));
    std::vector<StoredRequest> found;
    while (statement.executeStep()) found.push_back(row(statement));
    return found;
}

constexpr int kRemoveFromCrl = 8;  // RFC 5280 section 5.3.1

void select_revoked(SQLite::Database& db, const std::string& condition, const std::string& since,
                    const std::string& now, std::vector<RevokedCertificate>& found) {
    SQLite::Statement statement(
        db, "SELECT serial, CASE revoked WHEN '' THEN unrevoked ELSE revoked END, CASE revoked WHEN '' THEN " +
                std::to_string(kRemoveFromCrl) +
                " ELSE revoke_reason END FROM requests WHERE not_after > ?1 AND ?2 = ?2 AND " + condition);
    statement.bind(1, now);
    statement.bind(2, since);
    while (statement.executeStep()) {
        found.push_back(
            {statement.getColumn(0).getString(), statement.getColumn(1).getString(), statement.getColumn(2).getInt()});
    }
}

}  // namespace

RequestStore::RequestStore(storage::Database& database) : database_(database) { recount(); }

void RequestStore::recount() {
    database_.run_blocking([this](SQLite::Database& db) {
        stored_ = static_cast<std::size_t>(db.execAndGet("SELECT count(*) FROM requests").getInt64());
    });
}

Task<AddedRequest> RequestStore::add(StoredRequest request, std::optional<StoredOutcome> when_duplicate) {
    auto job = [&](SQLite::Database& db) {
        AddedRequest added;
        if (when_duplicate) added.duplicate = find_duplicate(db, 0, request.key_hash, request.submitted);
        if (added.duplicate != 0) {
            request.disposition = when_duplicate->disposition;
            request.message = when_duplicate->message;
            request.code = when_duplicate->code;
        }
        added.id = insert(db, request);
        return added;
    };
    std::function<AddedRequest(SQLite::Database&)> erased(std::move(job));
    const AddedRequest added = co_await database_.run(std::move(erased));
    ++stored_;
    co_return added;
}

Task<> RequestStore::ping() {
    auto job = [](SQLite::Database& db) { db.exec("SELECT 1"); };
    std::function<void(SQLite::Database&)> erased(std::move(job));
    co_await database_.run(std::move(erased));
}

Task<> RequestStore::finish(std::int64_t id, StoredOutcome outcome) {
    auto job = [id, &outcome](SQLite::Database& db) { update_signing(db, id, outcome); };
    std::function<void(SQLite::Database&)> erased(std::move(job));
    co_await database_.run(std::move(erased));
}

Task<bool> RequestStore::resolve(std::int64_t id, Disposition from, StoredOutcome outcome) {
    auto job = [id, from, &outcome](SQLite::Database& db) { return update(db, id, outcome, from) == 1; };
    std::function<bool(SQLite::Database&)> erased(std::move(job));
    co_return co_await database_.run(std::move(erased));
}

Task<std::optional<StoredRequest>> RequestStore::find(std::int64_t id) {
    auto job = [id](SQLite::Database& db) {
        SQLite::Statement statement(db, select_text(true, "WHERE id = ?"));
        statement.bind(1, id);
        return first(statement);
    };
    std::function<std::optional<StoredRequest>(SQLite::Database&)> erased(std::move(job));
    co_return co_await database_.run(std::move(erased));
}

Task<std::optional<StoredRequest>> RequestStore::find_serial(std::string serial) {
    auto job = [&serial](SQLite::Database& db) {
        SQLite::Statement statement(db, select_text(true, "WHERE serial = ? AND serial <> ''"));
        statement.bind(1, serial);
        return first(statement);
    };
    std::function<std::optional<StoredRequest>(SQLite::Database&)> erased(std::move(job));
    co_return co_await database_.run(std::move(erased));
}

Task<std::vector<StoredRequest>> RequestStore::list(RequestFilter filter) {
    auto job = [&filter](SQLite::Database& db) { return select_list(db, filter); };
    std::function<std::vector<StoredRequest>(SQLite::Database&)> erased(std::move(job));
    co_return co_await database_.run(std::move(erased));
}

Task<std::int64_t> RequestStore::duplicate_of(std::int64_t id, Bytes key_hash, std::string now) {
    auto job = [&, id](SQLite::Database& db) { return find_duplicate(db, id, key_hash, now); };
    std::function<std::int64_t(SQLite::Database&)> erased(std::move(job));
    co_return co_await database_.run(std::move(erased));
}

Task<bool> RequestStore::revoke(std::int64_t id, std::string when, int reason) {
    auto job = [&, id, reason](SQLite::Database& db) {
        SQLite::Statement statement(db,
                                    "UPDATE requests SET revoked = ?, revoke_reason = ?, unrevoked = '' WHERE id = ? "
                                    "AND disposition = 'issued' AND (revoked = '' OR revoke_reason = 6)");
        statement.bind(1, when);
        statement.bind(2, reason);
        statement.bind(3, id);
        return statement.exec() == 1;
    };
    std::function<bool(SQLite::Database&)> erased(std::move(job));
    co_return co_await database_.run(std::move(erased));
}

Task<bool> RequestStore::unrevoke(std::int64_t id, std::string when) {
    auto job = [&, id](SQLite::Database& db) {
        SQLite::Statement statement(db,
                                    "UPDATE requests SET revoked = '', revoke_reason = 0, unrevoked = ? WHERE id = ? "
                                    "AND revoked <> '' AND revoke_reason = 6");
        statement.bind(1, when);
        statement.bind(2, id);
        return statement.exec() == 1;
    };
    std::function<bool(SQLite::Database&)> erased(std::move(job));
    co_return co_await database_.run(std::move(erased));
}

Task<std::vector<RevokedCertificate>> RequestStore::revoked(std::vector<int> authorities, std::string now,
                                                            std::string since) {
    std::string list = "authority IN (";
    for (const int index : authorities) list += std::to_string(index) + (index == authorities.back() ? ")" : ",");
    auto job = [&](SQLite::Database& db) {
        std::vector<RevokedCertificate> found;
        select_revoked(db, "revoked <> '' AND revoked >= ?2 AND " + list, since, now, found);
        if (!since.empty()) select_revoked(db, "unrevoked <> '' AND unrevoked >= ?2 AND " + list, since, now, found);
        return found;
    };
    std::function<std::vector<RevokedCertificate>(SQLite::Database&)> erased(std::move(job));
    co_return co_await database_.run(std::move(erased));
}

std::vector<StoredRequest> RequestStore::interrupted() {
    std::vector<StoredRequest> found;
    database_.run_blocking([&found](SQLite::Database& db) {
        SQLite::Statement statement(db, select_text(true, "WHERE disposition = 'signing' ORDER BY id"));
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
    database_.run_blocking([&](SQLite::Database& db) { update_signing(db, id, outcome); });
}

bool RequestStore::is_valid_blocking(const std::string& serial, const Bytes& certificate) {
    bool valid = false;
    database_.run_blocking([&](SQLite::Database& db) {
        SQLite::Statement statement(
            db, select_text(true, "WHERE serial = ? AND serial <> '' AND disposition = 'issued' AND revoked = ''"));
        statement.bind(1, serial);
        const auto found = first(statement);
        valid = found && found->certificate == certificate;
    });
    return valid;
}

}  // namespace opencapf::ca_sim
