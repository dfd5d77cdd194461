// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ces/profile_config.hpp"
#include "opencapf/http/server.hpp"

#include <chrono>
#include <string>

namespace opencapf::ces {

struct EstConfig {
    EstConfig() { limits.max_body_bytes = 32 * 1024; }  // RSA-4096 and ML-DSA requests fit (EST-S-11)

    std::string realm = "estrealm";
    ProfileConfig base;                 ///< of requests without a label
    std::vector<ProfileConfig> labels;  ///< distinct names
    http::ServerLimits limits;
    std::chrono::seconds retry_after{3600};
    std::size_t max_pending = 10'000;
    std::chrono::seconds pending_lifetime{7 * 24 * 3600};
    net::Duration client_timeout{10'000};  ///< what EST clients wait for an answer: CAPF's 10 s
    std::string extra_cacerts;             ///< file with root-rollover certificates for /cacerts; empty: none
};

/// Reads the object "est" of the configuration.
void read_est(config::Reader& reader, EstConfig& est);

}  // namespace opencapf::ces
