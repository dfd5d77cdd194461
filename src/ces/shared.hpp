// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ces/certsrv/account_key.hpp"
#include "ces/metrics.hpp"
#include "ces/policy.hpp"
#include "ces/upstream/ca_chain.hpp"
#include "ces/upstream/ca_states.hpp"
#include "ces/upstream/issued_record.hpp"
#include "ces/upstream/pending_store.hpp"
#include "opencapf/base/current.hpp"

#include <atomic>
#include <functional>
#include <memory>

namespace opencapf::ces {

class Upstream;
struct Shared;

/// Makes what one loop speaks to one CA with. The daemon's is make_upstream(); tests and benchmarks give their own.
using UpstreamMaker =
    std::function<std::shared_ptr<Upstream>(net::Loop& loop, Shared& shared, std::shared_ptr<const Ca> ca)>;

/// What all loops share. Outlives every connection.
struct Shared {
    Current<Policy> policy;  ///< a reload replaces it; a request keeps the one it began with
    Current<CaChain> chain;  ///< the certificates of all CAs; null until the first one has told its chain
    PendingStore pending;    ///< also for the operator: list(), forget_id()
    const Metrics metrics;
    metrics::Upstream ca;  ///< is there any CA?
    CaStates cas;
    RememberedLogins logins;
    UpstreamMaker make_upstream;
    net::WorkPool* pool = nullptr;  ///< for private keys, and for Kerberos
    IssuedRecord issued{};
    std::atomic<bool> checking{false};  ///< a self-check runs: one at a time, as each one tries the account's password
};

}  // namespace opencapf::ces
