// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "phone_sim/fleet.hpp"

#include <array>

namespace opencapf::phone_sim {

/// Phones that stay and ask their server again and again, as an estate does whose certificates renew themselves.
struct EstateOptions {
    FleetOptions fleet;  ///< without pregenerate_keys
    /// Each phone asks once in this time, the estate spread evenly over it; also the longest retry interval.
    net::Duration poll{10'000};
    net::Duration duration{0};  ///< how long; 0 = until stopped
};

struct EstatePhone {
    std::string name;
    std::size_t installs = 0;
    double longest_gap_s = 0;   ///< without a valid LSC after the first; 0 = never
    bool valid_at_end = false;  ///< has a valid LSC when the run ends
    Outcome last = Outcome::no_change;
    std::string detail;  ///< of the last session that was neither done nor "nothing pending"
};

struct EstateResult {
    std::vector<EstatePhone> phones;  ///< in the order of their names
    double wall_s = 0;
    std::array<std::size_t, kOutcomes> outcomes{};  ///< sessions by Outcome; no_change = nothing pending, or refused
    std::vector<double> latencies_ms;               ///< of sessions that did an operation; of very many an even sample
    [[nodiscard]] std::size_t sessions() const;
    [[nodiscard]] std::size_t installs() const;
    /// Phones that were without a valid LSC at some time after their first one.
    [[nodiscard]] std::size_t ever_without() const;
    [[nodiscard]] std::size_t without_at_end() const;
    /// No phone was ever left without, and every phone has a valid LSC now.
    [[nodiscard]] bool good() const { return ever_without() == 0 && without_at_end() == 0; }
};

/// Runs until the time is over or `stop` is true; sessions that have begun are finished. Blocks.
EstateResult run_estate(const EstateOptions& options, const net::TlsClientContext& tls, std::atomic<bool>& stop,
                        const ShowProgress& show = {});

}  // namespace opencapf::phone_sim
