// SPDX-License-Identifier: Apache-2.0
#include "ces/upstream/pending_store.hpp"

#include "ces/certsrv/digest.hpp"
#include "ces/upstream/issued_record.hpp"
#include "opencapf/base/text.hpp"
#include "opencapf/log/operator_log.hpp"
#include "opencapf/storage/blob.hpp"

#include <algorithm>

namespace opencapf::ces {
namespace {

constexpr std::size_t kIdBytes = 8;  // of the key, in an id for people

const std::vector<std::string>& migrations() {
    static const std::vector<std::string> list{
        "CREATE TABLE PendingRequest (Key BLOB PRIMARY KEY NOT NULL, Account TEXT NOT NULL, Subject TEXT NOT NULL, "
        "Correlation TEXT NOT NULL, Ca TEXT NOT NULL, RequestId INTEGER NOT NULL, Stage INTEGER NOT NULL, "
        "Certificate BLOB, Since INTEGER NOT NULL) WITHOUT ROWID",
        IssuedRecord::kMigration};
    return list;
}

Bytes key_bytes(const std::string& key) { return {key.begin(), key.end()}; }

std::string id_of(const std::string& key) { return to_hex(as_bytes(std::string_view(key).substr(0, kIdBytes))); }

}  // namespace

std::string_view to_string(PendingStage stage) noexcept {
    switch (stage) {
        case PendingStage::unanswered:
            return "unanswered";
        case PendingStage::at_the_ca:
            return "at-the-ca";
        case PendingStage::undelivered:
            break;
    }
    return "undelivered";
}

PendingStore::PendingStore(Limits limits, const std::string& database, WallClock clock)
    : limits_(limits), clock_(std::move(clock)) {
    if (database.empty()) return;
    database_ = std::make_unique<storage::Database>(database, migrations());
    load();
}

std::string PendingStore::key(const std::string& user, const std::string& label, const std::string& csr_der) {
    std::string text = to_lower(user);
    text += '\0';
    text += label;
    text += '\0';
    text += csr_der;
    return sha256(as_bytes(text));
}

void PendingStore::load() {
    const auto read = [this](SQLite::Database& db) {
        SQLite::Statement rows(db,
                               "SELECT Key, Account, Subject, Correlation, Ca, RequestId, Stage, Certificate, Since "
                               "FROM PendingRequest ORDER BY Since");
        while (rows.executeStep()) {
            Entry entry;
            const Bytes key = storage::read_blob(rows.getColumn(0));
            entry.key.assign(key.begin(), key.end());
            entry.who = {rows.getColumn(1).getString(), rows.getColumn(2).getString(), rows.getColumn(3).getString()};
            entry.ca = rows.getColumn(4).getString();
            entry.request_id = static_cast<std::uint64_t>(rows.getColumn(5).getInt64());
            entry.stage = static_cast<PendingStage>(std::clamp(rows.getColumn(6).getInt(), 1, 3));
            if (auto certificate = x509::Certificate::from_der(storage::read_blob(rows.getColumn(7))))
                entry.certificate = std::move(*certificate);
            if (*entry.stage == PendingStage::undelivered && !entry.certificate) entry.stage = PendingStage::at_the_ca;
            entry.since = WallTime(std::chrono::seconds(rows.getColumn(8).getInt64()));
            entries_.push_back(std::move(entry));
            index_[entries_.back().key] = std::prev(entries_.end());
        }
    };
    database_->run_blocking(read);
    const std::lock_guard lock(mutex_);
    drop_old();
    for (const Entry& entry : entries_) {
        if (entry.stage == PendingStage::unanswered)
            log::warn("before the last stop the request for " + printable(entry.who.subject, 200) + " of " +
                      printable(entry.who.account, 100) + " went to the CA '" + entry.ca +
                      "' and got no answer: look there whether it issued a certificate that nobody has");
    }
    if (!entries_.empty())
        log::info(std::to_string(entries_.size()) + " requests are at the CA or wait for their clients");
}

void PendingStore::erase(List::iterator entry) {
    if (database_ && entry->stage) {
        auto remove = [key = key_bytes(entry->key)](SQLite::Database& db) {
            SQLite::Statement statement(db, "DELETE FROM PendingRequest WHERE Key = ?");
            storage::bind_blob(statement, 1, key);
            statement.exec();
        };
        auto done = [](const std::exception_ptr& failure) {
            // The row only makes a later list longer, and ends with its lifetime.
            if (failure) log::error("a request that is settled could not be taken out of the database");
        };
        database_->enqueue(std::move(remove), std::move(done));
    }
    index_.erase(entry->key);
    entries_.erase(entry);
}

void PendingStore::drop_old() {
    const auto now = clock_();
    // Oldest first. A busy entry stays whatever its age: its connection ends it.
    for (auto entry = entries_.begin(); entry != entries_.end();) {
        if (entries_.size() <= limits_.entries && entry->since + limits_.lifetime > now) return;
        const auto old = entry++;
        if (old->busy) continue;
        if (old->stage == PendingStage::undelivered)
            log::warn("the certificate for " + printable(old->who.subject, 200) + ", request id " +
                      std::to_string(old->request_id) + " at '" + old->ca +
                      "', was never collected and is forgotten now: revoke it there");
        erase(old);
    }
}

PendingStore::Begin PendingStore::begin(const std::string& key, const PendingSubject& who) {
    const std::lock_guard lock(mutex_);
    drop_old();
    if (const auto found = index_.find(key); found != index_.end()) {
        Entry& entry = *found->second;
        if (entry.busy) return {State::busy, entry.ca, entry.request_id, {}, false};
        entry.busy = true;
        if (entry.stage == PendingStage::undelivered)
            return {State::issued, entry.ca, entry.request_id, entry.certificate, false};
        if (entry.stage == PendingStage::at_the_ca) return {State::at_the_ca, entry.ca, entry.request_id, {}, false};
        return {State::fresh, {}, 0, {}, true};
    }
    Entry entry;
    entry.key = key;
    entry.who = who;
    entry.busy = true;
    entry.since = clock_();
    entries_.push_back(std::move(entry));
    index_[key] = std::prev(entries_.end());
    drop_old();
    return {};
}

std::string PendingStore::ca_of(const std::string& key) const {
    const std::lock_guard lock(mutex_);
    const auto found = index_.find(key);
    if (found == index_.end() || found->second->stage == PendingStage::unanswered) return {};
    return found->second->ca;
}

std::optional<PendingStore::Entry> PendingStore::change(const std::string& key,
                                                        const std::function<void(Entry&)>& how) {
    const std::lock_guard lock(mutex_);
    const auto found = index_.find(key);
    if (found == index_.end()) return std::nullopt;
    how(*found->second);
    return *found->second;
}

Task<Result<void>> PendingStore::write(Entry entry) {
    if (!database_) co_return Result<void>();
    auto save = [entry = std::move(entry)](SQLite::Database& db) {
        SQLite::Statement statement(
            db,
            "INSERT INTO PendingRequest (Key, Account, Subject, Correlation, Ca, RequestId, Stage, Certificate, Since) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (Key) DO UPDATE SET Ca = excluded.Ca, RequestId = "
            "excluded.RequestId, Stage = excluded.Stage, Certificate = excluded.Certificate");
        const Bytes key = key_bytes(entry.key);
        const Bytes der = entry.certificate ? entry.certificate->der() : Bytes();
        storage::bind_blob(statement, 1, key);
        statement.bind(2, printable(entry.who.account, 300));
        statement.bind(3, printable(entry.who.subject, 300));
        statement.bind(4, entry.who.correlation);
        statement.bind(5, entry.ca);
        statement.bind(6, static_cast<std::int64_t>(entry.request_id));
        statement.bind(7, static_cast<int>(*entry.stage));
        storage::bind_blob(statement, 8, der);
        statement.bind(9, unix_seconds(entry.since));
        statement.exec();
    };
    std::string failure;
    try {
        co_await database_->run(std::move(save));
    } catch (const std::exception& error) {
        failure = error.what();
    }
    if (!failure.empty()) co_return fail(Errc::io, "the state database: " + failure);
    co_return Result<void>();
}

Task<Result<void>> PendingStore::posting(std::string key, std::string ca) {
    const std::function<void(Entry&)> how = [&](Entry& entry) {
        entry.ca = ca;
        entry.request_id = 0;
        entry.stage = PendingStage::unanswered;
    };
    auto entry = change(key, how);
    if (!entry) co_return fail(Errc::internal, "the request is not in work");
    auto written = co_await write(std::move(*entry));
    co_return written;
}

Task<Result<void>> PendingStore::submitted(std::string key, std::uint64_t request_id) {
    const std::function<void(Entry&)> how = [&](Entry& entry) {
        entry.request_id = request_id;
        entry.stage = PendingStage::at_the_ca;
    };
    auto entry = change(key, how);
    if (!entry) co_return fail(Errc::internal, "the request is not in work");
    auto written = co_await write(std::move(*entry));
    co_return written;
}

Task<Result<void>> PendingStore::issued(std::string key, std::uint64_t request_id, x509::Certificate certificate) {
    const std::function<void(Entry&)> how = [&](Entry& entry) {
        entry.request_id = request_id;
        entry.stage = PendingStage::undelivered;
        entry.certificate = certificate;
    };
    auto entry = change(key, how);
    if (!entry) co_return fail(Errc::internal, "the request is not in work");
    auto written = co_await write(std::move(*entry));
    co_return written;
}

void PendingStore::end(const std::string& key) {
    const std::lock_guard lock(mutex_);
    const auto found = index_.find(key);
    if (found == index_.end()) return;
    found->second->busy = false;
    if (!found->second->stage) erase(found->second);
}

void PendingStore::forget(const std::string& key) {
    const std::lock_guard lock(mutex_);
    if (const auto found = index_.find(key); found != index_.end()) erase(found->second);
}

std::size_t PendingStore::size() const {
    const std::lock_guard lock(mutex_);
    return entries_.size();
}

std::size_t PendingStore::count(PendingStage stage) const {
    const std::lock_guard lock(mutex_);
    return static_cast<std::size_t>(
        std::count_if(entries_.begin(), entries_.end(), [&](const Entry& entry) { return entry.stage == stage; }));
}

std::vector<PendingRequest> PendingStore::list(std::size_t limit) const {
    const std::lock_guard lock(mutex_);
    std::vector<PendingRequest> requests;
    for (const Entry& entry : entries_) {
        if (requests.size() >= limit) break;
        if (!entry.stage) continue;
        requests.push_back({id_of(entry.key), entry.who, entry.ca, entry.request_id, *entry.stage, entry.since});
    }
    return requests;
}

bool PendingStore::forget_id(std::string_view id) {
    const std::lock_guard lock(mutex_);
    const auto found = std::find_if(entries_.begin(), entries_.end(),
                                    [&](const Entry& entry) { return entry.stage && id_of(entry.key) == id; });
    if (found == entries_.end() || found->busy) return false;
    erase(found);
    return true;
}

}  // namespace opencapf::ces
