// SPDX-License-Identifier: Apache-2.0
#include "ces/upstream/ca_watch.hpp"

#include "opencapf/log/operator_log.hpp"
#include "opencapf/x509/pkcs7.hpp"

#include <algorithm>

namespace opencapf::ces {
namespace {

constexpr net::Duration kSoonest{60'000};  // between two good fetches

void add_once(std::vector<x509::Certificate>& list, const x509::Certificate& certificate) {
    const bool there =
        std::any_of(list.begin(), list.end(), [&](const auto& one) { return one.der() == certificate.der(); });
    if (!there) list.push_back(certificate);
}

}  // namespace

std::shared_ptr<const CaChain> unite_chains(const std::vector<std::shared_ptr<const CaChain>>& chains,
                                            const std::vector<x509::Certificate>& extra, est::Wrap wrap) {
    std::vector<x509::Certificate> all;
    for (const auto& chain : chains)
        if (chain)
            for (const auto& certificate : chain->certificates) add_once(all, certificate);
    if (all.empty()) return nullptr;
    for (const auto& certificate : extra) add_once(all, certificate);
    std::stable_partition(all.begin(), all.end(),
                          [](const x509::Certificate& certificate) { return !certificate.self_issued(); });
    auto body = est::encode_body(x509::make_certs_only(all), wrap);
    x509::TrustStore store(all);
    return std::make_shared<const CaChain>(CaChain{std::move(all), std::move(store), std::move(body)});
}

net::Duration next_refresh(const CaChain& chain, net::Duration refresh, WallTime now) {
    auto wait = refresh;
    for (const auto& certificate : chain.certificates) {
        const auto left = std::chrono::duration_cast<net::Duration>(certificate.not_after() - now);
        // Half of what is left: as the end comes nearer the CA is asked more often.
        if (left.count() > 0) wait = std::min(wait, left / 2);
    }
    return std::max(wait, std::min(refresh, kSoonest));
}

void CaWatch::start() {
    loop_.post([this] { watch(true); });
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return first_attempt_done_; });
}

void CaWatch::reloaded(bool cas) {
    loop_.post([this, cas] {
        if (cas) {
            watch(false);
        } else {
            publish();  // other extra certificates, or another form
        }
    });
}

void CaWatch::watch(bool starting) {
    const unsigned generation = ++generation_;
    const auto policy = shared_.policy.get();
    for (const auto& ca : policy->cas) {
        const bool first = starting && ca == policy->cas.front();
        loop_.spawn([this, ca, generation, first] { return keep_chain(ca, generation, first); });
        if (policy->cas.size() > 1) loop_.spawn([this, ca, generation] { return keep_probing(ca, generation); });
    }
}

bool CaWatch::begin_attempt() {
    const std::lock_guard lock(mutex_);
    if (stopping_) return false;
    ++attempts_running_;
    return true;
}

void CaWatch::end_attempt() {
    const std::lock_guard lock(mutex_);
    --attempts_running_;
    changed_.notify_all();
}

void CaWatch::first_attempt_done() {
    const std::lock_guard lock(mutex_);
    first_attempt_done_ = true;
    changed_.notify_all();
}

Task<> CaWatch::keep_chain(std::shared_ptr<const Ca> ca, unsigned generation, bool starting) {
    net::Duration wait = shared_.policy.get()->config.chain_retry_first;
    for (;; starting = false) {
        bool fetched = false;
        if (begin_attempt()) {
            fetched = co_await fetch_chain(ca, starting);
            end_attempt();
        }
        if (starting) first_attempt_done();
        if (generation != generation_) co_return;
        const auto chain = shared_.cas.get(ca->config.name)->chain.get();
        const auto policy = shared_.policy.get();
        net::Duration pause = wait;
        if (fetched && chain) {
            pause = next_refresh(*chain, policy->config.chain_refresh, std::chrono::system_clock::now());
            wait = policy->config.chain_retry_first;
        } else {
            const bool others = shared_.chain.get() != nullptr;
            log::warn("the chain of the CA '" + ca->config.name + "' could not be fetched, " +
                      (chain    ? "the old one stays"
                       : others ? "/cacerts is without it"
                                : "/cacerts answers 503") +
                      "; trying again in " +
                      std::to_string(std::chrono::duration_cast<std::chrono::seconds>(wait).count()) + " s");
            wait = std::min(wait * 2, policy->config.chain_retry_longest);
        }
        co_await loop_.sleep(pause);
        if (generation != generation_) co_return;
    }
}

Task<bool> CaWatch::fetch_chain(std::shared_ptr<const Ca> ca, bool starting) {
    EventRecorder record = [this, starting](Event event) { starting ? logs_.starting(event) : logs_.running(event); };
    const auto upstream = enroller_.upstream(ca);
    auto certificates = co_await upstream->chain(record);
    const auto wrap = shared_.policy.get()->config.est.base.wrap;
    Result<std::shared_ptr<const CaChain>> chain =
        certificates ? make_chain(std::move(*certificates), *ca->directory, wrap) : fail(certificates.error());
    if (!chain) {
        record(ChainUnavailable{});
        log::error("cannot use the chain of the CA '" + ca->config.name + "': " + chain.error().message);
        co_return false;
    }
    const auto state = shared_.cas.get(ca->config.name);
    const auto before = state->chain.get();
    if (!before || before->body != (*chain)->body)
        log::info("CA chain of " + std::to_string((*chain)->certificates.size()) + " certificates, root " +
                  (*chain)->certificates.back().subject_rfc2253());
    state->chain.set(std::move(*chain));
    publish();
    co_return true;
}

void CaWatch::publish() {
    const auto policy = shared_.policy.get();
    std::vector<std::shared_ptr<const CaChain>> chains;
    for (const auto& ca : policy->cas) chains.push_back(shared_.cas.get(ca->config.name)->chain.get());
    if (auto all = unite_chains(chains, policy->extra_cacerts, policy->config.est.base.wrap))
        shared_.chain.set(std::move(all));
}

Task<> CaWatch::keep_probing(std::shared_ptr<const Ca> ca, unsigned generation) {
    const auto state = shared_.cas.get(ca->config.name);
    for (;;) {
        const auto before = shared_.policy.get();
        co_await loop_.sleep(before->config.ca_probe_period);
        if (generation != generation_ || !begin_attempt()) co_return;
        const auto upstream = enroller_.upstream(ca);
        const auto answer = co_await upstream->probe();
        state->report(answer ? nullptr : &answer.error(), shared_.policy.get()->config.ca_good_probes);
        shared_.ca.report(answer.has_value());
        end_attempt();
    }
}

void CaWatch::stop(net::Duration grace) {
    // What runs is let finish; a wait between two attempts is simply dropped with its loop.
    std::unique_lock lock(mutex_);
    stopping_ = true;
    changed_.wait_for(lock, grace, [this] { return attempts_running_ == 0; });
}

Task<bool> any_ca_answers(net::Loop& loop, Shared& shared) {
    const auto policy = shared.policy.get();
    for (const auto& ca : policy->cas) {
        const auto upstream = shared.make_upstream(loop, shared, ca);
        const auto answer = co_await upstream->probe();
        if (answer) co_return true;
        log::warn("the CA '" + ca->config.name + "' does not answer as it should: " + answer.error().message);
    }
    co_return false;
}

std::vector<CaView> ca_views(Shared& shared) {
    std::vector<CaView> views;
    const auto policy = shared.policy.get();
    for (const auto& ca : policy->cas) {
        views.push_back(shared.cas.get(ca->config.name)->view());
        views.back().url = ca->config.base_url();
    }
    return views;
}

}  // namespace opencapf::ces
