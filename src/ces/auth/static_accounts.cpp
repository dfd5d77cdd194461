// SPDX-License-Identifier: Apache-2.0
#include "ces/auth/static_accounts.hpp"

#include "opencapf/base/bytes.hpp"
#include "opencapf/base/password_hash.hpp"
#include "opencapf/base/text.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdexcept>

namespace opencapf::ces {
namespace {

constexpr std::size_t kMaxFileBytes = 16 * 1024 * 1024;

Secret random_key() {
    std::string bytes(32, '\0');
    if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size())) != 1)
        throw std::runtime_error("no random bytes");
    return Secret(std::move(bytes));
}

/// Gives its place in the queue back however the coroutine ends.
class Place {
public:
    explicit Place(std::atomic<std::size_t>& waiting) : waiting_(waiting), number_(++waiting) {}
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() { --waiting_; }
    [[nodiscard]] std::size_t number() const noexcept { return number_; }

private:
    std::atomic<std::size_t>& waiting_;
    std::size_t number_;
};

}  // namespace

StaticAccounts StaticAccounts::load(const SecretSource& source) {
    const Secret text = source.all(kMaxFileBytes);
    StaticAccounts accounts;
    std::size_t number = 0;
    for (const auto& line : split(text.reveal(), '\n')) {
        ++number;
        const auto entry = trim(line);
        if (entry.empty() || entry.front() == '#') continue;
        const auto where = source.origin() + ", line " + std::to_string(number) + ": ";
        const auto colon = entry.find(':');
        if (colon == std::string_view::npos || colon == 0) throw std::runtime_error(where + "NAME:HASH is expected");
        const std::string hash(trim(entry.substr(colon + 1)));
        const auto usable = check_password_hash(hash);
        if (!usable) throw std::runtime_error(where + usable.error().message);
        if (!accounts.hashes_.emplace(to_lower(trim(entry.substr(0, colon))), hash).second)
            throw std::runtime_error(where + "the account stands there twice");
    }
    return accounts;
}

const std::string* StaticAccounts::find(std::string_view name) const {
    const auto found = hashes_.find(to_lower(name));
    return found == hashes_.end() ? nullptr : &found->second;
}

PasswordChecker::PasswordChecker(net::WorkPool& pool, WallClock clock)
    : pool_(pool), clock_(std::move(clock)), key_(random_key()), dummy_hash_(hash_password(random_key())) {}

std::string PasswordChecker::proof_of(std::string_view name, const Secret& password, std::string_view hash) const {
    // Lengths first: no two triples give the same text. The hash is in it, so that a changed password is a new one.
    std::string text = std::to_string(name.size()) + ':' + std::to_string(password.reveal().size()) + ':';
    text.reserve(text.size() + name.size() + password.reveal().size() + hash.size());
    text.append(to_lower(name)).append(password.reveal()).append(hash);
    const Secret wiped(std::move(text));
    Bytes proof(EVP_MAX_MD_SIZE);
    unsigned size = 0;
    const auto input = as_bytes(wiped.reveal());
    HMAC(EVP_sha256(), key_.reveal().data(), static_cast<int>(key_.reveal().size()), input.data(), input.size(),
         proof.data(), &size);
    proof.resize(size);
    return to_hex(proof);
}

bool PasswordChecker::remembers(const std::string& proof) {
    const std::lock_guard lock(mutex_);
    const auto found = index_.find(proof);
    return found != index_.end() && clock_() < found->second->until;
}

void PasswordChecker::remember(std::string proof, const Limits& limits) {
    if (limits.remembered.count() == 0 || limits.max_remembered == 0) return;
    const std::lock_guard lock(mutex_);
    if (const auto old = index_.find(proof); old != index_.end()) {
        entries_.erase(old->second);
        index_.erase(old);
    }
    while (entries_.size() >= limits.max_remembered) {
        index_.erase(entries_.front().proof);
        entries_.pop_front();
    }
    entries_.push_back({proof, clock_() + limits.remembered});
    index_.emplace(std::move(proof), std::prev(entries_.end()));
}

Task<Result<void>> PasswordChecker::check(std::shared_ptr<const StaticAccounts> accounts, std::string name,
                                          Secret password, Limits limits) {
    const std::string* known = accounts ? accounts->find(name) : nullptr;
    const std::string& hash = known != nullptr ? *known : dummy_hash_;
    std::string proof = proof_of(name, password, hash);
    if (known != nullptr && remembers(proof)) co_return Result<void>{};
    const Place place(waiting_);
    if (place.number() > limits.max_waiting)
        co_return fail(Errc::unavailable, "too many passwords are waiting to be checked");
    bool matches = false;
    std::function<void()> job = [&] { matches = password_matches(password, hash); };
    co_await pool_.run(std::move(job));
    if (known == nullptr || !matches) co_return fail(Errc::unauthorized, "wrong password or unknown account: " + name);
    remember(std::move(proof), limits);
    co_return Result<void>{};
}

}  // namespace opencapf::ces
