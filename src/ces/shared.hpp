// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ces/metrics.hpp"
#include "ces/policy.hpp"
#include "ces/upstream/ca_chain.hpp"
#include "ces/upstream/pending_store.hpp"
#include "opencapf/base/current.hpp"

namespace opencapf::ces {

/// What all loops share. Outlives every connection.
struct Shared {
    Current<Policy> policy;  ///< a reload replaces it; a request keeps the one it began with
    Current<CaChain> chain;  ///< null until the CA has told it
    PendingStore pending;
    const Metrics metrics;
    metrics::Upstream ca;
};

}  // namespace opencapf::ces
