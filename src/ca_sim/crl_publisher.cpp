// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/crl_publisher.hpp"

#include "ca_sim/crl.hpp"
#include "opencapf/log/operator_log.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <set>

namespace opencapf::ca_sim {
namespace {

/// The newest certificate of a key: its names stand in the CRL.
std::shared_ptr<const Issuer> newest_of_key(const Issuers& issuers, int key_index) {
    std::shared_ptr<const Issuer> found;
    for (const auto& issuer : issuers) {
        if (issuer->authority().key_index == key_index) found = issuer;
    }
    return found;
}

std::vector<int> certificates_of_key(const Issuers& issuers, int key_index) {
    std::vector<int> list;
    for (const auto& issuer : issuers) {
        if (issuer->authority().key_index == key_index) list.push_back(issuer->authority().index);
    }
    return list;
}

}  // namespace

CrlPublisher::CrlPublisher(CertificateAuthority& ca) : ca_(ca) { reload(); }

void CrlPublisher::reload() { published_.set(std::make_shared<const std::vector<StoredCrl>>(ca_.state().crls())); }

std::optional<StoredCrl> CrlPublisher::find(int key_index, bool delta) const {
    const auto list = published_.get();
    const auto found = std::find_if(list->begin(), list->end(), [&](const StoredCrl& crl) {
        return crl.key_index == key_index && crl.delta == delta;
    });
    if (found == list->end() || found->der.empty()) return std::nullopt;
    return *found;
}

std::int64_t CrlPublisher::last_number(int key_index) const {
    std::int64_t number = 0;
    for (const StoredCrl& crl : *published_.get()) {
        if (crl.key_index == key_index) number = std::max(number, crl.number);
    }
    return number;
}

bool CrlPublisher::due(const std::optional<StoredCrl>& crl) const {
    return !crl || crl->next_publish <= database_time(ca_.now());
}

Task<Result<void>> CrlPublisher::publish(bool delta_only) { return run(delta_only ? Scope::deltas : Scope::all); }

Task<Result<void>> CrlPublisher::publish_due() { return run(Scope::due); }

bool CrlPublisher::begin() {
    const std::lock_guard lock(mutex_);
    if (busy_ || closed_) return false;
    busy_ = true;
    return true;
}

void CrlPublisher::end() {
    const std::lock_guard lock(mutex_);
    busy_ = false;
    idle_.notify_all();
}

void CrlPublisher::close() {
    std::unique_lock lock(mutex_);
    closed_ = true;
    idle_.wait(lock, [this] { return !busy_; });
}

Task<Result<void>> CrlPublisher::run(Scope scope) {
    if (!begin()) {
        if (scope == Scope::due) co_return Result<void>();
        co_return fail(Errc::conflict, "CRLs are being published already; try again");
    }
    std::set<int> keys;
    for (const auto& issuer : *ca_.issuers()) keys.insert(issuer->authority().key_index);
    Result<void> all;
    for (const int key : keys) {
        std::string trouble;
        try {
            auto done = co_await publish_key(key, scope);
            if (!done) trouble = done.error().message;
        } catch (const std::exception& problem) {
            trouble = problem.what();
        }
        if (trouble.empty()) continue;
        log::error(fmt::format("the CRL of CA key {} could not be published: {}", key, trouble));
        all = fail(Errc::unavailable, trouble);
    }
    end();
    co_return all;
}

Task<Result<void>> CrlPublisher::publish_key(int key_index, Scope scope) {
    const auto issuer = newest_of_key(*ca_.issuers(), key_index);
    const bool deltas = ca_.config().ca.delta_period.count() > 0;
    std::optional<StoredCrl> base = find(key_index, false);
    const std::optional<StoredCrl> delta = find(key_index, true);
    const bool want_base = scope == Scope::all || !base || (scope == Scope::due && due(base));
    const bool want_delta = deltas && (want_base || scope == Scope::deltas || due(delta));
    if (!want_base && !want_delta) co_return Result<void>();
    const std::int64_t number = last_number(key_index) + 1;
    std::vector<StoredCrl> fresh;
    if (want_base) {
        auto built = co_await build(issuer, number, std::nullopt);
        if (!built) co_return fail(built.error());
        fresh.push_back(*built);
        base = std::move(*built);
    }
    if (want_delta) {
        std::optional<StoredCrl> of = base;
        auto built = co_await build(issuer, number, std::move(of));
        if (!built) co_return fail(built.error());
        fresh.push_back(std::move(*built));
    }
    co_return co_await store(std::move(fresh));
}

Task<Result<StoredCrl>> CrlPublisher::build(std::shared_ptr<const Issuer> issuer, std::int64_t number,
                                            std::optional<StoredCrl> base) {
    const CaConfig& config = ca_.config().ca;
    const bool delta = base.has_value();
    const WallTime now = std::chrono::floor<std::chrono::seconds>(ca_.now());
    CrlContent content;
    content.number = number;
    content.this_update = now - kClockSkew;
    content.next_publish = now + (delta ? config.delta_period : config.crl_period);
    content.next_update = content.next_publish + config.crl_overlap;
    if (delta) content.base_number = base->number;
    if (!delta && config.delta_period.count() > 0) content.freshest_urls = issuer->urls(config.crl_urls, true);
    std::vector<int> authorities = certificates_of_key(*ca_.issuers(), issuer->authority().key_index);
    std::string since = delta ? base->published : std::string();
    content.entries = co_await ca_.store().revoked(std::move(authorities), database_time(now), std::move(since));

    Result<Bytes> der = fail(Errc::internal, "not built");
    auto job = [&] { der = build_crl(*issuer, content); };
    std::function<void()> erased(std::ref(job));
    co_await ca_.pool().run(std::move(erased));
    if (!der) co_return fail(der.error());
    StoredCrl crl;
    crl.key_index = issuer->authority().key_index;
    crl.delta = delta;
    crl.number = number;
    crl.published = database_time(now);
    crl.next_publish = database_time(content.next_publish);
    crl.der = std::move(*der);
    log::info(fmt::format("{} CRL {} of CA key {} published: {} entries, next on {}", delta ? "delta" : "base", number,
                          crl.key_index, content.entries.size(), crl.next_publish));
    co_return crl;
}

Task<Result<void>> CrlPublisher::store(std::vector<StoredCrl> fresh) {
    std::vector<StoredCrl> to_store = fresh;
    co_await ca_.state().put(std::move(to_store));
    std::vector<StoredCrl> list = *published_.get();
    for (StoredCrl& crl : fresh) {
        std::erase_if(list,
                      [&](const StoredCrl& old) { return old.key_index == crl.key_index && old.delta == crl.delta; });
        list.push_back(std::move(crl));
    }
    published_.set(std::make_shared<const std::vector<StoredCrl>>(std::move(list)));
    co_return Result<void>();
}

}  // namespace opencapf::ca_sim
