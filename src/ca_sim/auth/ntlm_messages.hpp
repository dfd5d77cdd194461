// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ntlm_crypto.hpp"
#include "opencapf/base/bytes.hpp"
#include "opencapf/base/clock.hpp"
#include "opencapf/base/result.hpp"

#include <optional>
#include <string>
#include <vector>

namespace opencapf::ca_sim {

// MS-NLMP 2.2.2.5, as far as a server without sealing meets them.
inline constexpr std::uint32_t kNtlmUnicode = 0x00000001;
inline constexpr std::uint32_t kNtlmOem = 0x00000002;
inline constexpr std::uint32_t kNtlmRequestTarget = 0x00000004;
inline constexpr std::uint32_t kNtlmSign = 0x00000010;
inline constexpr std::uint32_t kNtlmNtlm = 0x00000200;
inline constexpr std::uint32_t kNtlmAlwaysSign = 0x00008000;
inline constexpr std::uint32_t kNtlmTargetTypeDomain = 0x00010000;
inline constexpr std::uint32_t kNtlmExtendedSessionSecurity = 0x00080000;
inline constexpr std::uint32_t kNtlmTargetInfo = 0x00800000;
inline constexpr std::uint32_t kNtlmVersion = 0x02000000;
inline constexpr std::uint32_t kNtlm128 = 0x20000000;
inline constexpr std::uint32_t kNtlm56 = 0x80000000;

/// Largest token we decode; real ones stay below 1 KiB.
inline constexpr std::size_t kNtlmMaxToken = 8 * 1024;

enum class AvId : std::uint16_t {
    end = 0,
    netbios_computer = 1,
    netbios_domain = 2,
    dns_computer = 3,
    dns_domain = 4,
    dns_forest = 5,
    flags = 6,
    timestamp = 7,
    target_name = 9,
    channel_bindings = 10,
};
/// Bit of AvId::flags: the Type 3 carries a MIC.
inline constexpr std::uint32_t kAvFlagMic = 0x00000002;

struct AvPair {
    AvId id = AvId::end;
    Bytes value;
};

/// Names the server shows in its challenge.
struct NtlmTarget {
    std::string netbios_domain;    ///< "LAB"
    std::string dns_domain;        ///< "example.test"
    std::string netbios_computer;  ///< "LAB-DC"
    std::string dns_computer;      ///< "lab-dc.example.test"
};

struct NegotiateMessage {
    std::uint32_t flags = 0;
};

struct ChallengeMessage {
    std::uint32_t flags = 0;
    NtlmChallenge8 challenge{};
    Bytes wire;
};

struct AuthenticateMessage {
    Bytes lm_response;
    Bytes nt_response;
    std::u16string domain;  ///< exactly as sent
    std::u16string user;    ///< exactly as sent
    std::u16string workstation;
    std::uint32_t flags = 0;
    std::size_t payload_start = 0;  ///< smallest offset of a field that is not empty
};

/// 1, 2 or 3; Errc::malformed when `token` is no NTLM message.
Result<std::uint32_t> ntlm_message_type(ByteView token);
/// Any length from 16 bytes; domain and workstation of the client are of no use to a server and not read.
Result<NegotiateMessage> parse_negotiate(ByteView token);
/// Every field is bounds-checked. `unicode` is what the server chose in its challenge; the flags of this message are
/// not trusted for it (wget says Unicode and sends bytes).
Result<AuthenticateMessage> parse_authenticate(ByteView token, bool unicode);
/// The pairs of an NTLMv2 blob or a challenge; end of data counts as AvId::end. Errc::malformed on an overrun.
Result<std::vector<AvPair>> parse_av_pairs(ByteView bytes);

/// MS-NLMP 2.2.1.2 for what the client offered. Never offers SEAL or KEY_EXCH; SIGN only with `sign`, to a client that
/// asks for it with extended session security.
ChallengeMessage build_challenge(const NegotiateMessage& client, const NtlmTarget& target,
                                 const NtlmChallenge8& challenge, WallTime now, bool sign = false);

/// 100 ns units since 1601-01-01 UTC (MS-DTYP 2.3.3).
std::uint64_t filetime(WallTime time) noexcept;

}  // namespace opencapf::ca_sim
