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
    if (!service_.leads()) co_return config->bulk.interval;
    const WallTime now = std::chrono::system_clock::now();
    const auto forsaken =
        co_await store_.cancel_forsaken(unix_seconds(now - config->bulk.preparation), unix_seconds(now));
    for (const auto job : forsaken)
        log::warn("bulk job " + std::to_string(job) + " was never started: it is cancelled, and its strings forgotten");
    const Rules rules{config->bulk.patience.count() / 1000,
                      std::chrono::hours(24) * config->enterprise.operation_expires_days};
    const auto jobs = co_await store_.active();
    for (const auto job : jobs) co_await serve(job, now, rules);
    const std::int64_t keep = std::int64_t{86'400} * config->bulk.keep_days;
    co_await store_.forget(unix_seconds(now) - keep, kBatch);
    co_return config->bulk.interval;
}

Task<> Runner::serve(std::int64_t job, WallTime now, Rules rules) {
    const auto count = [this](std::size_t row, std::size_t by) {
        service_.metrics.bulk_targets.at(row).increment(static_cast<double>(by));
    };
    std::optional<std::string> after("");
    while (after && service_.leads()) {
        auto turn = co_await store_.turn(job, now, rules, std::move(*after), kBatch);
        after = std::move(turn.next);
        count(0, turn.armed);
        count(1, turn.done);
        count(2, turn.failed);
        if (turn.finished) log::info("bulk job " + std::to_string(job) + " has finished");
    }
}

}  // namespace opencapf::capf::bulk
