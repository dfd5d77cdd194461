// SPDX-License-Identifier: Apache-2.0
#include "capf/bulk/runner.hpp"

#include "capf/service.hpp"
#include "opencapf/log/operator_log.hpp"

namespace opencapf::capf::bulk {
namespace {

constexpr std::size_t kBatch = 500;  // rows in one job of the database

}  // namespace

Runner::Runner(Service& service, net::Loop& loop)
    : service_(service), store_(service.database), periodic_(loop, "bulk", [this] { return round(); }) {}

Task<net::Duration> Runner::round() {
    const auto config = service_.config();
    const WallTime now = std::chrono::system_clock::now();
    const auto jobs = co_await store_.active();
    for (const auto job : jobs) {
        const auto turn = co_await store_.turn(job, now, kBatch);
        const auto count = [&](std::size_t row, std::size_t by) {
            service_.metrics.bulk_targets.at(row).increment(static_cast<double>(by));
        };
        count(0, turn.armed);
        count(1, turn.done);
        count(2, turn.failed);
        if (turn.finished) log::info("bulk job " + std::to_string(job) + " has finished");
    }
    const std::int64_t keep = std::int64_t{86'400} * config->bulk.keep_days;
    co_await store_.forget(unix_seconds(now) - keep, kBatch);
    co_return config->bulk.interval;
}

}  // namespace opencapf::capf::bulk
