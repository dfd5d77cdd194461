// SPDX-License-Identifier: Apache-2.0
#include "opencapf/storage/database.hpp"

#include "support/loops.hpp"
#include "support/temp_dir.hpp"

#include <SQLiteCpp/Exception.h>
#include <atomic>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <thread>

namespace opencapf::storage {
namespace {

using test::run_on;
using test::TempDir;
using ::testing::HasSubstr;

const std::vector<std::string> kSchema{"CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT NOT NULL)"};

void insert(SQLite::Database& db, int id) {
    db.exec("INSERT INTO t(id, name) VALUES(" + std::to_string(id) + ", 'n')");
}

int count(SQLite::Database& db) { return db.execAndGet("SELECT count(*) FROM t").getInt(); }

int count(Database& database) {
    int rows = -1;
    database.run_blocking([&](SQLite::Database& db) { rows = count(db); });
    return rows;
}

/// A database and two loops; the database goes first, as its callers' loops must outlive it.
class DatabaseTest : public ::testing::Test {
protected:
    DatabaseTest() : loops_(2) { loops_.start(); }
    Database& open(const std::vector<std::string>& migrations = kSchema) {
        database_ = std::make_unique<Database>(path(), migrations);
        return *database_;
    }
    [[nodiscard]] std::string path() const { return dir_.file("x.sqlite"); }

