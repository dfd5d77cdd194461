// SPDX-License-Identifier: Apache-2.0
#include "phone_sim/estate.hpp"

#include "phone_sim/lsc_watch.hpp"
#include "phone_sim/members.hpp"

#include <algorithm>
#include <numeric>

namespace opencapf::phone_sim {

namespace {

using Clock = Dispatcher::Clock;
using NextTurn = std::optional<Clock::time_point>;

// Memory stays bounded however long an estate runs: when it is full, every other value goes, and of the following ones
// only every other is kept.
constexpr std::size_t kMostLatencies = 65'536;

class Sample {
public:
    void add(double value) {
        if (seen_++ % step_ != 0) return;
        values_.push_back(value);
        if (values_.size() < kMostLatencies) return;
        std::size_t kept = 0;
        for (std::size_t i = 0; i < values_.size(); i += 2) values_[kept++] = values_[i];
        values_.resize(kept);
        step_ *= 2;
    }
    [[nodiscard]] const std::vector<double>& values() const noexcept { return values_; }

private:
    std::vector<double> values_;
    std::size_t seen_ = 0;
    std::size_t step_ = 1;
};

struct Estate {
    std::vector<Member> members;
    std::vector<EstatePhone> phones;
    std::vector<LscWatch> watches;
    const EstateOptions& options;
    const net::TlsClientContext& tls;
    std::atomic<bool>& stop;
    Clock::time_point end;
    Progress progress;
    std::function<void(std::string_view)> silent;
    std::mutex mutex;  // guards outcomes and latencies, which all loops share
    std::array<std::size_t, kOutcomes> outcomes{};
    Sample latencies;
};

/// Books what a session did. On the phone's loop.
void book(Estate& estate, std::size_t index, const PhoneResult& result) {
    const auto& session = result.session;
    EstatePhone& phone = estate.phones[index];
    LscWatch& watch = estate.watches[index];
    const auto now = std::chrono::system_clock::now();
    if (session.lsc) {
        watch.installed(*session.lsc, now);
        ++estate.progress.installs;
    } else if (session.changed) {
        watch.removed(now);
    }
    phone.last = session.outcome;
    const bool bad = session.outcome != Outcome::done && session.outcome != Outcome::no_change;
    if (bad) {
        phone.detail = session.detail;
        ++estate.progress.failed;
    }
    ++estate.progress.sessions;
    const std::lock_guard lock(estate.mutex);
    ++estate.outcomes[static_cast<std::size_t>(session.outcome)];
    if (session.outcome == Outcome::done) estate.latencies.add(result.latency_ms);
}

Task<NextTurn> take_turn(net::Loop& loop, net::WorkPool& pool, Estate& estate, std::size_t index,
                         Clock::time_point due) {
    const SessionContext context{loop, pool, estate.tls, estate.silent, &estate.stop};
    Member& member = estate.members[index];
    const auto result = co_await run_phone(context, member.options, *member.memory);
    book(estate, index, result);
    // The phone keeps its place in the round; what it missed while it was busy is not made up for.
    const auto poll = estate.options.poll;
    const auto rounds = std::max<std::int64_t>(1, (Clock::now() - due) / poll + 1);
    const auto next = due + rounds * poll;
    if (estate.stop || next >= estate.end) co_return std::nullopt;
    co_return next;
}

void begin(Estate& estate) {
    const auto now = std::chrono::system_clock::now();
    for (std::size_t i = 0; i < estate.members.size(); ++i) {
        auto& options = estate.members[i].options;
        estate.phones[i].name = options.name;
        // Who would ask again in five seconds anyway does not wait thirty because the server was away.
        options.retry_interval = std::min(options.retry_interval, estate.options.poll);
        estate.watches[i].begin(estate.members[i].memory->store().lsc(), now);
    }
}

EstateResult finish(Estate& estate, Clock::time_point start) {
    const std::chrono::duration<double> wall = Clock::now() - start;
    const auto now = std::chrono::system_clock::now();
    for (std::size_t i = 0; i < estate.phones.size(); ++i) {
        LscWatch& watch = estate.watches[i];
        watch.finish(now);
        estate.phones[i].installs = watch.installs();
        estate.phones[i].longest_gap_s = watch.longest_gap().count();
        estate.phones[i].valid_at_end = watch.valid_at_end();
    }
    return {std::move(estate.phones), wall.count(), estate.outcomes, estate.latencies.values()};
}

}  // namespace

std::size_t EstateResult::sessions() const { return std::accumulate(outcomes.begin(), outcomes.end(), std::size_t{0}); }

std::size_t EstateResult::installs() const {
    return std::accumulate(phones.begin(), phones.end(), std::size_t{0},
                           [](std::size_t sum, const EstatePhone& phone) { return sum + phone.installs; });
}

std::size_t EstateResult::ever_without() const {
    return static_cast<std::size_t>(
        std::count_if(phones.begin(), phones.end(), [](const EstatePhone& phone) { return phone.longest_gap_s > 0; }));
}

std::size_t EstateResult::without_at_end() const {
    return static_cast<std::size_t>(
        std::count_if(phones.begin(), phones.end(), [](const EstatePhone& phone) { return !phone.valid_at_end; }));
}

EstateResult run_estate(const EstateOptions& options, const net::TlsClientContext& tls, std::atomic<bool>& stop,
                        const ShowProgress& show) {
    const std::size_t count = options.fleet.count;
    const auto start = Clock::now();
    const auto end = options.duration.count() > 0 ? start + options.duration : Clock::time_point::max();
    Estate estate{make_members(options.fleet),
                  std::vector<EstatePhone>(count),
                  std::vector<LscWatch>(count),
                  options,
                  tls,
                  stop,
                  end,
                  {},
                  nullptr,
                  {},
                  {},
                  {}};
    estate.progress.phones = count;
    begin(estate);
    const auto run = [&estate](net::Loop& loop, net::WorkPool& pool, std::size_t index, Clock::time_point due) {
        return take_turn(loop, pool, estate, index, due);
    };
    const auto tick = [&] {
        if (Clock::now() >= end) stop = true;
        if (show) show(estate.progress);
    };
    run_crew(Crew{options.fleet, stop, options.poll, run, tick}, count);
    tick();
    return finish(estate, start);
}

}  // namespace opencapf::phone_sim
