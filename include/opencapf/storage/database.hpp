// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/net/awaitable.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace opencapf::storage {

/// A SQLite file (WAL, synchronous=FULL, foreign_keys) with one writer thread. Jobs queued at the same time share one
/// transaction and one fsync (group commit); each runs in a savepoint of its own, so a job that throws rolls back
/// alone. A job's task resumes on the caller's loop only after the commit: what run() returned survives kill -9 and
/// power loss.
class Database {
public:
    struct Options {
        /// Other processes write the same file: the writer leaves them a gap between two transactions, and looks for
        /// theirs each millisecond.
        bool shared = false;
        std::chrono::milliseconds busy_timeout{5'000};  ///< wait for another process's transaction; then a job fails
    };
    /// Opens or creates `path` (mode 0600) and applies `migrations[user_version..]`, each in one transaction.
    /// Throws std::runtime_error naming the path; also when the file is newer than this program.
    Database(const std::string& path, const std::vector<std::string>& migrations, Options options);
    Database(const std::string& path, const std::vector<std::string>& migrations)
        : Database(path, migrations, Options()) {}
    ~Database();  ///< finishes what is queued

    /// Runs `job` on the writer thread. SQLite exceptions of the job come back to the caller.
    template <class F>
    auto run(F job) -> Task<std::invoke_result_t<F&, SQLite::Database&>> {
        using R = std::invoke_result_t<F&, SQLite::Database&>;
        if constexpr (std::is_void_v<R>) {
            std::function<void(SQLite::Database&)> erased(std::move(job));
            co_await run_erased(std::move(erased));
        } else {
            std::optional<R> result;
            auto wrapped = [&result, &job](SQLite::Database& db) { result.emplace(job(db)); };
            std::function<void(SQLite::Database&)> erased(std::ref(wrapped));
            co_await run_erased(std::move(erased));
            co_return std::move(*result);
        }
    }
    /// The same for code that is no coroutine (start-up, tests). Blocks.
    void run_blocking(const std::function<void(SQLite::Database&)>& job);
    /// Queues `job` and returns; nobody waits for it. `done` hears on the writer thread of the commit (null) or of what
    /// undid the job; it must be short and not throw. Thread-safe.
    void enqueue(std::function<void(SQLite::Database&)> job, std::function<void(std::exception_ptr)> done);
    /// Jobs that no transaction has taken yet. Thread-safe.
    [[nodiscard]] std::size_t queued() const;

private:
    Task<> run_erased(std::function<void(SQLite::Database&)> job);
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace opencapf::storage
