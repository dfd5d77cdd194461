// SPDX-License-Identifier: Apache-2.0
#include "opencapf/storage/database.hpp"

#include <SQLiteCpp/Transaction.h>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <condition_variable>
#include <deque>
#include <fcntl.h>
#include <future>
#include <mutex>
#include <sqlite3.h>
#include <stdexcept>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace opencapf::storage {
namespace {

namespace asio = boost::asio;
constexpr std::size_t kBatch = 64;  // jobs per transaction at most
constexpr std::chrono::milliseconds kLook{1}, kGap{3};

struct Job {
    std::function<void(SQLite::Database&)> work;
    std::function<void(std::exception_ptr)> done;
    std::exception_ptr failure{};
};

void create_private_file(const std::string& path) {
    const int fd = ::open(path.c_str(), O_CREAT | O_CLOEXEC | O_RDWR, 0600);
    if (fd < 0) throw std::system_error(errno, std::generic_category(), "cannot open the database " + path);
    ::close(fd);
}

void migrate(SQLite::Database& db, const std::string& path, const std::vector<std::string>& migrations) {
    const auto version = [&db] { return static_cast<std::size_t>(db.execAndGet("PRAGMA user_version").getInt()); };
    if (version() > migrations.size())
        throw std::runtime_error(path + " was written by a newer version of this program (schema " +
                                 std::to_string(version()) + ")");
    while (version() < migrations.size()) {
        // The version counts once the lock is held: another process may be at it.
        SQLite::Transaction transaction(db, SQLite::TransactionBehavior::IMMEDIATE);
        const auto next = version();
        if (next >= migrations.size()) return;
        db.exec(migrations[next]);
        db.exec("PRAGMA user_version = " + std::to_string(next + 1));
        transaction.commit();
    }
}

// Two processes that open a new file at the same time: SQLite does not wait for the lock that the change of mode needs.
void use_wal(SQLite::Database& db, std::chrono::milliseconds patience) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    for (;;) {
        try {
            db.exec("PRAGMA journal_mode = WAL");
            return;
        } catch (const SQLite::Exception& error) {
            if (error.getErrorCode() != SQLITE_BUSY || std::chrono::steady_clock::now() > deadline) throw;
        }
        std::this_thread::sleep_for(kLook);
    }
}

// Instead of SQLite's own, whose looks become rare: the gap that another process leaves is short.
int wait_for_others(void* options, int looks) {
    if (kLook * looks > static_cast<const Database::Options*>(options)->busy_timeout) return 0;
    std::this_thread::sleep_for(kLook);
    return 1;
}

}  // namespace

struct Database::Impl {
    Impl(const std::string& path, Options o)
        : options(o),
          db((create_private_file(path), path), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE,
             static_cast<int>(o.busy_timeout.count())) {
        if (options.shared) sqlite3_busy_handler(db.getHandle(), wait_for_others, &options);
    }

    void push(Job job) {
        {
            const std::lock_guard lock(mutex);
            queue.push_back(std::move(job));
        }
        wake.notify_one();
    }
    void work();
    void run_batch(std::vector<Job>& batch);
    void run_one(Job& job);

    Options options;
    SQLite::Database db;  // used by the writer thread only once it runs
    std::mutex mutex;
    std::condition_variable wake;
    std::deque<Job> queue;
    bool stopping = false;
    std::thread thread;
};

void Database::Impl::work() {
    for (;;) {
        std::vector<Job> batch;
        {
            std::unique_lock lock(mutex);
            wake.wait(lock, [this] { return stopping || !queue.empty(); });
            if (queue.empty()) return;
            while (!queue.empty() && batch.size() < kBatch) {
                batch.push_back(std::move(queue.front()));
                queue.pop_front();
            }
        }
        run_batch(batch);
        for (auto& job : batch) job.done(job.failure);
        if (options.shared) std::this_thread::sleep_for(kGap);
    }
}

void Database::Impl::run_batch(std::vector<Job>& batch) {
    try {
        SQLite::Transaction transaction(db, SQLite::TransactionBehavior::IMMEDIATE);
        for (auto& job : batch) run_one(job);
        transaction.commit();
    } catch (const std::exception&) {
        // Nothing of this batch is on disk: every job that thought it succeeded has to hear so.
        for (auto& job : batch)
            if (!job.failure) job.failure = std::current_exception();
    }
}

void Database::Impl::run_one(Job& job) {
    db.exec("SAVEPOINT job");
    try {
        job.work(db);
    } catch (const std::exception&) {
        job.failure = std::current_exception();
        db.exec("ROLLBACK TO job");
    }
    db.exec("RELEASE job");
}

Database::Database(const std::string& path, const std::vector<std::string>& migrations, Options options) {
    try {
        impl_ = std::make_unique<Impl>(path, options);
        use_wal(impl_->db, options.busy_timeout);
        impl_->db.exec("PRAGMA synchronous = FULL");
        impl_->db.exec("PRAGMA foreign_keys = ON");
        migrate(impl_->db, path, migrations);
    } catch (const SQLite::Exception& error) {
        throw std::runtime_error("database " + path + ": " + error.what());
    }
    impl_->thread = std::thread([impl = impl_.get()] { impl->work(); });
}

Database::~Database() {
    {
        const std::lock_guard lock(impl_->mutex);
        impl_->stopping = true;
    }
    impl_->wake.notify_one();
    impl_->thread.join();
}

Task<> Database::run_erased(std::function<void(SQLite::Database&)> work) {
    auto start = [impl = impl_.get(), &work](auto handler) {
        auto shared = std::make_shared<decltype(handler)>(std::move(handler));
        auto done = [shared](std::exception_ptr failure) {
            const auto executor = asio::get_associated_executor(*shared);
            auto resume = [shared, failure] { std::move (*shared)(failure); };
            asio::post(executor, std::move(resume));
        };
        impl->push(Job{std::move(work), std::move(done)});
    };
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void(std::exception_ptr)>(start, asio::use_awaitable);
}

void Database::run_blocking(const std::function<void(SQLite::Database&)>& job) {
    std::promise<void> finished;
    auto done = [&finished](std::exception_ptr failure) {
        if (failure) {
            finished.set_exception(failure);
        } else {
            finished.set_value();
        }
    };
    impl_->push(Job{job, std::move(done)});
    finished.get_future().get();
}

void Database::enqueue(std::function<void(SQLite::Database&)> job, std::function<void(std::exception_ptr)> done) {
    impl_->push(Job{std::move(job), std::move(done)});
}

std::size_t Database::queued() const {
    const std::lock_guard lock(impl_->mutex);
    return impl_->queue.size();
}

}  // namespace opencapf::storage
