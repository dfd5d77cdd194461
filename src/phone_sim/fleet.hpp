// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "phone_sim/keys.hpp"
#include "phone_sim/phone.hpp"

namespace opencapf::phone_sim {

struct FleetOptions {
    PhoneOptions phone;  ///< for every phone; the name is made from `prefix`
    std::string prefix = "SEP";
    std::size_t count = 1;
    std::size_t parallel = 0;  ///< phones at the same time, 0 = all
    std::size_t threads = 0;   ///< event loops, 0 = one per core
    double rate = 0;           ///< phones that arrive per second, 0 = all at once
    /// Make all RSA 2048 keys before the clock starts, and write files after it has stopped: what is measured then is
    /// the chain, not this machine's key generation and disk.
    bool pregenerate_keys = false;
    std::shared_ptr<KeyPool> keys;  ///< where new keys come from; nothing = made when asked for
    std::string store;
};

struct FleetResult {
    std::vector<PhoneResult> phones;  ///< in the order of their names
    double wall_s = 0;                ///< first connect to last END_SESSION
    [[nodiscard]] std::size_t failed() const;
    /// `fraction` in 0..1 of the latencies of the phones that succeeded, nearest rank; 0 when there are none.
    [[nodiscard]] double percentile_ms(double fraction) const;
    [[nodiscard]] double enrolments_per_s() const;
};

/// How far a run is; read by the thread that waits for it.
struct Progress {
    std::size_t phones = 0;
    std::atomic<std::size_t> sessions{0};
    std::atomic<std::size_t> failed{0};  ///< sessions that ended badly
    std::atomic<std::size_t> installs{0};
};
/// Called some times a second on the calling thread; may be empty.
using ShowProgress = std::function<void(const Progress&)>;

/// prefix and 12 hex digits counting from 1: SEP000000000001.
std::vector<std::string> fleet_names(const std::string& prefix, std::size_t count);

/// Runs the fleet; blocks until every phone is done. Throws what PhoneStore throws.
FleetResult run_fleet(const FleetOptions& options, const net::TlsClientContext& tls, const ShowProgress& show = {});

/// Runs one phone with its certificates in `store`, which takes new keys from `keys` when there are any; `show` gets
/// what its screen would show. Blocks.
PhoneResult run_single(const PhoneOptions& options, PhoneStore store, const net::TlsClientContext& tls,
                       const std::function<void(std::string_view)>& show, std::shared_ptr<KeyPool> keys = nullptr);
PhoneResult run_single(const PhoneOptions& options, const std::string& directory, const net::TlsClientContext& tls,
                       const std::function<void(std::string_view)>& show);

/// Nearest rank of `fraction` in 0..1; 0 of nothing.
double percentile(std::vector<double> values, double fraction);

}  // namespace opencapf::phone_sim
