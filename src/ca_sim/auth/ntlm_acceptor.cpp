// SPDX-License-Identifier: Apache-2.0
#include "ntlm_acceptor.hpp"

#include "ntlm_text.hpp"
#include "opencapf/base/text.hpp"

#include <algorithm>
#include <stdexcept>

namespace opencapf::ca_sim {
namespace {

constexpr std::size_t kProofBytes = 16;
constexpr std::size_t kV1Response = 24;
constexpr std::size_t kBlobHeader = 28;  // NTLMv2_CLIENT_CHALLENGE up to its AV pairs (MS-NLMP 2.2.2.7)
constexpr std::size_t kMicOffset = 72;
constexpr std::size_t kMicBytes = 16;

NtlmRejected rejected(NtlmFailure failure, std::string detail) { return NtlmRejected{failure, std::move(detail)}; }

/// What the client's blob says about the message around it.
struct BlobClaims {
    bool mic = false;
    Bytes channel_binding;  ///< AV pair 10; empty when there is none
};

/// Errc::malformed when the blob's AV pairs are.
Result<BlobClaims> claims_of(ByteView blob) {
    auto pairs = parse_av_pairs(blob.subspan(kBlobHeader));
    if (!pairs) return fail(pairs.error());
    BlobClaims claims;
    for (AvPair& pair : *pairs) {
        if (pair.id == AvId::flags && pair.value.size() == 4) claims.mic = (pair.value[0] & kAvFlagMic) != 0;
        if (pair.id == AvId::channel_bindings) claims.channel_binding = std::move(pair.value);
    }
    return claims;
}

/// MS-NLMP 3.2.5.1.2: HMAC-MD5 of all three messages, the MIC itself taken as zero.
bool mic_matches(ByteView negotiate, ByteView challenge, ByteView authenticate, const Digest16& session_key) {
    Bytes cleared(authenticate.begin(), authenticate.end());
    std::fill_n(cleared.begin() + kMicOffset, kMicBytes, std::uint8_t{0});
    const Digest16 expected = hmac_md5(session_key, {negotiate, challenge, cleared});
    return equal_constant_time(expected, authenticate.subspan(kMicOffset, kMicBytes));
}

std::string not_bound(const std::string& who, bool wrongly) {
    return who + (wrongly ? " is bound to another TLS connection or certificate (extended protection)"
                          : " sent no channel binding, which extended protection requires");
}

/// NTLMv1 (MS-NLMP 3.3.1); with extended session security the client's challenge stands in the LM field.
bool v1_matches(const NtHash& hash, const AuthenticateMessage& message, const ChallengeMessage& challenge) {
    NtlmChallenge8 answered = challenge.challenge;
    const bool extended = (challenge.flags & message.flags & kNtlmExtendedSessionSecurity) != 0;
    if (extended && message.lm_response.size() >= answered.size()) {
        NtlmChallenge8 client{};
        std::copy_n(message.lm_response.begin(), client.size(), client.begin());
        answered = session_challenge(challenge.challenge, client);
    }
    return equal_constant_time(des_response(hash, answered), message.nt_response);
}

}  // namespace

NtlmAcceptor::NtlmAcceptor(const Accounts& accounts, const NtlmOptions& options, RandomSource random, WallClock clock,
                           ChannelBinding binding)
    : accounts_(accounts),
      options_(options),
      random_(std::move(random)),
      clock_(std::move(clock)),
      binding_(std::move(binding)) {}

void NtlmAcceptor::reset() { context_.reset(); }

NtlmStep NtlmAcceptor::accept(ByteView token) {
    // Taken out first: whatever happens, a challenge is answered once.
    const std::optional<Context> context = std::exchange(context_, std::nullopt);
    const auto type = token.size() <= kNtlmMaxToken
                          ? ntlm_message_type(token)
                          : Result<std::uint32_t>(fail(Errc::too_large, "NTLM token too long"));
    if (!type) return rejected(NtlmFailure::invalid_token, type.error().message);
    if (*type == 1) return negotiate(token);
    if (*type != 3) return rejected(NtlmFailure::invalid_token, "a client does not send an NTLM Type 2");
    if (!context) return rejected(NtlmFailure::invalid_token, "NTLM Type 3 without a challenge on this connection");
    return authenticate(token, *context);
}

NtlmStep NtlmAcceptor::negotiate(ByteView token) {
    const auto message = parse_negotiate(token);
    if (!message) return rejected(NtlmFailure::invalid_token, message.error().message);
    const Bytes random = random_(sizeof(NtlmChallenge8));
    NtlmChallenge8 challenge{};
    if (random.size() != challenge.size()) throw std::logic_error("random source gave the wrong number of bytes");
    std::copy(random.begin(), random.end(), challenge.begin());
    context_ =
        Context{Bytes(token.begin(), token.end()), build_challenge(*message, options_.target, challenge, clock_())};
    return NtlmChallenge{context_->challenge.wire};
}

NtlmStep NtlmAcceptor::authenticate(ByteView token, const Context& context) const {
    const ChallengeMessage& challenge = context.challenge;
    const auto message = parse_authenticate(token, (challenge.flags & kNtlmUnicode) != 0);
    if (!message) return rejected(NtlmFailure::invalid_token, message.error().message);

    const std::string user = utf8_from_utf16(message->user);
    const std::string domain = utf8_from_utf16(message->domain);
    const std::string who = "'" + printable(domain, 64) + "\\" + printable(user, 64) + "'";
    const Account* account = user.empty() ? nullptr : accounts_.find(user, domain);
    // Nobody's hash is checked like anybody's, so that the time tells nothing; logon() refuses it.
    const NtHash hash = account != nullptr ? account->hash : NtHash{};

    bool right = false;
    const ByteView response = message->nt_response;
    if (response.size() > kV1Response) {
        if (response.size() < kProofBytes + kBlobHeader) {
            return rejected(NtlmFailure::invalid_token, "NTLMv2 response is too short");
        }
        const ByteView blob = response.subspan(kProofBytes);
        const Digest16 key = ntowf_v2(hash, message->user, message->domain);
        const Digest16 proof = nt_proof(key, challenge.challenge, blob);
        right = equal_constant_time(proof, response.first(kProofBytes));
        const auto claims = claims_of(blob);
        if (!claims) return rejected(NtlmFailure::invalid_token, claims.error().message);
        if (claims->mic && message->payload_start < kMicOffset + kMicBytes) {
            return rejected(NtlmFailure::invalid_token, "NTLM Type 3 announces a MIC and has no room for it");
        }
        const bool untouched =
            !claims->mic || mic_matches(context.negotiate, challenge.wire, token, hmac_md5(key, {proof}));
        if (right && !untouched) {
            return rejected(NtlmFailure::invalid_token, "NTLM message integrity code of " + who + " is wrong");
        }
        if (right && !binding_.accepts(claims->channel_binding)) {
            return rejected(NtlmFailure::invalid_token, not_bound(who, !claims->channel_binding.empty()));
        }
    } else if (!options_.allow_v1) {
        return rejected(NtlmFailure::logon_denied, who + " used NTLMv1 or no response, which is off");
    } else {
        right = v1_matches(hash, *message, challenge);
        if (right && !binding_.accepts({})) return rejected(NtlmFailure::invalid_token, not_bound(who, false));
    }
    return logged_on(account, right, who);
}

NtlmStep NtlmAcceptor::logged_on(const Account* account, bool right, const std::string& who) const {
    switch (accounts_.logon(account, right)) {
        case LogonResult::ok:
            return NtlmAccepted{account};
        case LogonResult::denied:
            return rejected(NtlmFailure::logon_denied, "wrong user name or password for " + who);
        case LogonResult::disabled:
            return rejected(NtlmFailure::logon_denied, "account " + who + " is disabled");
        case LogonResult::locked:
            return rejected(NtlmFailure::logon_denied, "account " + who + " is locked");
    }
    return rejected(NtlmFailure::logon_denied, "not logged on");
}

}  // namespace opencapf::ca_sim
