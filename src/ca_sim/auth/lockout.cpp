// SPDX-License-Identifier: Apache-2.0
#include "lockout.hpp"

#include "ntlm_text.hpp"
#include "opencapf/base/text.hpp"
#include "opencapf/log/operator_log.hpp"

#include <set>

namespace opencapf::ca_sim {
namespace {

std::u16string key_of(std::string_view account) { return upper(utf16_from_text(account)); }

}  // namespace

Lockout::Lockout(WallClock clock) : clock_(std::move(clock)) {}

bool Lockout::holds(const Entry& entry, WallTime now) { return entry.locked && (!entry.until || now < *entry.until); }

Lockout::Verdict Lockout::attempt(std::string_view account, bool password_right) {
    const WallTime now = clock_();
    const std::lock_guard lock(mutex_);
    const auto key = key_of(account);
    const auto found = entries_.find(key);
    if (found != entries_.end() && holds(found->second, now)) return Verdict::locked;
    if (password_right) {
        if (found != entries_.end()) entries_.erase(found);
        return Verdict::pass;
    }
    if (policy_.threshold == 0) return Verdict::wrong;
    Entry& entry = entries_[key];
    // A lock that has run out begins with a clean sheet.
    if (entry.locked || now - entry.last_failure >= policy_.window) entry = Entry();
    ++entry.failures;
    entry.last_failure = now;
    if (entry.failures < policy_.threshold) return Verdict::wrong;
    entry.locked = true;
    if (policy_.duration.count() != 0) entry.until = now + policy_.duration;
    log::warn("account " + printable(account, 64) + " is locked out after " + std::to_string(entry.failures) +
              " wrong passwords");
    return Verdict::wrong;  // this try was answered by the password; the next one meets the lock
}

bool Lockout::locked(std::string_view account) const { return state(account).locked; }

Lockout::State Lockout::state(std::string_view account) const {
    const WallTime now = clock_();
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(key_of(account));
    if (found == entries_.end()) return {};
    const Entry& entry = found->second;
    if (holds(entry, now)) return {true, entry.until, entry.failures};
    const bool counts = !entry.locked && now - entry.last_failure < policy_.window;
    return {false, std::nullopt, counts ? entry.failures : 0};
}

void Lockout::lock(std::string_view account) {
    const WallTime now = clock_();
    const std::lock_guard lock(mutex_);
    Entry& entry = entries_[key_of(account)];
    if (!entry.locked) entry.last_failure = now;
    entry.locked = true;
    entry.until.reset();
}

bool Lockout::unlock(std::string_view account) {
    const WallTime now = clock_();
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(key_of(account));
    if (found == entries_.end()) return false;
    const bool was_locked = holds(found->second, now);
    entries_.erase(found);
    return was_locked;
}

void Lockout::set_policy(const LockoutPolicy& policy) {
    const std::lock_guard lock(mutex_);
    policy_ = policy;
}

void Lockout::retain(const std::vector<std::string>& accounts) {
    std::set<std::u16string> keys;
    for (const std::string& account : accounts) keys.insert(key_of(account));
    const std::lock_guard lock(mutex_);
    std::erase_if(entries_, [&](const auto& entry) { return !keys.contains(entry.first); });
}

}  // namespace opencapf::ca_sim
