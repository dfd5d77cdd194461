// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/request_store.hpp"
#include "ca_sim/schema.hpp"
#include "unit/ca_sim/test_pki.hpp"

#include <functional>
#include <future>
#include <gmock/gmock.h>
#include <map>
#include <sqlite3.h>

// A database of 100,000 requests must answer as fast as an empty one. Times say little on a busy machine; what SQLite
// plans to do, and how many steps it takes, says it exactly.
namespace opencapf::ca_sim {
namespace {

using testing::AnyOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr const char* kNow = "2026-06-01 00:00:00";
constexpr int kFewOfEach = 3;  // pending, interrupted, revoked and unrevoked rows

struct Executed {
    std::string sql;
    int steps = 0;  ///< of SQLite's virtual machine
};

/// Every statement of a connection that says "requests", as it was executed.
class Recorder {
public:
    explicit Recorder(storage::Database& database) : database_(database) {
        // sqlite3_sql() and not the expanded text: with its values in the text SQLite could take partial indexes that
        // the real statement cannot.
        database_.run_blocking([this](SQLite::Database& db) {
            sqlite3_trace_v2(db.getHandle(), SQLITE_TRACE_PROFILE, &Recorder::record, this);
        });
    }
    ~Recorder() {
        database_.run_blocking([](SQLite::Database& db) { sqlite3_trace_v2(db.getHandle(), 0, nullptr, nullptr); });
    }
    Recorder(const Recorder&) = delete;
    Recorder& operator=(const Recorder&) = delete;

    std::vector<Executed> take() { return std::exchange(executed_, {}); }

private:
    static int record(unsigned /*event*/, void* self, void* statement, void* /*nanoseconds*/) {
        auto* const prepared = static_cast<sqlite3_stmt*>(statement);
        const std::string sql = sqlite3_sql(prepared);
        if (sql.find("requests") != std::string::npos && !sql.starts_with("EXPLAIN")) {
            static_cast<Recorder*>(self)->executed_.push_back(
                {sql, sqlite3_stmt_status(prepared, SQLITE_STMTSTATUS_VM_STEP, 0)});
        }
        return 0;
    }

    storage::Database& database_;
    std::vector<Executed> executed_;  // written by the database's thread while the test waits for it
};

StoredRequest a_request() {
    StoredRequest request;
    request.submitted = kNow;
    request.requester = "LAB\\ciscora";
    request.template_name = "CiscoRA";
    request.disposition = Disposition::signing;
    request.csr = {1};
    request.key_hash = {9};
    return request;
}

StoredOutcome an_outcome(Disposition disposition) {
    StoredOutcome outcome;
    outcome.disposition = disposition;
    outcome.serial = "ff";
    outcome.not_after = "2027-01-01 00:00:00";
    return outcome;
}

RequestFilter only(std::optional<Disposition> disposition, std::optional<bool> revoked = std::nullopt) {
    RequestFilter filter;
    filter.disposition = disposition;
    filter.revoked = revoked;
    filter.limit = 10;
    return filter;
}

/// Issued certificates of as many keys; the few others are the oldest rows, where a search from the newest on comes
/// last.
void fill(SQLite::Database& db, int rows) {
    db.exec("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " + std::to_string(rows) +
            ") INSERT INTO requests (submitted, requester, template, disposition, message, hresult, csr, serial,"
            " not_after, key_hash) SELECT '2026-01-01 00:00:00', 'LAB\\ciscora', 'CiscoRA', 'issued', 'Issued',"
            " 0, x'00', printf('%x', i), '2027-01-01 00:00:00', CAST(i AS BLOB) FROM n");
    int first = 1;
    for (const char* change :
         {"disposition = 'pending'", "disposition = 'signing'", "revoked = '2026-02-01 00:00:00', revoke_reason = 6",
          "unrevoked = '2026-02-01 00:00:00'"}) {
        db.exec("UPDATE requests SET " + std::string(change) + " WHERE id BETWEEN " + std::to_string(first) + " AND " +
                std::to_string(first + kFewOfEach - 1));
        first += kFewOfEach;
    }
}

class FilledStore {
public:
    explicit FilledStore(int rows) : database_(dir_.file("db"), migrations()), store_(database_), recorder_(database_) {
        database_.run_blocking([rows](SQLite::Database& db) { fill(db, rows); });
        recorder_.take();
        loops_.start();
    }
    ~FilledStore() { loops_.stop(); }
    FilledStore(const FilledStore&) = delete;
    FilledStore& operator=(const FilledStore&) = delete;

