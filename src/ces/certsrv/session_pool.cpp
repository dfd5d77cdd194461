// SPDX-License-Identifier: Apache-2.0
#include "ces/certsrv/session_pool.hpp"

#include <algorithm>

namespace opencapf::ces {
namespace {

constexpr std::size_t kMaxAccounts = 64;  // whose templates are remembered

}  // namespace

void SessionPool::drop_old() {
    const auto now = std::chrono::steady_clock::now();
    while (!idle_.empty() && idle_.front().since + config_->pool_idle <= now) idle_.pop_front();
}

std::unique_ptr<CertsrvSession> SessionPool::take(const std::string& key) {
    drop_old();
    const auto found = std::find_if(idle_.rbegin(), idle_.rend(), [&](const Idle& idle) { return idle.key == key; });
    if (found == idle_.rend()) return nullptr;
    auto session = std::move(found->session);
    idle_.erase(std::next(found).base());
    return session;
}

void SessionPool::put(const std::string& key, std::unique_ptr<CertsrvSession> session) {
    if (closed_ || config_->pool_connections == 0) return;
    drop_old();
    if (idle_.size() >= config_->pool_connections) idle_.pop_front();
    session->take(CaTask{});  // what it recorded for is over
    idle_.push_back({key, std::move(session), std::chrono::steady_clock::now()});
    if (sweeping_) return;
    sweeping_ = true;
    loop_.spawn([self = shared_from_this()] { return self->sweep(); });
}

/// Ends connections that nobody takes any more. Ends itself with the last one.
Task<> SessionPool::sweep() {
    const auto self = shared_from_this();
    while (!idle_.empty()) {
        co_await loop_.sleep(config_->pool_idle);
        drop_old();
    }
    sweeping_ = false;
}

void SessionPool::close() {
    closed_ = true;
    idle_.clear();
    known_.clear();
}

const std::vector<TemplateOption>* SessionPool::templates(const std::string& key) const {
    const auto found = std::find_if(known_.begin(), known_.end(), [&](const Known& known) { return known.key == key; });
    if (found == known_.end() || found->until <= std::chrono::steady_clock::now()) return nullptr;
    return &found->options;
}

void SessionPool::remember_templates(const std::string& key, std::vector<TemplateOption> options) {
    known_.remove_if([&](const Known& known) { return known.key == key; });
    if (closed_ || config_->template_cache.count() == 0) return;
    if (known_.size() >= kMaxAccounts) known_.pop_front();
    known_.push_back({key, std::move(options), std::chrono::steady_clock::now() + config_->template_cache});
}

void SessionPool::forget(const std::string& key) {
    known_.remove_if([&](const Known& known) { return known.key == key; });
    idle_.remove_if([&](const Idle& idle) { return idle.key == key; });
}

}  // namespace opencapf::ces
