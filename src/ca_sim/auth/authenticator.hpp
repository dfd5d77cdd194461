// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "accounts.hpp"
#include "ntlm_acceptor.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace opencapf::ca_sim {

/// What WWW-Authenticate can offer. `negotiate` takes raw NTLM tokens under that scheme; Kerberos is not spoken.
enum class AuthProvider { ntlm, negotiate, basic };

/// "NTLM", "Negotiate" or "Basic" in any case; nothing otherwise.
std::optional<AuthProvider> auth_provider_from_name(std::string_view name);

struct AuthSettings {
    /// Offered in this order; one that is not here is not accepted either. Default: Cisco's set-up guide.
    std::vector<AuthProvider> providers{AuthProvider::ntlm, AuthProvider::negotiate};
    std::string basic_realm;  ///< the host name
    NtlmOptions ntlm;
};

// sc-win32-status values of certsrv.md 4.1.
inline constexpr std::uint32_t kWin32AccessDenied = 5;
inline constexpr std::uint32_t kWin32LogonFailure = 1326;
inline constexpr std::uint32_t kWin32AccountDisabled = 1331;
inline constexpr std::uint32_t kWin32AccountLockedOut = 1909;
inline constexpr std::uint32_t kSecNoCredentials = 0x8009030E;  // 2148074254
inline constexpr std::uint32_t kSecLogonDenied = 0x8009030C;    // 2148074252
inline constexpr std::uint32_t kSecInvalidToken = 0x80090308;   // 2148074248

/// What one request's Authorization header amounts to.
struct Decision {
    bool authenticated = false;
    std::string user;         ///< "LAB\\ciscora" when authenticated, else empty
    unsigned status = 401;    ///< 401 when not authenticated; 200 (replace by the page's own) otherwise
    unsigned substatus = 0;   ///< sc-substatus
    std::uint32_t win32 = 0;  ///< sc-win32-status
    std::vector<std::string> www_authenticate;  ///< one header each, in order
    bool persistent_auth = false;               ///< send "Persistent-Auth: true" with the answer
    bool handshake_leg = false;                 ///< first NTLM leg: the body, often empty, is not the request's
    std::string detail;  ///< why not, for the operator's log; holds no secret; empty for ordinary challenges
};

/// HTTP authentication of one connection as IIS does it (certsrv.md 4.1, 4.2). NTLM belongs to the connection: later
/// requests without the header are that user's, and a new Type 1 starts again. Basic belongs to its request. No I/O.
/// Not thread-safe: lives with its connection. `accounts` and `settings` must outlive it.
class Authenticator {
public:
    Authenticator(const Accounts& accounts, const AuthSettings& settings, RandomSource random, WallClock clock);

    /// `authorization` is the header's value, nothing (or empty) when the request has none.
    Decision decide(std::optional<std::string_view> authorization);

private:
    Decision anonymous();
    Decision ntlm(std::string_view scheme, std::string_view credentials);
    Decision basic(std::string_view credentials) const;
    Decision accepted(std::string user) const;
    Decision refused(unsigned substatus, std::uint32_t win32, std::string detail) const;
    [[nodiscard]] bool offers(AuthProvider provider) const noexcept;

    const Accounts& accounts_;
    const AuthSettings& settings_;
    NtlmAcceptor acceptor_;
    std::string connection_user_;  ///< empty until NTLM succeeded
};

}  // namespace opencapf::ca_sim
