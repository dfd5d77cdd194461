// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "md4.hpp"
#include "opencapf/base/bytes.hpp"

#include <initializer_list>
#include <string_view>

namespace opencapf::ca_sim {

/// MD4 of the UTF-16LE password: all that Windows, and we, keep of it (MS-NLMP 3.3.1, NTOWFv1). As good as the password
/// itself, so it never goes into a log.
using NtHash = Digest16;
using NtlmChallenge8 = std::array<std::uint8_t, 8>;

NtHash nt_hash(std::u16string_view password);

Digest16 md5(ByteView message);
/// HMAC-MD5 over the concatenation of `parts` (RFC 2104). Throws std::runtime_error when OpenSSL cannot.
Digest16 hmac_md5(ByteView key, std::initializer_list<ByteView> parts);

/// MS-NLMP 3.3.2 NTOWFv2: user in any case, domain exactly as the client sent it.
Digest16 ntowf_v2(const NtHash& hash, std::u16string_view user, std::u16string_view domain);
/// MS-NLMP 3.3.2 NTProofStr: HMAC-MD5 of the server challenge and the client's blob.
Digest16 nt_proof(const Digest16& ntowf, const NtlmChallenge8& server_challenge, ByteView blob);
/// MS-NLMP 6 DESL(): the 24 byte response of NTLMv1.
std::array<std::uint8_t, 24> des_response(const NtHash& hash, const NtlmChallenge8& challenge);
/// MS-NLMP 3.4.4.2: the 16 byte signature of the first message one side signs, with extended session security and
/// without key exchange.
Bytes ntlm_signature(const Digest16& session_key, bool of_server, ByteView message);
/// The challenge NTLMv1 with extended session security answers: MD5(server, client)[0..8).
NtlmChallenge8 session_challenge(const NtlmChallenge8& server, const NtlmChallenge8& client);

}  // namespace opencapf::ca_sim
