// SPDX-License-Identifier: Apache-2.0
#include "phone_sim/fleet.hpp"

#include "phone_sim/members.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <latch>

namespace opencapf::phone_sim {

namespace {

using Clock = Dispatcher::Clock;
using NextTurn = std::optional<Clock::time_point>;

/// Everything the tasks share; outlives the loops.
struct Fleet {
    std::vector<Member> members;
    std::vector<PhoneResult> results;
    const net::TlsClientContext& tls;
    Progress progress;
    std::function<void(std::string_view)> silent;
};

Task<NextTurn> run_once(net::Loop& loop, net::WorkPool& pool, Fleet& fleet, std::size_t index) {
    const SessionContext context{loop, pool, fleet.tls, fleet.silent};
    Member& member = fleet.members[index];
    PhoneResult& result = fleet.results[index];
    result = co_await run_phone(context, member.options, *member.memory);
    // It is on disk, or in the member until the clock has stopped; thousands of parsed copies would fill the memory.
    if (result.session.lsc) ++fleet.progress.installs;
    result.session.lsc.reset();
    if (result.session.outcome != Outcome::done) ++fleet.progress.failed;
    ++fleet.progress.sessions;
    co_return std::nullopt;
}

Task<> single(SessionContext context, const PhoneOptions& options, Memory& memory, PhoneResult& result,
              std::latch& done) {
    result = co_await run_phone(context, options, memory);
    done.count_down();
}

}  // namespace

std::vector<std::string> fleet_names(const std::string& prefix, std::size_t count) {
    std::vector<std::string> names;
    names.reserve(count);
    for (std::size_t i = 1; i <= count; ++i) names.push_back(fmt::format("{}{:012X}", prefix, i));
    return names;
}

double percentile(std::vector<double> values, double fraction) {
    if (values.empty()) return 0;
    std::sort(values.begin(), values.end());
    const auto rank = static_cast<std::size_t>(std::ceil(fraction * static_cast<double>(values.size())));
    return values[std::clamp<std::size_t>(rank, 1, values.size()) - 1];
}

std::size_t FleetResult::failed() const {
    const auto bad = [](const PhoneResult& phone) { return phone.session.outcome != Outcome::done; };
    return static_cast<std::size_t>(std::count_if(phones.begin(), phones.end(), bad));
}

double FleetResult::percentile_ms(double fraction) const {
    std::vector<double> latencies;
    for (const auto& phone : phones) {
        if (phone.session.outcome == Outcome::done) latencies.push_back(phone.latency_ms);
    }
    return percentile(std::move(latencies), fraction);
}

double FleetResult::enrolments_per_s() const {
    return wall_s > 0 ? static_cast<double>(phones.size() - failed()) / wall_s : 0;
}

FleetResult run_fleet(const FleetOptions& options, const net::TlsClientContext& tls, const ShowProgress& show) {
    Fleet fleet{make_members(options), std::vector<PhoneResult>(options.count), tls, {}, nullptr};
    fleet.progress.phones = options.count;
    if (options.pregenerate_keys) {
        auto keys = make_keys(capf_protocol::KeySpec{}, options.count);
        for (std::size_t i = 0; i < options.count; ++i) fleet.members[i].memory->prepare(std::move(keys[i]));
    }
    const std::atomic<bool> never{false};
    const auto run = [&fleet](net::Loop& loop, net::WorkPool& pool, std::size_t index, Clock::time_point /*due*/) {
        return run_once(loop, pool, fleet, index);
    };
    const auto tick = [&] {
        if (show) show(fleet.progress);
    };
    const auto start = std::chrono::steady_clock::now();
    run_crew(Crew{options, never, std::nullopt, run, tick}, options.count);
    tick();
    auto end = start;
    for (const auto& result : fleet.results) end = std::max(end, result.session.finished);
    const std::chrono::duration<double> wall = end - start;
    for (const Member& member : fleet.members) member.memory->flush();
    return {std::move(fleet.results), wall.count()};
}

PhoneResult run_single(const PhoneOptions& options, PhoneStore store, const net::TlsClientContext& tls,
                       const std::function<void(std::string_view)>& show, std::shared_ptr<KeyPool> keys) {
    MemberMemory memory(std::move(store), std::move(keys), false);
    PhoneResult result;
    std::latch done(1);
    net::LoopPool loops(1);
    net::WorkPool pool(1);
    loops.start();
    const SessionContext context{loops[0], pool, tls, show};
    loops[0].spawn([&] { return single(context, options, memory, result, done); });
    done.wait();
    loops.stop();
    return result;
}

PhoneResult run_single(const PhoneOptions& options, const std::string& directory, const net::TlsClientContext& tls,
                       const std::function<void(std::string_view)>& show) {
    return run_single(options, PhoneStore(directory, options.name), tls, show);
}

}  // namespace opencapf::phone_sim
