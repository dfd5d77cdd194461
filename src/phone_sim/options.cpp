// SPDX-License-Identifier: Apache-2.0
#include "phone_sim/options.hpp"

namespace opencapf::phone_sim {

std::vector<Server> servers_of(const PhoneOptions& options) {
    std::vector<Server> servers{Server{options.host, options.port}};
    servers.insert(servers.end(), options.other_servers.begin(), options.other_servers.end());
    return servers;
}

net::Duration key_delay_of(const PhoneOptions& options) {
    if (options.key_delay_spread.count() <= 0) return options.key_delay;
    // FNV-1a over the name, finished as MurmurHash3 does, so that names that differ in the last digit only are spread
    // over the whole range. A run can be repeated: nothing here is random.
    std::uint64_t hash = 14695981039346656037U;
    for (const char c : options.name) hash = (hash ^ static_cast<std::uint8_t>(c)) * 1099511628211U;
    hash = (hash ^ hash >> 33U) * 0xff51afd7ed558ccdU;
    hash ^= hash >> 33U;
    const auto range = static_cast<std::uint64_t>(options.key_delay_spread.count()) + 1;
    return options.key_delay + net::Duration(static_cast<std::int64_t>(hash % range));
}

}  // namespace opencapf::phone_sim
