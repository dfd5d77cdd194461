// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "accounts.hpp"
#include "channel_binding.hpp"
#include "ntlm_messages.hpp"
#include "opencapf/base/clock.hpp"

#include <functional>
#include <optional>
#include <string>
#include <variant>

namespace opencapf::ca_sim {

/// `count` unpredictable bytes; a parameter so that published vectors can be replayed. Daemons pass random_bytes.
using RandomSource = std::function<Bytes(std::size_t count)>;

struct NtlmOptions {
    NtlmTarget target;
    bool allow_v1 = false;  ///< NTLMv1, with and without extended session security (wget, Perl)
};

struct NtlmChallenge {
    Bytes token;  ///< the Type 2 to send
};
struct NtlmAccepted {
    const Account* account = nullptr;       ///< never nullptr
    std::optional<Digest16> signing_key{};  ///< when both sides agreed to sign
};
enum class NtlmFailure {
    invalid_token,  ///< malformed, out of order, not of this connection: SEC_E_INVALID_TOKEN
    logon_denied,   ///< wrong user or password, or the account may not log on: SEC_E_LOGON_DENIED
};
struct NtlmRejected {
    NtlmFailure failure = NtlmFailure::invalid_token;
    std::string detail;  ///< for the operator; may hold text the peer chose, never a secret
};
using NtlmStep = std::variant<NtlmChallenge, NtlmAccepted, NtlmRejected>;

/// Server side of one NTLM log-in after another on one connection (MS-NLMP 3.2.5; certsrv.md 4.4). No I/O. Not
/// thread-safe: lives with its connection. `accounts` and `options` must outlive it.
class NtlmAcceptor {
public:
    NtlmAcceptor(const Accounts& accounts, const NtlmOptions& options, RandomSource random, WallClock clock,
                 ChannelBinding binding = {});

    /// A Type 1 always starts again. A challenge is good for one Type 3.
    /// `sign`: a Type 1 that asks for signing gets it, which only SPNEGO has a use for.
    NtlmStep accept(ByteView token, bool sign = false);
    /// Forgets a half-finished log-in.
    void reset();
    /// A challenge waits for its answer.
    [[nodiscard]] bool under_way() const noexcept { return context_.has_value(); }

private:
    struct Context {
        Bytes negotiate;
        ChallengeMessage challenge;
    };
    NtlmStep negotiate(ByteView token, bool sign);
    NtlmStep authenticate(ByteView token, const Context& context) const;
    /// The last step: `right` says whether the password was.
    [[nodiscard]] NtlmStep logged_on(const Account* account, bool right, const std::string& who) const;

    const Accounts& accounts_;
    const NtlmOptions& options_;
    RandomSource random_;
    WallClock clock_;
    const ChannelBinding binding_;
    std::optional<Context> context_;
};

}  // namespace opencapf::ca_sim
