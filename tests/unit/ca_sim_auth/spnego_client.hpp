// SPDX-License-Identifier: Apache-2.0
// The client's half of SPNEGO, for tests: written independently of the code under test, lengths below 64 KiB.
#pragma once

#include "ntlm_client.hpp"

namespace opencapf::ca_sim::test {

inline Bytes tlv(std::uint8_t tag, ByteView content) {
    Bytes out{tag};
    if (content.size() < 0x80) {
        out.push_back(static_cast<std::uint8_t>(content.size()));
    } else {
        out.push_back(0x82);
        out.push_back(static_cast<std::uint8_t>(content.size() >> 8));
        out.push_back(static_cast<std::uint8_t>(content.size()));
    }
    out.insert(out.end(), content.begin(), content.end());
    return out;
}

inline const Bytes& ntlm_oid() {
    static const Bytes oid = *from_hex("060a2b06010401823702020a");
    return oid;
}
inline const Bytes& kerberos_oid() {
    static const Bytes oid = *from_hex("06092a864886f712010202");
    return oid;
}
inline const Bytes& windows_kerberos_oid() {
    static const Bytes oid = *from_hex("06092a864882f712010202");
    return oid;
}

/// NegTokenInit with these mechanisms (as DER) and this token for the first; none when empty.
inline Bytes neg_token_init(std::initializer_list<ByteView> mechs, ByteView token) {
    Bytes fields = tlv(0xa0, tlv(0x30, concatenated(mechs)));
    if (!token.empty()) fields = concatenated({fields, tlv(0xa2, tlv(0x04, token))});
    return tlv(0x60, concatenated({*from_hex("06062b0601050502"), tlv(0xa0, tlv(0x30, fields))}));
}
/// A client's NegTokenResp; `mic` as Windows adds one.
inline Bytes neg_token_resp(ByteView token, ByteView mic = {}) {
    Bytes fields = concatenated({*from_hex("a0030a0101"), tlv(0xa2, tlv(0x04, token))});
    if (!mic.empty()) fields = concatenated({fields, tlv(0xa3, tlv(0x04, mic))});
    return tlv(0xa1, tlv(0x30, fields));
}

}  // namespace opencapf::ca_sim::test
