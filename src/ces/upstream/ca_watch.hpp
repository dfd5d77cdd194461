// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ces/log/log_book.hpp"
#include "ces/upstream/enroller.hpp"

#include <condition_variable>
#include <mutex>

namespace opencapf::ces {

/// All certificates of all CAs in the order of `cas`, and `extra`, each once; what issues first, roots last. Null when
/// no CA has told its chain.
std::shared_ptr<const CaChain> unite_chains(const std::vector<std::shared_ptr<const CaChain>>& chains,
                                            const std::vector<x509::Certificate>& extra, est::Wrap wrap);

/// How long the chain may be left alone: `refresh`, or less when one of its certificates ends before (EST-S-105).
net::Duration next_refresh(const CaChain& chain, net::Duration refresh, WallTime now);

/// Fetches the chain of every CA, again and again, and looks whether CAs are there, without log-in. Lives on one loop;
/// what is said to be thread-safe is.
class CaWatch {
public:
    CaWatch(net::Loop& loop, Shared& shared, Enroller& enroller, LogBook& logs)
        : loop_(loop), shared_(shared), enroller_(enroller), logs_(logs) {}

    /// Starts, and waits until the first CA has told its chain or failed to once. Blocks; not on the loop.
    void start();
    /// The configuration changed; `cas` says whether that of a CA did. Thread-safe.
    void reloaded(bool cas);
    /// Begins nothing any more, and waits at most `grace` for what is under way. Blocks; not on the loop.
    void stop(net::Duration grace);

private:
    void watch(bool starting);
    Task<> keep_chain(std::shared_ptr<const Ca> ca, unsigned generation, bool starting);
    Task<bool> fetch_chain(std::shared_ptr<const Ca> ca, bool starting);
    Task<> keep_probing(std::shared_ptr<const Ca> ca, unsigned generation);
    void publish();
    void first_attempt_done();
    bool begin_attempt();
    void end_attempt();

    net::Loop& loop_;
    Shared& shared_;
    Enroller& enroller_;
    LogBook& logs_;
    unsigned generation_ = 0;  // on the loop only: older coroutines end
    std::mutex mutex_;
    std::condition_variable changed_;
    bool first_attempt_done_ = false;
    std::size_t attempts_running_ = 0;
    bool stopping_ = false;
};

/// Is there a CA that answers? Asks them one after the other; for readiness.
Task<bool> any_ca_answers(net::Loop& loop, Shared& shared);

/// Every CA for the operator. Thread-safe.
std::vector<CaView> ca_views(Shared& shared);

}  // namespace opencapf::ces
