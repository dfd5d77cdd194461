// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "phone_sim/dispatcher.hpp"
#include "phone_sim/fleet.hpp"

namespace opencapf::phone_sim {

/// Memory of a phone of a fleet: keys from the pool, files after the clock has stopped when that is wanted.
class MemberMemory final : public Memory {
public:
    MemberMemory(PhoneStore store, std::shared_ptr<KeyPool> keys, bool deferred)
        : Memory(std::move(store)), keys_(std::move(keys)), deferred_(deferred) {}

    void save(const x509::PrivateKey& key, const x509::Certificate& lsc) override;
    void save_pending(const x509::PrivateKey& key) override;
    [[nodiscard]] std::vector<x509::PrivateKey> keys() const override;
    std::optional<x509::PrivateKey> prepared_key(const capf_protocol::KeySpec& spec) override;
    /// Writes what was deferred.
    void flush();
    /// For this phone alone, before the pool is asked.
    void prepare(x509::PrivateKey key) { own_.emplace(std::move(key)); }

private:
    std::shared_ptr<KeyPool> keys_;
    bool deferred_;
    std::optional<x509::PrivateKey> own_;
    std::optional<Credential> unsaved_;
    std::optional<x509::PrivateKey> unsaved_pending_;
};

/// A phone of a fleet. Touched by one thread at a time: its loop, or the pool while the loop waits for it.
struct Member {
    PhoneOptions options;
    std::unique_ptr<MemberMemory> memory;
};

std::vector<Member> make_members(const FleetOptions& options);

/// When each phone comes: all at once, by rate, or spread evenly over `spread`.
Dispatcher::Clock::duration arrival(const FleetOptions& options, std::size_t index,
                                    std::optional<net::Duration> spread);

/// Runs `run` for every member at its time on loops of its own, until nothing is left to do. Blocks; `tick` is called a
/// few times a second on the calling thread. Descriptors bound how many run at a time.
struct Crew {
    const FleetOptions& options;
    const std::atomic<bool>& stop;
    std::optional<net::Duration> spread;
    std::function<Task<std::optional<Dispatcher::Clock::time_point>>(net::Loop&, net::WorkPool&, std::size_t,
                                                                     Dispatcher::Clock::time_point)>
        run;
    std::function<void()> tick;
};
void run_crew(const Crew& crew, std::size_t count);

}  // namespace opencapf::phone_sim
