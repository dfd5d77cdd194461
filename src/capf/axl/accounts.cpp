// SPDX-License-Identifier: Apache-2.0
#include "capf/axl/accounts.hpp"

#include "opencapf/base/bytes.hpp"
#include "opencapf/base/password_hash.hpp"
#include "opencapf/base/text.hpp"

#include <stdexcept>

namespace opencapf::capf::axl {

Accounts Accounts::from(const SecretSource& source) {
    const auto lines = source.all();
    return from_text(lines.reveal(), source.origin());
}

Accounts Accounts::from_text(std::string_view text, const std::string& origin) {
    Accounts accounts;
    std::size_t number = 0;
    for (const auto& raw : split(text, '\n')) {
        ++number;
        const auto line = trim(raw);
        if (line.empty() || line.front() == '#') continue;
        const auto colon = line.find(':');
        const std::string user(line.substr(0, colon));
        const auto hash = colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
        const auto where = origin + ", line " + std::to_string(number) + ": ";
        if (user.empty()) throw std::runtime_error(where + "expected USER:HASH");
        if (const auto good = check_password_hash(hash); !good) throw std::runtime_error(where + good.error().message);
        if (!accounts.hashes_.emplace(user, hash).second)
            throw std::runtime_error(where + "there is another line for this user");
    }
    // Nobody knows its password.
    accounts.decoy_ = hash_password(Secret(to_hex(random_bytes(16))));
    return accounts;
}

bool Accounts::check(const std::string& user, const Secret& password) const {
    const auto found = hashes_.find(user);
    const bool right = password_matches(password, found == hashes_.end() ? decoy_ : found->second);
    return right && found != hashes_.end();
}

std::optional<Credentials> parse_basic(std::string_view header) {
    constexpr std::string_view kScheme = "Basic ";
    constexpr std::size_t kMaxHeader = 1024;
    if (header.size() > kMaxHeader || !iequals(header.substr(0, kScheme.size()), kScheme)) return std::nullopt;
    const auto bytes = from_base64(header.substr(kScheme.size()));
    if (!bytes) return std::nullopt;
    const auto text = as_text(*bytes);
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    return Credentials{std::string(text.substr(0, colon)), Secret(std::string(text.substr(colon + 1)))};
}

}  // namespace opencapf::capf::axl
