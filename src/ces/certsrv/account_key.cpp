// SPDX-License-Identifier: Apache-2.0
#include "ces/certsrv/account_key.hpp"

#include "opencapf/base/bytes.hpp"
#include "opencapf/base/text.hpp"
#include "opencapf/x509/handle.hpp"

#include <algorithm>
#include <array>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdexcept>

namespace opencapf::ces {

std::string account_key(std::string_view user, const Secret& password) {
    static const Bytes process_key = random_bytes(32);
    Bytes text(user.begin(), user.end());
    text.push_back(0);
    text.insert(text.end(), password.reveal().begin(), password.reveal().end());
    std::array<unsigned char, 32> value{};
    unsigned int length = 0;
    const bool made = HMAC(EVP_sha256(), process_key.data(), static_cast<int>(process_key.size()), text.data(),
                           text.size(), value.data(), &length) != nullptr;
    OPENSSL_cleanse(text.data(), text.size());
    if (!made || length != value.size()) throw std::runtime_error("HMAC failed: " + x509::drain_errors());
    return {reinterpret_cast<const char*>(value.data()), value.size()};
}

void RememberedLogins::remember(const std::string& ca, const std::string& user, const std::string& key, Time until) {
    const std::lock_guard lock(mutex_);
    entries_.remove_if([&](const Entry& entry) { return entry.ca == ca && iequals(entry.user, user); });
    if (limit_ == 0) return;
    if (entries_.size() >= limit_) entries_.pop_front();
    entries_.push_back({ca, user, key, until});
}

bool RememberedLogins::knows(const std::string& ca, const std::string& key, Time now) const {
    const std::lock_guard lock(mutex_);
    return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& entry) {
        return entry.ca == ca && entry.until > now && equal_constant_time(as_bytes(entry.key), as_bytes(key));
    });
}

void RememberedLogins::forget(const std::string& ca, const std::string& key) {
    const std::lock_guard lock(mutex_);
    entries_.remove_if([&](const Entry& entry) { return entry.ca == ca && entry.key == key; });
}

std::size_t RememberedLogins::size() const {
    const std::lock_guard lock(mutex_);
    return entries_.size();
}

}  // namespace opencapf::ces
