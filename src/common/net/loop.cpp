// SPDX-License-Identifier: Apache-2.0
#include "opencapf/net/loop.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <thread>

namespace opencapf::net {

namespace asio = boost::asio;

struct Loop::Context : asio::io_context {
    Context() : asio::io_context(1) {}
    /// Destroys what is pending; may be called again (asio::thread_pool does the same).
    using asio::execution_context::shutdown;
};

Loop::Loop(std::size_t index) : index_(index), context_(std::make_unique<Context>()) {}
Loop::~Loop() = default;

asio::io_context& Loop::context() noexcept { return *context_; }

void Loop::post(std::function<void()> job) { asio::post(*context_, std::move(job)); }

void Loop::spawn(std::function<Task<>()> task) {
    auto on_end = [](std::exception_ptr failure) {
        if (!failure) return;
        try {
            std::rethrow_exception(failure);
        } catch (const std::exception& error) {
            std::fprintf(stderr, "fatal: a task ended with an exception: %s\n", error.what());
            std::abort();
        }
    };
    asio::co_spawn(*context_, std::move(task), std::move(on_end));
}

Task<> Loop::sleep(Duration duration) {
    asio::steady_timer timer(*context_, duration);
    boost::system::error_code ignored;  // cancelled: the caller notices by its own state
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

struct LoopPool::Threads {
    std::vector<asio::executor_work_guard<asio::io_context::executor_type>> guards;
    std::vector<std::thread> threads;
};

LoopPool::LoopPool(std::size_t count) : threads_(std::make_unique<Threads>()) {
    // OpenSSL writes to sockets without MSG_NOSIGNAL: a peer that left must be an error, not the end of the process.
    std::signal(SIGPIPE, SIG_IGN);
    for (std::size_t i = 0; i < count; ++i) loops_.push_back(std::make_unique<Loop>(i));
}

LoopPool::~LoopPool() { stop(); }

void LoopPool::start() {
    for (auto& loop : loops_) {
        threads_->guards.emplace_back(asio::make_work_guard(loop->context()));
        threads_->threads.emplace_back([&context = loop->context()] { context.run(); });
    }
}

bool LoopPool::answers(Duration limit) {
    struct Roll {
        std::mutex mutex;
        std::condition_variable changed;
        std::size_t missing = 0;
    };
    // Shared: a loop that answers late must find it alive.
    const auto roll = std::make_shared<Roll>();
    roll->missing = loops_.size();
    for (auto& loop : loops_) {
        loop->post([roll] {
            const std::lock_guard lock(roll->mutex);
            if (--roll->missing == 0) roll->changed.notify_all();
        });
    }
    std::unique_lock lock(roll->mutex);
    return roll->changed.wait_for(lock, limit, [&roll] { return roll->missing == 0; });
}

void LoopPool::stop() {
    threads_->guards.clear();
    for (auto& loop : loops_) loop->context().stop();
    for (auto& thread : threads_->threads) thread.join();
    threads_->threads.clear();
    // A task of one loop may hold sockets of another (the listener's accepted ones), so the tasks of all loops go while
    // every loop still exists.
    for (auto& loop : loops_) loop->context_->shutdown();
}

}  // namespace opencapf::net