    /// What each kind of work makes SQLite do. The work changes a few rows, so do it once.
    std::map<std::string, std::vector<Executed>> work() {
        std::map<std::string, std::vector<Executed>> all;
        const auto note = [&](const char* name) { all[name] = recorder_.take(); };
        const AddedRequest added = wait(store_.add(a_request(), an_outcome(Disposition::denied)));
        const std::int64_t id = added.id;
        EXPECT_EQ(added.duplicate, 0);
        note("add");
        wait(store_.finish(id, an_outcome(Disposition::issued)));
        note("finish");
        EXPECT_TRUE(wait(store_.find(id)));
        note("find");
        EXPECT_TRUE(wait(store_.find_serial("ff")));
        note("find_serial");
        EXPECT_EQ(wait(store_.duplicate_of(0, {9}, kNow)), id);
        EXPECT_EQ(wait(store_.duplicate_of(id, {9}, kNow)), 0);
        note("duplicate_of");
        EXPECT_FALSE(store_.is_valid_blocking("ff", {1}));
        note("is_valid_blocking");
        EXPECT_EQ(wait(store_.list(only(Disposition::pending))).size(), std::size_t{kFewOfEach});
        note("list pending");
        EXPECT_EQ(wait(store_.list(only(Disposition::issued, true))).size(), std::size_t{kFewOfEach});
        note("list revoked");
        EXPECT_EQ(wait(store_.list(only(std::nullopt))).size(), 10U);
        note("list newest");
        EXPECT_EQ(wait(store_.list(only(Disposition::issued, false))).size(), 10U);
        note("list issued");
        EXPECT_EQ(wait(store_.revoked({0}, kNow, "")).size(), std::size_t{kFewOfEach});
        note("revoked for a base CRL");
        EXPECT_EQ(wait(store_.revoked({0}, kNow, "2026-01-15 00:00:00")).size(), std::size_t{2 * kFewOfEach});
        note("revoked for a delta CRL");
        EXPECT_EQ(store_.interrupted().size(), std::size_t{kFewOfEach});
        note("interrupted");
        EXPECT_TRUE(wait(store_.resolve(1, Disposition::pending, an_outcome(Disposition::denied))));
        note("resolve");
        EXPECT_TRUE(wait(store_.revoke(id, kNow, 6)));
        note("revoke");
        EXPECT_TRUE(wait(store_.unrevoke(id, kNow)));
        note("unrevoke");
        return all;
    }

    std::vector<Executed> list(const RequestFilter& filter) {
        wait(store_.list(filter));
        return recorder_.take();
    }

    /// Lines of the plan for a statement.
    std::vector<std::string> plan(const std::string& sql) {
        std::vector<std::string> lines;
        database_.run_blocking([&](SQLite::Database& db) {
            SQLite::Statement statement(db, "EXPLAIN QUERY PLAN " + sql);
            while (statement.executeStep()) lines.push_back(statement.getColumn("detail").getString());
        });
        return lines;
    }

private:
    template <class T>
    static Task<> deliver(Task<T> task, std::promise<T>& promise) {
        if constexpr (std::is_void_v<T>) {
            co_await std::move(task);
            promise.set_value();
        } else {
            promise.set_value(co_await std::move(task));
        }
    }
    template <class T>
    T wait(Task<T> task) {
        std::promise<T> promise;
        auto result = promise.get_future();
        loops_[0].spawn([&] { return deliver(std::move(task), promise); });
        return result.get();
    }

    const test::TempDir dir_;
    storage::Database database_;
    RequestStore store_;
    Recorder recorder_;
    net::LoopPool loops_{1};
};

void expect_no_scan(FilledStore& store, const std::string& name, const std::vector<Executed>& executed) {
    ASSERT_FALSE(executed.empty()) << name << " was not recorded";
    for (const Executed& statement : executed) {
        for (const std::string& line : store.plan(statement.sql)) {
            EXPECT_THAT(line, AnyOf(Not(StartsWith("SCAN")), HasSubstr("USING"))) << name << ": " << statement.sql;
            EXPECT_THAT(line, Not(HasSubstr("TEMP B-TREE"))) << name << ": " << statement.sql;
        }
    }
}

TEST(RequestStorePlan, NothingScansTheTable) {
    FilledStore store(50);
    for (const auto& [name, executed] : store.work()) expect_no_scan(store, name, executed);
    // What a list is narrowed to beyond state and id decides how far it reads, never where it begins.
    for (const auto disposition : {Disposition::signing, Disposition::denied, Disposition::failed}) {
        expect_no_scan(store, "list by state", store.list(only(disposition)));
    }
    RequestFilter filter = only(std::nullopt);
    filter.requester = "LAB\\ciscora";
    filter.template_name = "CiscoRA";
    filter.before = 20;
    expect_no_scan(store, "list of a requester", store.list(filter));
}

TEST(RequestStorePlan, StepsDoNotGrowWithTheTable) {
    const auto steps = [](const std::vector<Executed>& executed) {
        int sum = 0;
        for (const Executed& statement : executed) sum += statement.steps;
        return sum;
    };
    auto of_few = FilledStore(50).work();
    for (const auto& [name, executed] : FilledStore(5000).work()) {
        EXPECT_GT(steps(of_few[name]), 0) << name;
        EXPECT_LE(steps(executed), 2 * steps(of_few[name])) << name << ": " << executed.front().sql;
    }
}

TEST(RequestStorePlan, AScanWouldBeSeen) {
    FilledStore store(50);
    EXPECT_THAT(store.plan("SELECT id FROM requests WHERE subject = ?"), testing::ElementsAre("SCAN requests"));
    RequestFilter filter = only(std::nullopt);
    filter.subject = "nobody";  // free text reads every row, and may
    const int few = store.list(filter).front().steps;
    EXPECT_GT(FilledStore(5000).list(filter).front().steps, 50 * few);
}

}  // namespace
}  // namespace opencapf::ca_sim