    TempDir dir_;
    net::LoopPool loops_;
    std::unique_ptr<Database> database_;
};

/// Keeps the writer thread busy until it is let go, so that what is queued meanwhile shares one transaction.
class Plug {
public:
    explicit Plug(Database& database) {
        thread_ = std::thread([this, &database] {
            database.run_blocking([this](SQLite::Database&) {
                reached_.set_value();
                release_.get_future().wait();
            });
        });
        reached_.get_future().wait();
    }
    ~Plug() { thread_.join(); }
    void pull() { release_.set_value(); }

private:
    std::promise<void> reached_, release_;
    std::thread thread_;
};

struct Outcome {
    std::atomic<int> good{0}, failed{0}, done{0};
};

Task<> insert_task(Database& database, int id, bool fail, Outcome& outcome) {
    bool failed = false;
    try {
        auto job = [id, fail](SQLite::Database& db) {
            insert(db, id);
            if (fail) throw std::runtime_error("refused by the job");
        };
        co_await database.run(std::move(job));
    } catch (const std::exception&) {
        failed = true;
    }
    ++(failed ? outcome.failed : outcome.good);
    ++outcome.done;
    outcome.done.notify_all();
}

void wait_for(Outcome& outcome, int wanted) {
    for (int done = outcome.done; done < wanted; done = outcome.done) outcome.done.wait(done);
}

TEST_F(DatabaseTest, CommitsAndSurvivesReopening) {
    open().run_blocking([](SQLite::Database& db) { insert(db, 7); });
    database_.reset();
    EXPECT_EQ(count(open()), 1);
}

TEST_F(DatabaseTest, GivesTheResultOfTheJobToTheCaller) {
    auto& database = open();
    const auto make = [&database]() -> Task<std::string> {
        return database.run([](SQLite::Database& db) {
            insert(db, 1);
            return db.execAndGet("SELECT name FROM t").getString();
        });
    };
    EXPECT_EQ(run_on<std::string>(loops_[0], make), "n");
}

Task<bool> resumes_here(Database& database) {
    const auto before = std::this_thread::get_id();
    auto job = [](SQLite::Database&) { return std::this_thread::get_id(); };
    const auto inside = co_await database.run(std::move(job));
    co_return std::this_thread::get_id() == before&& inside != before;
}

TEST_F(DatabaseTest, ResumesOnTheLoopOfTheCaller) {
    auto& database = open();
    for (std::size_t i = 0; i < loops_.size(); ++i)
        EXPECT_TRUE(run_on<bool>(loops_[i], [&database] { return resumes_here(database); }));
}

TEST_F(DatabaseTest, ExceptionOfAJobComesBackToItsCaller) {
    auto& database = open();
    EXPECT_THROW(database.run_blocking([](SQLite::Database& db) { db.exec("no SQL"); }), SQLite::Exception);
    const auto make = [&database]() -> Task<> {
        return database.run([](SQLite::Database& db) { db.exec("INSERT INTO none VALUES(1)"); });
    };
    EXPECT_THROW(run_on<void>(loops_[0], make), SQLite::Exception);
    EXPECT_EQ(count(database), 0);
}

TEST_F(DatabaseTest, ThrowingJobRollsBackAloneInItsBatch) {
    auto& database = open();
    Outcome outcome;
    {
        Plug plug(database);
        for (int id = 0; id < 10; ++id) {
            loops_[0].spawn([&database, &outcome, id] { return insert_task(database, id, id % 3 == 1, outcome); });
        }
        test::run_plain(loops_[0], [] {});  // the loop is in order: all ten are queued
        plug.pull();
    }
    wait_for(outcome, 10);
    EXPECT_EQ(outcome.failed, 3);
    EXPECT_EQ(outcome.good, 7);
    std::string ids;
    database.run_blocking([&](SQLite::Database& db) {
        ids = db.execAndGet("SELECT group_concat(id) FROM (SELECT id FROM t ORDER BY id)").getString();
    });
    EXPECT_EQ(ids, "0,2,3,5,6,8,9");
}

TEST_F(DatabaseTest, JobsOfABatchShareOneTransaction) {
    auto& database = open();
    Outcome outcome;
    {
        Plug plug(database);
        for (int id = 0; id < 5; ++id)
            loops_[0].spawn([&database, &outcome, id] { return insert_task(database, id, false, outcome); });
        test::run_plain(loops_[0], [] {});
        EXPECT_EQ(database.queued(), 5U);
        // Another connection sees nothing of a batch that is not committed.
        EXPECT_EQ(SQLite::Database(path()).execAndGet("SELECT count(*) FROM t").getInt(), 0);
        plug.pull();
    }
    wait_for(outcome, 5);
    EXPECT_EQ(SQLite::Database(path()).execAndGet("SELECT count(*) FROM t").getInt(), 5);
    EXPECT_EQ(database.queued(), 0U);
}

TEST_F(DatabaseTest, TakesJobsFromSeveralLoopsAtOnce) {
    auto& database = open();
    Outcome outcome;
    constexpr int kJobs = 200;  // more than one batch holds
    for (int id = 0; id < kJobs; ++id) {
        auto& loop = loops_[static_cast<std::size_t>(id) % loops_.size()];
        loop.spawn([&database, &outcome, id] { return insert_task(database, id, id % 10 == 0, outcome); });
    }
    wait_for(outcome, kJobs);
    EXPECT_EQ(outcome.failed, kJobs / 10);
    EXPECT_EQ(count(database), kJobs - kJobs / 10);
}

TEST_F(DatabaseTest, DestructorFinishesWhatIsQueued) {
    auto& database = open();
    Outcome outcome;
    {
        Plug plug(database);
        for (int id = 0; id < 5; ++id)
            loops_[0].spawn([&database, &outcome, id] { return insert_task(database, id, false, outcome); });
        test::run_plain(loops_[0], [] {});
        plug.pull();
    }
    database_.reset();
    wait_for(outcome, 5);
    EXPECT_EQ(outcome.good, 5);
    EXPECT_EQ(count(open()), 5);
}

TEST_F(DatabaseTest, CommitThatFailsIsToldToEveryJobOfTheBatch) {
    auto& database = open({"CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT NOT NULL)",
                           "CREATE TABLE child(id INTEGER REFERENCES t(id) DEFERRABLE INITIALLY DEFERRED)"});
    Outcome outcome;
    std::exception_ptr failure;
    {
        Plug plug(database);
        loops_[0].spawn([&] { return insert_task(database, 1, false, outcome); });
        test::run_plain(loops_[0], [] {});
        std::thread broken([&] {
            try {
                database.run_blocking([](SQLite::Database& db) { db.exec("INSERT INTO child VALUES(99)"); });
            } catch (const SQLite::Exception&) {
                failure = std::current_exception();
            }
        });
        plug.pull();
        broken.join();
    }
    wait_for(outcome, 1);
    EXPECT_TRUE(failure) << "a broken reference was committed";
    // Whether both were in one batch is the scheduler's choice; what a caller heard must be what is on disk.
    EXPECT_EQ(count(database), outcome.good);
    database.run_blocking([](SQLite::Database& db) { insert(db, 2); });  // and the writer goes on
}

TEST_F(DatabaseTest, MigratesInOrderAndOnlyWhatIsMissing) {
    open({"CREATE TABLE a(x)"});
    database_.reset();
    auto& database = open({"this is not run again", "CREATE TABLE b(x)", "INSERT INTO b VALUES(5)"});
    int value = 0, version = 0;
    database.run_blocking([&](SQLite::Database& db) {
        value = db.execAndGet("SELECT x FROM b").getInt();
        version = db.execAndGet("PRAGMA user_version").getInt();
    });
    EXPECT_EQ(value, 5);
    EXPECT_EQ(version, 3);
}

TEST_F(DatabaseTest, FailedMigrationLeavesThePreviousSchema) {
    EXPECT_THROW(open({"CREATE TABLE a(x)", "CREATE TABLE b(x); INSERT INTO nowhere VALUES(1)"}), std::runtime_error);
    SQLite::Database file(path());
    EXPECT_EQ(file.execAndGet("PRAGMA user_version").getInt(), 1);
    EXPECT_TRUE(file.tableExists("a"));
    EXPECT_FALSE(file.tableExists("b"));
}

TEST_F(DatabaseTest, RefusesAFileOfANewerProgram) {
    open({"CREATE TABLE a(x)", "CREATE TABLE b(x)"});
    database_.reset();
    try {
        open({"CREATE TABLE a(x)"});
        FAIL() << "opened";
    } catch (const std::runtime_error& error) {
        EXPECT_THAT(error.what(), ::testing::AllOf(HasSubstr(path()), HasSubstr("newer")));
    }
}

TEST_F(DatabaseTest, NamesAFileItCannotUse) {
    for (const auto& bad : {dir_.file("none/x.sqlite"), dir_.path()}) {
        try {
            const Database database(bad, kSchema);
            FAIL() << "opened " << bad;
        } catch (const std::runtime_error& error) {
            EXPECT_THAT(error.what(), HasSubstr(bad));
        }
    }
}

TEST_F(DatabaseTest, FilesArePrivateWhateverTheUmask) {
    const auto mask = ::umask(0);
    open().run_blocking([](SQLite::Database& db) { insert(db, 1); });
    ::umask(mask);
    for (const auto& entry : std::filesystem::directory_iterator(dir_.path())) {
        struct stat info {};
        ASSERT_EQ(::stat(entry.path().c_str(), &info), 0);
        EXPECT_EQ(info.st_mode & 0777, 0600U) << entry.path();
    }
}

TEST_F(DatabaseTest, SeveralProcessesWriteOneFile) {
    constexpr int kWriters = 3, kRows = 40;
    const std::vector<std::string> schema{kSchema[0], "CREATE TABLE u(id)", "CREATE TABLE v(id)"};
    std::atomic<int> failed{0};
    // They open a new file at the same time, and each has the schema.
    const auto write = [&](int writer) {
        try {
            Database database(path(), schema, {true, std::chrono::milliseconds(20'000)});
            for (int i = 0; i < kRows; ++i)
                database.run_blocking([&](SQLite::Database& db) { insert(db, writer * kRows + i); });
        } catch (const std::exception& error) {
            ADD_FAILURE() << error.what();
            ++failed;
        }
    };
    std::vector<std::thread> threads;
    for (int writer = 0; writer < kWriters; ++writer) threads.emplace_back(write, writer);
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(failed, 0);
    EXPECT_EQ(count(open(schema)), kWriters * kRows);
}

TEST_F(DatabaseTest, AProcessThatHoldsTheFileTooLongFailsTheJob) {
    open();
    SQLite::Database other(path(), SQLite::OPEN_READWRITE);
    other.exec("BEGIN IMMEDIATE");
    for (const bool shared : {true, false}) {
        database_ =
            std::make_unique<Database>(path(), kSchema, Database::Options{shared, std::chrono::milliseconds(50)});
        EXPECT_THROW(database_->run_blocking([](SQLite::Database& db) { insert(db, 1); }), SQLite::Exception);
    }
    other.exec("COMMIT");
    database_->run_blocking([](SQLite::Database& db) { insert(db, 1); });
    EXPECT_EQ(count(*database_), 1);
}

TEST_F(DatabaseTest, IsSetUpForDurabilityAndForeignKeys) {
    auto& database = open();
    database.run_blocking([](SQLite::Database& db) {
        EXPECT_EQ(db.execAndGet("PRAGMA journal_mode").getString(), "wal");
        EXPECT_EQ(db.execAndGet("PRAGMA synchronous").getInt(), 2);
        EXPECT_EQ(db.execAndGet("PRAGMA foreign_keys").getInt(), 1);
    });
}

}  // namespace
}  // namespace opencapf::storage
