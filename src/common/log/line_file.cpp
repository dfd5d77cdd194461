// SPDX-License-Identifier: Apache-2.0
#include "opencapf/log/line_file.hpp"

#include <fmt/format.h>
#include <future>
#include <mutex>
#include <spdlog/async_logger.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/basic_file_sink.h>

namespace opencapf::log {
namespace {

constexpr std::size_t kQueueLength = 32768;

// One writer thread and queue for all files of a process: order within each file is kept.
std::shared_ptr<spdlog::details::thread_pool> writer() {
    static const auto pool = std::make_shared<spdlog::details::thread_pool>(kQueueLength, 1);
    return pool;
}

}  // namespace

struct LineFile::Impl {
    std::string path;
    mutable std::mutex mutex;  // guards `logger` against reopen()
    std::shared_ptr<spdlog::async_logger> logger;

    /// Throws std::runtime_error naming the path; the logger before it stays.
    void open() {
        std::shared_ptr<spdlog::sinks::basic_file_sink_mt> sink;
        try {
            sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(path, false);
        } catch (const spdlog::spdlog_ex& error) {
            throw std::runtime_error("cannot open the log " + path + ": " + error.what());
        }
        sink->set_formatter(std::make_unique<spdlog::pattern_formatter>("%v", spdlog::pattern_time_type::local, "\n"));
        auto fresh = std::make_shared<spdlog::async_logger>("line_file", std::move(sink), writer(),
                                                            spdlog::async_overflow_policy::block);
        fresh->set_level(spdlog::level::trace);
        fresh->flush_on(spdlog::level::trace);
        const std::lock_guard lock(mutex);
        logger = std::move(fresh);
    }
    std::shared_ptr<spdlog::async_logger> current() const {
        const std::lock_guard lock(mutex);
        return logger;
    }
};

LineFile::LineFile(std::string path) : impl_(std::make_unique<Impl>()) {
    impl_->path = std::move(path);
    impl_->open();
}

LineFile::~LineFile() { flush(); }

void LineFile::write(const std::vector<std::string>& lines) {
    if (lines.empty()) return;
    write(fmt::format("{}", fmt::join(lines, "\n")));
}

void LineFile::write(std::string_view line) {
    impl_->current()->log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
}

void LineFile::flush() {
    // The queue has one reader, so what is written before a marker is on disk when the marker's turn has come.
    class Marker final : public spdlog::sinks::base_sink<std::mutex> {
    public:
        explicit Marker(std::promise<void>& p) : promise_(p) {}

    protected:
        void sink_it_(const spdlog::details::log_msg&) override { promise_.set_value(); }
        void flush_() override {}

    private:
        std::promise<void>& promise_;
    };
    std::promise<void> reached;
    auto marker = std::make_shared<spdlog::async_logger>("marker", std::make_shared<Marker>(reached), writer(),
                                                         spdlog::async_overflow_policy::block);
    marker->log(spdlog::level::info, "flush");
    reached.get_future().wait();
}

void LineFile::reopen() { impl_->open(); }

const std::string& LineFile::path() const noexcept { return impl_->path; }

}  // namespace opencapf::log
