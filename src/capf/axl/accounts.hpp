// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/base/secret.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace opencapf::capf::axl {

/// Who may use AXL. Immutable, so thread-safe.
class Accounts {
public:
    /// Lines "USER:HASH" (base/password_hash.hpp); empty lines and those that begin with # do not count. Throws
    /// std::system_error when the file cannot be read, std::runtime_error when others may read it or a line is wrong.
    static Accounts from(const SecretSource& source);
    static Accounts from_text(std::string_view text, const std::string& origin);

    /// Blocks as scrypt does, for an unknown user as well: how long it takes tells nobody which users there are.
    [[nodiscard]] bool check(const std::string& user, const Secret& password) const;

private:
    std::map<std::string, std::string> hashes_;
    std::string decoy_;
};

struct Credentials {
    std::string user;
    Secret password;
};
/// Of an Authorization header; nothing when it is no Basic one.
std::optional<Credentials> parse_basic(std::string_view header);

}  // namespace opencapf::capf::axl
