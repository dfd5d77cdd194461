// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/base/bytes.hpp"
#include "opencapf/base/result.hpp"

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

/// The part of SPNEGO (RFC 4178, MS-SPNG) a server needs to speak NTLM inside it and to see whether a token is for
/// Kerberos. Plain functions over bytes.
namespace opencapf::ca_sim {

enum class SpnegoMech { ntlm, kerberos, other };

struct SpnegoInit {
    std::vector<SpnegoMech> mechs;  ///< in the client's order of preference, at least one
    Bytes mech_token;               ///< for the first of them; may be empty
};
struct SpnegoResponse {
    Bytes token;
};
using SpnegoToken = std::variant<SpnegoInit, SpnegoResponse>;

/// A client's NegTokenInit in its GSS-API frame, or a NegTokenResp. A list of mechanisms is at most 16 long. Errors:
/// malformed, also for anything behind the token.
Result<SpnegoToken> parse_spnego(ByteView token);

/// Is this a GSS-API token of Kerberos itself, without SPNEGO around it (RFC 4121 section 4.1)?
bool is_bare_kerberos(ByteView token);

enum class NegState : std::uint8_t { accept_completed = 0, accept_incomplete = 1 };
/// A server's NegTokenResp for NTLM. `chosen`: says that the mechanism is NTLM, which belongs into the first answer.
/// No MIC over the list of mechanisms: without NTLM's signing there is none (RFC 4178 section 5), and an answer that
/// says accept-incomplete where request-mic would stand is what clients know from older Windows.
Bytes build_spnego_answer(NegState state, bool chosen, ByteView token);

}  // namespace opencapf::ca_sim
