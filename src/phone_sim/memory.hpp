// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/capf_protocol/messages.hpp"
#include "phone_sim/phone_store.hpp"

#include <vector>

namespace opencapf::phone_sim {

/// What a session sees of its phone: certificates and keys on disk. A fleet overrides where new keys come from and when
/// an LSC is written. Called on the pool, one call at a time for one phone; throws what PhoneStore throws.
class Memory {
public:
    explicit Memory(PhoneStore store) : store_(std::move(store)) {}
    virtual ~Memory() = default;
    Memory(const Memory&) = delete;
    Memory& operator=(const Memory&) = delete;

    /// The certificates and keys that an installation does not change.
    [[nodiscard]] const PhoneStore& store() const noexcept { return store_; }

    virtual void save(const x509::PrivateKey& key, const x509::Certificate& lsc) { store_.save(key, lsc); }
    /// Keeps a key that the server is about to be told, until its certificate comes: in this session or a later one.
    virtual void save_pending(const x509::PrivateKey& key) { store_.save_pending_key(key); }
    /// Keys that a certificate may be for: the one that waits, and the one of the LSC.
    [[nodiscard]] virtual std::vector<x509::PrivateKey> keys() const {
        std::vector<x509::PrivateKey> keys;
        if (auto pending = store_.pending_key()) keys.push_back(*std::move(pending));
        if (auto lsc = store_.lsc_credential()) keys.push_back(std::move(lsc->key));
        return keys;
    }
    /// A key made beforehand for this request, or nothing.
    virtual std::optional<x509::PrivateKey> prepared_key(const capf_protocol::KeySpec& /*spec*/) {
        return std::nullopt;
    }

private:
    PhoneStore store_;
};

}  // namespace opencapf::phone_sim
