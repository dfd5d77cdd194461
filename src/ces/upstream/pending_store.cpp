// SPDX-License-Identifier: Apache-2.0
#include "ces/upstream/pending_store.hpp"

#include "ces/certsrv/digest.hpp"
#include "opencapf/base/text.hpp"

namespace opencapf::ces {

PendingStore::PendingStore(std::size_t limit, std::chrono::seconds lifetime, WallClock clock)
    : limit_(limit), lifetime_(lifetime), clock_(std::move(clock)) {}

std::string PendingStore::key(const std::string& user, const std::string& csr_der) {
    std::string text = to_lower(user);
    text += '\0';
    text += csr_der;
    return sha256(as_bytes(text));
}

void PendingStore::drop_old() {
    const auto now = clock_();
    // Oldest first. A busy entry stays whatever its age: its connection ends it.
    for (auto entry = entries_.begin(); entry != entries_.end();) {
        if (entries_.size() <= limit_ && entry->expires > now) return;
        if (entry->busy) {
            ++entry;
            continue;
        }
        index_.erase(entry->key);
        entry = entries_.erase(entry);
    }
}

PendingStore::Begin PendingStore::begin(const std::string& key) {
    const std::lock_guard lock(mutex_);
    drop_old();
    if (const auto found = index_.find(key); found != index_.end()) {
        Entry& entry = *found->second;
        if (entry.busy) return {State::busy, entry.request_id};
        entry.busy = true;
        return {State::at_the_ca, entry.request_id};
    }
    entries_.push_back({key, 0, true, clock_() + lifetime_});
    index_[key] = std::prev(entries_.end());
    drop_old();
    return {};
}

void PendingStore::submitted(const std::string& key, std::uint64_t request_id) {
    const std::lock_guard lock(mutex_);
    if (const auto found = index_.find(key); found != index_.end()) found->second->request_id = request_id;
}

void PendingStore::end(const std::string& key) {
    const std::lock_guard lock(mutex_);
    const auto found = index_.find(key);
    if (found == index_.end()) return;
    found->second->busy = false;
    if (found->second->request_id != 0) return;
    entries_.erase(found->second);
    index_.erase(found);
}

void PendingStore::forget(const std::string& key) {
    const std::lock_guard lock(mutex_);
    const auto found = index_.find(key);
    if (found == index_.end()) return;
    entries_.erase(found->second);
    index_.erase(found);
}

std::size_t PendingStore::size() const {
    const std::lock_guard lock(mutex_);
    return entries_.size();
}

}  // namespace opencapf::ces
