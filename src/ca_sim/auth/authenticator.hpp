// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "accounts.hpp"
#include "channel_binding.hpp"
#include "kerberos.hpp"
#include "ntlm_acceptor.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace opencapf::ca_sim {

/// What WWW-Authenticate can offer. `negotiate` takes NTLM, bare or inside SPNEGO, and with a keytab Kerberos.
enum class AuthProvider { ntlm, negotiate, basic };

/// "NTLM", "Negotiate" or "Basic" in any case; nothing otherwise.
std::optional<AuthProvider> auth_provider_from_name(std::string_view name);

struct AuthSettings {
    /// Offered in this order; one that is not here is not accepted either. Default: Cisco's set-up guide.
    std::vector<AuthProvider> providers{AuthProvider::ntlm, AuthProvider::negotiate};
    std::string basic_realm;  ///< the host name
    NtlmOptions ntlm;
    /// The server's keys; without them Negotiate takes NTLM only.
    std::shared_ptr<const KerberosService> kerberos;
    /// IIS's authPersistNonNTLM: one Kerberos log-in is good for the whole connection, as since Windows Server 2012 R2.
    bool persist_kerberos = true;
    ExtendedProtection extended_protection = ExtendedProtection::off;  ///< of NTLM and Kerberos
};

// sc-win32-status values of certsrv.md 4.1.
inline constexpr std::uint32_t kWin32AccessDenied = 5;
inline constexpr std::uint32_t kWin32LogonFailure = 1326;
inline constexpr std::uint32_t kWin32AccountDisabled = 1331;
inline constexpr std::uint32_t kWin32AccountLockedOut = 1909;
inline constexpr std::uint32_t kSecNoCredentials = 0x8009030E;  // 2148074254
inline constexpr std::uint32_t kSecLogonDenied = 0x8009030C;    // 2148074252
inline constexpr std::uint32_t kSecInvalidToken = 0x80090308;   // 2148074248
inline constexpr std::uint32_t kSecTimeSkew = 0x80090324;       // 2148074276

/// What one request's Authorization header amounts to.
struct Decision {
    bool authenticated = false;
    std::string user;         ///< "LAB\\ciscora" when authenticated, else empty
    unsigned status = 401;    ///< 401 when not authenticated; 200 (replace by the page's own) otherwise
    unsigned substatus = 0;   ///< sc-substatus
    std::uint32_t win32 = 0;  ///< sc-win32-status
    std::vector<std::string> www_authenticate;  ///< one header each, in order; with a 200 SPNEGO's last word, if any
    bool persistent_auth = false;               ///< send "Persistent-Auth: true" with the answer
    bool handshake_leg = false;                 ///< a log-in goes on: the body, often empty, is not the request's
    std::string detail;  ///< why not, for the operator's log; holds no secret; empty for ordinary challenges
};

/// A header judged at once, or work to do before.
struct AuthStep {
    Decision decision;                   ///< when there is no work
    std::shared_ptr<KerberosStep> work;  ///< run() it where files may be read, then ask finish()
};

/// HTTP authentication of one connection as IIS does it (certsrv.md 4.1, 4.2). NTLM belongs to the connection: later
/// requests without the header are that user's, and a new Type 1 starts again. So does Kerberos when it persists. Basic
/// belongs to its request. No I/O but in AuthStep::work. Not thread-safe: lives with its connection. `accounts` and
/// `settings` must outlive it.
class Authenticator {
public:
    /// `server_end_point`: what log-ins must be bound to, RFC 5929; see ChannelBinding.
    Authenticator(const Accounts& accounts, const AuthSettings& settings, RandomSource random, WallClock clock,
                  Bytes server_end_point = {});

    /// `authorization` is the header's value, nothing (or empty) when the request has none.
    AuthStep begin(std::optional<std::string_view> authorization);
    /// The decision after the work of the last begin() has run.
    Decision finish(const KerberosStep& work);
    /// begin(), the work in place, finish(): may block.
    Decision decide(std::optional<std::string_view> authorization);

    /// A challenge was sent and not answered: the next token belongs to it.
    [[nodiscard]] bool in_handshake() const noexcept;

private:
    Decision anonymous();
    AuthStep windows(AuthProvider provider, std::string_view credentials);
    AuthStep spnego(Bytes token);
    AuthStep spnego_init(Bytes token);
    /// One NTLM message in its own right.
    Decision ntlm(AuthProvider provider, ByteView token);
    /// One inside SPNEGO, and so goes the answer. `mic`: the client's over its list of mechanisms, if any.
    Decision wrapped_ntlm(ByteView token, ByteView mic);
    Decision ntlm_refused(const NtlmRejected& rejection) const;
    Decision ntlm_accepted(const NtlmAccepted& accepted_as);
    Decision basic(std::string_view credentials) const;
    Decision challenge(AuthProvider provider, ByteView token) const;
    Decision accepted(std::string user) const;
    Decision refused(unsigned substatus, std::uint32_t win32, std::string detail) const;
    [[nodiscard]] bool offers(AuthProvider provider) const noexcept;
    /// Forgets a half-finished log-in.
    void start_over();

    const Accounts& accounts_;
    const AuthSettings& settings_;
    NtlmAcceptor acceptor_;
    KerberosAcceptor kerberos_;
    Bytes mech_list_;              ///< of the client's NegTokenInit
    bool ntlm_in_spnego_ = false;  ///< the client's next NegTokenResp holds an NTLM message
    std::string connection_user_;  ///< empty until NTLM or Kerberos succeeded
};

}  // namespace opencapf::ca_sim
