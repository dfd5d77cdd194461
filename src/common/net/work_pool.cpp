// SPDX-License-Identifier: Apache-2.0
#include "opencapf/net/loop.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace opencapf::net {

namespace asio = boost::asio;

struct WorkPool::Impl {
    explicit Impl(std::size_t threads) : pool(threads) {}
    asio::thread_pool pool;
};

WorkPool::WorkPool(std::size_t threads) : impl_(std::make_unique<Impl>(threads)) {}

WorkPool::~WorkPool() { impl_->pool.join(); }

Task<> WorkPool::run(std::function<void()> job) {
    auto& pool = impl_->pool;
    auto start = [&pool, &job](auto handler) {
        auto work = [job = std::move(job), handler = std::move(handler)]() mutable {
            std::exception_ptr failure;
            try {
                job();
            } catch (const std::exception&) {
                failure = std::current_exception();
            }
            auto executor = asio::get_associated_executor(handler);
            auto resume = [handler = std::move(handler), failure]() mutable { std::move(handler)(failure); };
            asio::post(executor, std::move(resume));
        };
        asio::post(pool, std::move(work));
    };
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void(std::exception_ptr)>(start, asio::use_awaitable);
}

}  // namespace opencapf::net
