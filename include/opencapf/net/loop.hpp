// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/net/awaitable.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

namespace boost::asio {
class io_context;
}

namespace opencapf::net {

using Duration = std::chrono::milliseconds;

/// One event loop: an io_context with the single thread that runs it. What lives on a loop is touched on that thread
/// only, so session code needs no locks and no strands.
class Loop {
public:
    explicit Loop(std::size_t index);
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    [[nodiscard]] std::size_t index() const noexcept { return index_; }
    [[nodiscard]] boost::asio::io_context& context() noexcept;
    /// Runs `job` on the loop's thread. Thread-safe.
    void post(std::function<void()> job);
    /// Starts a task the loop owns. It must not throw; a task that does ends the process with a message.
    /// Thread-safe. Whoever starts one knows when it ends (net::Listener counts its sessions).
    void spawn(std::function<Task<>()> task);
    /// Waits on the loop without blocking it.
    Task<> sleep(Duration duration);

private:
    friend class LoopPool;
    struct Context;
    std::size_t index_;
    std::unique_ptr<Context> context_;
};

/// `count` loops, each with a thread. Construct, run(), and from any thread stop(); the destructor joins.
class LoopPool {
public:
    explicit LoopPool(std::size_t count);
    ~LoopPool();
    [[nodiscard]] std::size_t size() const noexcept { return loops_.size(); }
    [[nodiscard]] Loop& operator[](std::size_t index) { return *loops_[index]; }
    void start();  ///< starts the threads
    /// Does every loop run a job within `limit`? Blocks; for a thread that is no loop.
    [[nodiscard]] bool answers(Duration limit);
    void stop();  ///< stops the loops and joins; pending tasks are destroyed
private:
    struct Threads;
    std::vector<std::unique_ptr<Loop>> loops_;
    std::unique_ptr<Threads> threads_;
};

/// A few threads for work that may not run on a loop (private-key operations, key generation). Destroy it before the
/// loops its callers live on: the destructor waits for running jobs, which resume their callers.
class WorkPool {
public:
    explicit WorkPool(std::size_t threads);
    ~WorkPool();
    /// Runs `job` on the pool and resumes the caller on its own loop. An exception of the job comes back to the caller.
    Task<> run(std::function<void()> job);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace opencapf::net
