// SPDX-License-Identifier: Apache-2.0
#include "phone_sim/fleet.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <fmt/format.h>
#include <latch>
#include <thread>

namespace opencapf::phone_sim {

namespace {

std::size_t cores() { return std::max<std::size_t>(1, std::thread::hardware_concurrency()); }

/// A phone of the fleet. Touched by one thread at a time: its loop, or the pool while the loop waits for it.
struct Member {
    PhoneOptions options;
    Memory memory;
    std::optional<x509::PrivateKey> prepared;
    std::optional<std::pair<x509::PrivateKey, x509::Certificate>> unsaved;  // until the clock has stopped
};

/// Everything the tasks share; outlives the loops.
struct Fleet {
    std::vector<Member> members;
    std::vector<PhoneResult> results;
    std::atomic<std::size_t> next{0};
    const net::TlsClientContext& tls;
    std::function<void(std::string_view)> silent;
};

Memory member_memory(Member& member, const std::string& directory, bool deferred) {
    Memory memory = disk_memory(PhoneStore(directory, member.options.name));
    if (!deferred) return memory;
    memory.save = [&member](const x509::PrivateKey& key, const x509::Certificate& lsc) {
        auto copy = x509::PrivateKey::from_pem(key.to_pem());
        if (!copy) throw std::runtime_error(copy.error().message);
        member.unsaved.emplace(*std::move(copy), lsc);
    };
    memory.prepared_key = [&member](const capf_protocol::KeySpec& spec) {
        std::optional<x509::PrivateKey> key;
        if (spec == capf_protocol::KeySpec{}) key.swap(member.prepared);
        return key;
    };
    return memory;
}

void make_keys(std::vector<Member>& members) {
    std::atomic<std::size_t> next{0};
    const auto work = [&members, &next] {
        for (auto i = next++; i < members.size(); i = next++) {
            members[i].prepared = x509::PrivateKey::generate_rsa(capf_protocol::KeySpec{}.rsa_bits);
        }
    };
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < cores(); ++i) threads.emplace_back(work);
}

/// Takes phone after phone until none is left.
Task<> worker(net::Loop& loop, net::WorkPool& pool, Fleet& fleet, std::latch& done) {
    const SessionContext context{loop, pool, fleet.tls, fleet.silent};
    for (auto i = fleet.next++; i < fleet.members.size(); i = fleet.next++) {
        fleet.results[i] = co_await run_phone(context, fleet.members[i].options, fleet.members[i].memory);
    }
    done.count_down();
}

Task<> single(SessionContext context, const PhoneOptions& options, const Memory& memory, PhoneResult& result,
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

std::size_t FleetResult::failed() const {
    const auto bad = [](const PhoneResult& phone) { return phone.session.outcome != Outcome::done; };
    return static_cast<std::size_t>(std::count_if(phones.begin(), phones.end(), bad));
}

double FleetResult::percentile_ms(double fraction) const {
    std::vector<double> latencies;
    for (const auto& phone : phones) {
        if (phone.session.outcome == Outcome::done) latencies.push_back(phone.latency_ms);
    }
    if (latencies.empty()) return 0;
    std::sort(latencies.begin(), latencies.end());
    const auto rank = static_cast<std::size_t>(std::ceil(fraction * static_cast<double>(latencies.size())));
    return latencies[std::clamp<std::size_t>(rank, 1, latencies.size()) - 1];
}

double FleetResult::enrolments_per_s() const {
    return wall_s > 0 ? static_cast<double>(phones.size() - failed()) / wall_s : 0;
}

FleetResult run_fleet(const FleetOptions& options, const net::TlsClientContext& tls) {
    Fleet fleet{std::vector<Member>(options.count), std::vector<PhoneResult>(options.count), 0, tls, nullptr};
    const auto names = fleet_names(options.prefix, options.count);
    for (std::size_t i = 0; i < options.count; ++i) {
        Member& member = fleet.members[i];
        member.options = options.phone;
        member.options.name = names[i];
        member.memory = member_memory(member, options.store, options.pregenerate_keys);
    }
    if (options.pregenerate_keys) make_keys(fleet.members);

    const std::size_t workers = std::min(options.count, options.parallel == 0 ? options.count : options.parallel);
    std::latch done(static_cast<std::ptrdiff_t>(workers));
    net::LoopPool loops(std::min(workers, options.threads == 0 ? cores() : options.threads));
    net::WorkPool pool(cores());
    loops.start();
    const auto start = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < workers; ++i) {
        net::Loop& loop = loops[i % loops.size()];
        loop.spawn([&loop, &pool, &fleet, &done] { return worker(loop, pool, fleet, done); });
    }
    done.wait();
    loops.stop();
    auto end = start;
    for (const auto& result : fleet.results) end = std::max(end, result.session.finished);
    const std::chrono::duration<double> wall = end - start;

    for (const Member& member : fleet.members) {
        if (member.unsaved) {
            PhoneStore(options.store, member.options.name).save(member.unsaved->first, member.unsaved->second);
        }
    }
    return {std::move(fleet.results), wall.count()};
}

PhoneResult run_single(const PhoneOptions& options, const std::string& store, const net::TlsClientContext& tls,
                       const std::function<void(std::string_view)>& show) {
    const Memory memory = disk_memory(PhoneStore(store, options.name));
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

}  // namespace opencapf::phone_sim
