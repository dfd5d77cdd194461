// SPDX-License-Identifier: Apache-2.0
// The client's half of NTLM, for tests: what the clients of certsrv.md 4.4 send, in all their variations.
#pragma once

#include "ca_sim/auth/ntlm_messages.hpp"
#include "ca_sim/auth/ntlm_text.hpp"

#include <algorithm>
#include <string>

namespace opencapf::ca_sim::test {

enum class Version { v1, v1_session, v2 };

struct ClientOptions {
    std::string user = "ciscora";
    std::string domain = "LAB";
    std::string password = "Secret.1";
    std::uint32_t flags = 0x00088207;  // Chromium's
    Version version = Version::v2;
    bool lm = true;           // false: LM response of length 0, as Go sends
    Bytes channel_binding{};  // AV pair 10; none when empty
    bool mic = false;         // header of 88 bytes and AV flags
};

inline void put_number(Bytes& out, std::size_t value, int size) {
    for (int i = 0; i < size; ++i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}
inline std::uint32_t get_number(ByteView in, std::size_t at, std::size_t size) {
    std::uint32_t value = 0;
    for (std::size_t i = size; i-- > 0;) value = value << 8 | in[at + i];
    return value;
}
inline Bytes concatenated(std::initializer_list<ByteView> parts) {
    Bytes out;
    for (const ByteView part : parts) out.insert(out.end(), part.begin(), part.end());
    return out;
}

inline Bytes type1(std::uint32_t flags = 0x00088207, std::size_t size = 32) {
    Bytes out = concatenated({as_bytes(std::string_view("NTLMSSP\0\1\0\0\0", 12))});
    put_number(out, flags, 4);
    out.resize(std::max<std::size_t>(size, 16));
    return out;
}

struct Parts {
    Bytes lm, nt, domain, user, workstation, key;
    std::uint32_t flags = 0;
    std::size_t header = 64;  // 64, 72 with version, 88 with MIC
};

inline Bytes type3(const Parts& parts) {
    Bytes out = concatenated({as_bytes(std::string_view("NTLMSSP\0\3\0\0\0", 12))});
    std::size_t offset = parts.header;
    for (const Bytes* field : {&parts.lm, &parts.nt, &parts.domain, &parts.user, &parts.workstation, &parts.key}) {
        put_number(out, field->size(), 2);
        put_number(out, field->size(), 2);
        put_number(out, offset, 4);
        offset += field->size();
    }
    put_number(out, parts.flags, 4);
    out.resize(parts.header);
    for (const Bytes* field : {&parts.lm, &parts.nt, &parts.domain, &parts.user, &parts.workstation, &parts.key}) {
        out.insert(out.end(), field->begin(), field->end());
    }
    return out;
}

inline Bytes client_blob(ByteView type2, const ClientOptions& options) {
    Bytes blob{1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    blob.insert(blob.end(), 8, 0xaa);
    blob.insert(blob.end(), 4, 0);
    const std::size_t size = get_number(type2, 40, 2);
    const ByteView info = type2.subspan(get_number(type2, 44, 4), size);
    blob.insert(blob.end(), info.begin(), info.end() - 4);
    if (options.mic) blob.insert(blob.end(), {6, 0, 4, 0, 2, 0, 0, 0});
    if (!options.channel_binding.empty()) {
        put_number(blob, 10, 2);
        put_number(blob, options.channel_binding.size(), 2);
        blob.insert(blob.end(), options.channel_binding.begin(), options.channel_binding.end());
    }
    blob.insert(blob.end(), 8, 0);  // end of list and the padding some clients add
    return blob;
}

/// The answer to `type2`, which followed `type1`.
inline Bytes answer(ByteView type1, ByteView type2, const ClientOptions& options = {}) {
    const bool unicode = (get_number(type2, 20, 4) & kNtlmUnicode) != 0;
    NtlmChallenge8 challenge{};
    std::copy_n(type2.begin() + 24, 8, challenge.begin());
    const auto text = [unicode](const std::string& value) {
        return unicode ? le_bytes(utf16_from_text(value)) : Bytes(value.begin(), value.end());
    };
    const NtHash hash = nt_hash(utf16_from_text(options.password));

    Parts parts;
    parts.flags = options.flags & get_number(type2, 20, 4);
    parts.domain = text(options.domain);
    parts.user = text(options.user);
    parts.workstation = text("WORKSTATION");
    parts.header = options.mic ? 88 : 64;
    parts.lm = Bytes(options.lm ? 24 : 0, 0);
    Digest16 session_key{};
    if (options.version == Version::v2) {
        const auto wide = [unicode](const std::string& value) {
            return unicode ? utf16_from_text(value) : utf16_from_latin1(value);
        };
        const Digest16 key = ntowf_v2(hash, wide(options.user), wide(options.domain));
        const Bytes blob = client_blob(type2, options);
        const Digest16 proof = nt_proof(key, challenge, blob);
        parts.nt = concatenated({proof, blob});
        session_key = hmac_md5(key, {proof});
    } else {
        NtlmChallenge8 client{};
        client.fill(0xbb);
        const bool session = options.version == Version::v1_session;
        if (session) std::copy(client.begin(), client.end(), parts.lm.begin());
        const auto response = des_response(hash, session ? session_challenge(challenge, client) : challenge);
        parts.nt.assign(response.begin(), response.end());
    }
    Bytes message = type3(parts);
    if (options.mic) {
        const Digest16 mic = hmac_md5(session_key, {type1, type2, message});
        std::copy(mic.begin(), mic.end(), message.begin() + 72);
    }
    return message;
}

/// The session key of an answer(type1, type2, options) with NTLMv2 in Unicode.
inline Digest16 session_key(ByteView type3, const ClientOptions& options) {
    const NtHash hash = nt_hash(utf16_from_text(options.password));
    const Digest16 key = ntowf_v2(hash, utf16_from_text(options.user), utf16_from_text(options.domain));
    return hmac_md5(key, {type3.subspan(get_number(type3, 24, 4), 16)});
}

}  // namespace opencapf::ca_sim::test
