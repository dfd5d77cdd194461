// SPDX-License-Identifier: Apache-2.0
#include "ntlm_messages.hpp"

#include "ntlm_text.hpp"

#include <algorithm>
#include <limits>

namespace opencapf::ca_sim {
namespace {

constexpr std::array<std::uint8_t, 8> kSignature{'N', 'T', 'L', 'M', 'S', 'S', 'P', 0};
constexpr std::size_t kNegotiateMinimum = 16;
constexpr std::size_t kChallengeHeader = 56;
constexpr std::size_t kAuthenticateMinimum = 64;  // up to and with the flags
// Windows 10 / Server 2016, NTLM revision 15 (MS-NLMP 2.2.2.10).
constexpr std::array<std::uint8_t, 8> kVersion{10, 0, 0x39, 0x38, 0, 0, 0, 15};

std::uint16_t read16(ByteView bytes, std::size_t at) {
    return static_cast<std::uint16_t>(bytes[at] | bytes[at + 1] << 8);
}
std::uint32_t read32(ByteView bytes, std::size_t at) {
    return static_cast<std::uint32_t>(read16(bytes, at)) | static_cast<std::uint32_t>(read16(bytes, at + 2)) << 16;
}

void put(Bytes& out, std::uint64_t value, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}
void put(Bytes& out, ByteView bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }

void put_field(Bytes& out, std::size_t length, std::size_t offset) {
    put(out, length, 2);
    put(out, length, 2);
    put(out, offset, 4);
}

void put_av(Bytes& out, AvId id, ByteView value) {
    put(out, static_cast<std::uint16_t>(id), 2);
    put(out, value.size(), 2);
    put(out, value);
}
void put_av(Bytes& out, AvId id, std::string_view name) {
    if (!name.empty()) put_av(out, id, le_bytes(utf16_from_text(name)));
}

/// One (length, maximum length, offset) triple at `at`; the payload it points to.
Result<ByteView> read_field(ByteView token, std::size_t at, std::size_t& payload_start) {
    const std::size_t length = read16(token, at);
    const std::size_t offset = read32(token, at + 4);
    if (length == 0) return ByteView{};
    if (offset > token.size() || length > token.size() - offset) {
        return fail(Errc::malformed, "NTLM Type 3: a field points outside the message");
    }
    payload_start = std::min(payload_start, offset);
    return token.subspan(offset, length);
}

Result<std::u16string> read_text(ByteView token, std::size_t at, bool unicode, std::size_t& payload_start) {
    const auto field = read_field(token, at, payload_start);
    if (!field) return fail(field.error());
    if (!unicode) return utf16_from_latin1(as_text(*field));
    auto text = utf16_from_le_bytes(*field);
    if (!text) return fail(Errc::malformed, "NTLM Type 3: a Unicode field has an odd length");
    return *std::move(text);
}

std::uint32_t challenge_flags(std::uint32_t client, bool sign) {
    constexpr std::uint32_t kAlways = kNtlmNtlm | kNtlmAlwaysSign | kNtlmTargetTypeDomain | kNtlmTargetInfo;
    constexpr std::uint32_t kEchoed =
        kNtlmRequestTarget | kNtlmExtendedSessionSecurity | kNtlmVersion | kNtlm128 | kNtlm56;
    constexpr std::uint32_t kSigning = kNtlmSign | kNtlmExtendedSessionSecurity;
    const std::uint32_t signing = sign && (client & kSigning) == kSigning ? kNtlmSign : 0;
    return kAlways | signing | (client & kEchoed) | ((client & kNtlmUnicode) != 0 ? kNtlmUnicode : kNtlmOem);
}

Bytes target_info(const NtlmTarget& target, WallTime now) {
    Bytes out;
    put_av(out, AvId::netbios_domain, target.netbios_domain);
    put_av(out, AvId::netbios_computer, target.netbios_computer);
    put_av(out, AvId::dns_domain, target.dns_domain);
    put_av(out, AvId::dns_computer, target.dns_computer);
    put_av(out, AvId::dns_forest, target.dns_domain);
    Bytes time;
    put(time, filetime(now), 8);
    put_av(out, AvId::timestamp, ByteView(time));
    put_av(out, AvId::end, ByteView{});
    return out;
}

}  // namespace

Result<std::uint32_t> ntlm_message_type(ByteView token) {
    if (token.size() < 12 || !std::equal(kSignature.begin(), kSignature.end(), token.begin())) {
        return fail(Errc::malformed, "no NTLM message");
    }
    const std::uint32_t type = read32(token, 8);
    if (type < 1 || type > 3) return fail(Errc::malformed, "unknown NTLM message type");
    return type;
}

Result<NegotiateMessage> parse_negotiate(ByteView token) {
    const auto type = ntlm_message_type(token);
    if (!type) return fail(type.error());
    if (*type != 1) return fail(Errc::protocol, "not an NTLM Type 1");
    if (token.size() < kNegotiateMinimum) return fail(Errc::malformed, "NTLM Type 1 is too short");
    return NegotiateMessage{read32(token, 12)};
}

Result<AuthenticateMessage> parse_authenticate(ByteView token, bool unicode) {
    const auto type = ntlm_message_type(token);
    if (!type) return fail(type.error());
    if (*type != 3) return fail(Errc::protocol, "not an NTLM Type 3");
    if (token.size() < kAuthenticateMinimum) return fail(Errc::malformed, "NTLM Type 3 is too short");

    AuthenticateMessage message;
    message.payload_start = token.size();
    const auto lm = read_field(token, 12, message.payload_start);
    const auto nt = read_field(token, 20, message.payload_start);
    auto domain = read_text(token, 28, unicode, message.payload_start);
    auto user = read_text(token, 36, unicode, message.payload_start);
    auto workstation = read_text(token, 44, unicode, message.payload_start);
    const auto key = read_field(token, 52, message.payload_start);
    for (const auto* field : {&lm, &nt, &key}) {
        if (!*field) return fail(field->error());
    }
    for (const auto* field : {&domain, &user, &workstation}) {
        if (!*field) return fail(field->error());
    }
    message.lm_response.assign(lm->begin(), lm->end());
    message.nt_response.assign(nt->begin(), nt->end());
    message.domain = *std::move(domain);
    message.user = *std::move(user);
    message.workstation = *std::move(workstation);
    message.flags = read32(token, 60);
    return message;
}

Result<std::vector<AvPair>> parse_av_pairs(ByteView bytes) {
    std::vector<AvPair> pairs;
    for (std::size_t at = 0; at < bytes.size();) {
        if (bytes.size() - at < 4) return fail(Errc::malformed, "NTLM AV pair is cut off");
        const auto id = static_cast<AvId>(read16(bytes, at));
        const std::size_t length = read16(bytes, at + 2);
        if (id == AvId::end) break;  // some clients pad after it
        at += 4;
        if (length > bytes.size() - at) return fail(Errc::malformed, "NTLM AV pair is longer than its list");
        const ByteView value = bytes.subspan(at, length);
        pairs.push_back(AvPair{id, Bytes(value.begin(), value.end())});
        at += length;
    }
    return pairs;
}

ChallengeMessage build_challenge(const NegotiateMessage& client, const NtlmTarget& target,
                                 const NtlmChallenge8& challenge, WallTime now, bool sign) {
    ChallengeMessage message;
    message.flags = challenge_flags(client.flags, sign);
    message.challenge = challenge;
    const bool unicode = (message.flags & kNtlmUnicode) != 0;
    const Bytes name = unicode ? le_bytes(utf16_from_text(target.netbios_domain))
                               : Bytes(target.netbios_domain.begin(), target.netbios_domain.end());
    const Bytes info = target_info(target, now);

    Bytes& out = message.wire;
    put(out, kSignature);
    put(out, 2, 4);
    put_field(out, name.size(), kChallengeHeader);
    put(out, message.flags, 4);
    put(out, challenge);
    put(out, 0, 8);
    put_field(out, info.size(), kChallengeHeader + name.size());
    if ((message.flags & kNtlmVersion) != 0) {
        put(out, kVersion);
    } else {
        put(out, 0, 8);
    }
    put(out, name);
    put(out, info);
    return message;
}

std::uint64_t filetime(WallTime time) noexcept {
    using Ticks = std::chrono::duration<std::int64_t, std::ratio<1, 10'000'000>>;
    constexpr std::int64_t kUnixEpoch = 116'444'736'000'000'000;
    return static_cast<std::uint64_t>(std::chrono::duration_cast<Ticks>(time.time_since_epoch()).count() + kUnixEpoch);
}

}  // namespace opencapf::ca_sim
