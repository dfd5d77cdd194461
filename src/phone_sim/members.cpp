// SPDX-License-Identifier: Apache-2.0
#include "phone_sim/members.hpp"

#include <algorithm>
#include <condition_variable>
#include <sys/resource.h>
#include <thread>

namespace opencapf::phone_sim {

namespace {

using Clock = Dispatcher::Clock;

constexpr std::chrono::milliseconds kTick{200};
// A phone a decade never comes anyway; it must not overflow the clock.
constexpr std::chrono::duration<double> kLatest{10.0 * 365 * 86400};
// Files of phones that are just being written, standard streams, the loops' own.
constexpr std::size_t kSpareDescriptors = 64;

std::size_t cores() { return std::max<std::size_t>(1, std::thread::hardware_concurrency()); }

/// How many connections this process may have, after asking for as many as it may ask for.
std::size_t most_connections() {
    struct rlimit limit {};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return SIZE_MAX;
    if (limit.rlim_cur < limit.rlim_max) {
        struct rlimit wanted = limit;
        wanted.rlim_cur = limit.rlim_max;
        if (::setrlimit(RLIMIT_NOFILE, &wanted) == 0) limit = wanted;
    }
    if (limit.rlim_cur == RLIM_INFINITY) return SIZE_MAX;
    const std::size_t all = limit.rlim_cur;
    return all > 2 * kSpareDescriptors ? all - kSpareDescriptors : all / 2;
}

/// Counts dispatchers down to zero.
class Countdown {
public:
    explicit Countdown(std::size_t count) : left_(count) {}
    void one() {
        const std::lock_guard lock(mutex_);
        if (--left_ == 0) zero_.notify_all();
    }
    bool wait_for(std::chrono::milliseconds limit) {
        std::unique_lock lock(mutex_);
        return zero_.wait_for(lock, limit, [this] { return left_ == 0; });
    }

private:
    std::mutex mutex_;  // guards left_
    std::condition_variable zero_;
    std::size_t left_;
};

}  // namespace

void MemberMemory::save(const x509::PrivateKey& key, const x509::Certificate& lsc) {
    if (!deferred_) return Memory::save(key, lsc);
    unsaved_.emplace(Credential{key, lsc});
    unsaved_pending_.reset();
}

void MemberMemory::save_pending(const x509::PrivateKey& key) {
    if (!deferred_) return Memory::save_pending(key);
    unsaved_pending_.emplace(key);
}

std::vector<x509::PrivateKey> MemberMemory::keys() const {
    std::vector<x509::PrivateKey> keys = Memory::keys();
    if (unsaved_pending_) keys.push_back(*unsaved_pending_);
    if (unsaved_) keys.push_back(unsaved_->key);
    return keys;
}

std::optional<x509::PrivateKey> MemberMemory::prepared_key(const capf_protocol::KeySpec& spec) {
    std::optional<x509::PrivateKey> key;
    if (spec == capf_protocol::KeySpec{}) key.swap(own_);
    if (!key && keys_) key = keys_->take(spec);
    return key;
}

void MemberMemory::flush() {
    if (unsaved_) Memory::save(unsaved_->key, unsaved_->certificate);
    if (unsaved_pending_) Memory::save_pending(*unsaved_pending_);
    unsaved_.reset();
    unsaved_pending_.reset();
}

std::vector<Member> make_members(const FleetOptions& options) {
    std::vector<Member> members(options.count);
    const auto names = fleet_names(options.prefix, options.count);
    for (std::size_t i = 0; i < options.count; ++i) {
        members[i].options = options.phone;
        members[i].options.name = names[i];
        members[i].memory =
            std::make_unique<MemberMemory>(PhoneStore(options.store, names[i]), options.keys, options.pregenerate_keys);
    }
    return members;
}

Clock::duration arrival(const FleetOptions& options, std::size_t index, std::optional<net::Duration> spread) {
    using Seconds = std::chrono::duration<double>;
    const auto place = static_cast<double>(index);
    if (options.rate > 0) {
        return std::chrono::duration_cast<Clock::duration>(std::min(kLatest, Seconds(place / options.rate)));
    }
    if (!spread) return Clock::duration::zero();
    const Seconds whole = *spread;
    return std::chrono::duration_cast<Clock::duration>(whole * place / static_cast<double>(options.count));
}

void run_crew(const Crew& crew, std::size_t count) {
    const auto& options = crew.options;
    const std::size_t wanted = options.parallel == 0 ? count : std::min(count, options.parallel);
    const std::size_t at_once = std::max<std::size_t>(1, std::min(wanted, most_connections()));
    net::LoopPool loops(std::min(at_once, options.threads == 0 ? cores() : options.threads));
    net::WorkPool pool(cores());
    Countdown countdown(loops.size());
    std::vector<std::unique_ptr<Dispatcher>> dispatchers;
    for (std::size_t i = 0; i < loops.size(); ++i) {
        net::Loop& loop = loops[i];
        const std::size_t share = at_once / loops.size() + (i < at_once % loops.size() ? 1 : 0);
        auto run = [&crew, &loop, &pool](std::size_t phone, Clock::time_point due) {
            return crew.run(loop, pool, phone, due);
        };
        dispatchers.push_back(std::make_unique<Dispatcher>(loop, share, std::move(run), crew.stop));
    }
    const auto start = Clock::now();
    for (std::size_t i = 0; i < count; ++i) {
        dispatchers[i % dispatchers.size()]->schedule({start + arrival(options, i, crew.spread), i});
    }
    for (auto& dispatcher : dispatchers) dispatcher->start([&countdown] { countdown.one(); });
    loops.start();
    while (!countdown.wait_for(kTick)) {
        if (crew.tick) crew.tick();
    }
    loops.stop();
}

}  // namespace opencapf::phone_sim
