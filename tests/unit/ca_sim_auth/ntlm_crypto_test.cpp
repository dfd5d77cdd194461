// SPDX-License-Identifier: Apache-2.0
// MS-NLMP section 4.2: user "User", password "Password", domain "Domain".
#include "ca_sim/auth/ntlm_crypto.hpp"

#include <gtest/gtest.h>

namespace opencapf::ca_sim {
namespace {

constexpr NtlmChallenge8 kServer{0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef};
constexpr NtlmChallenge8 kClient{0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa};

TEST(NtlmCrypto, Ntowfv1) {  // 4.2.2.1.2
    EXPECT_EQ(to_hex(nt_hash(u"Password")), "a4f49c406510bdcab6824ee7c30fd852");
}

TEST(NtlmCrypto, NtlmV1Response) {  // 4.2.2.2.1
    EXPECT_EQ(to_hex(des_response(nt_hash(u"Password"), kServer)), "67c43011f30298a2ad35ece64f16331c44bdbed927841f94");
}

TEST(NtlmCrypto, NtlmV1ResponseWithClientChallenge) {  // 4.2.3.2.2
    EXPECT_EQ(to_hex(des_response(nt_hash(u"Password"), session_challenge(kServer, kClient))),
              "7537f803ae367128ca458204bde7caf81e97ed2683267232");
}

TEST(NtlmCrypto, Ntowfv2) {  // 4.2.4.1.1
    EXPECT_EQ(to_hex(ntowf_v2(nt_hash(u"Password"), u"User", u"Domain")), "0c868a403bfd7a93a3001ef22ef02e3f");
    EXPECT_EQ(ntowf_v2(nt_hash(u"Password"), u"uSER", u"Domain"), ntowf_v2(nt_hash(u"Password"), u"User", u"Domain"));
    EXPECT_NE(ntowf_v2(nt_hash(u"Password"), u"User", u"DOMAIN"), ntowf_v2(nt_hash(u"Password"), u"User", u"Domain"));
}

TEST(NtlmCrypto, LmV2Response) {  // 4.2.4.2.1
    const Digest16 key = ntowf_v2(nt_hash(u"Password"), u"User", u"Domain");
    EXPECT_EQ(to_hex(nt_proof(key, kServer, kClient)), "86c35097ac9cec102554764a57cccc19");
}

TEST(NtlmCrypto, NtlmV2ProofAndSessionKey) {  // 4.2.4.1.3, 4.2.4.2.2, 4.2.4.1.2
    const Bytes blob = *from_hex(
        "0101000000000000 0000000000000000 aaaaaaaaaaaaaaaa 00000000 02000c0044006f006d00610069006e00"
        "01000c00530065007200760065007200 00000000 00000000");
    const Digest16 key = ntowf_v2(nt_hash(u"Password"), u"User", u"Domain");
    const Digest16 proof = nt_proof(key, kServer, blob);
    EXPECT_EQ(to_hex(proof), "68cd0ab851e51c96aabc927bebef6a1c");
    EXPECT_EQ(to_hex(hmac_md5(key, {proof})), "8de40ccadbc14a82f15cb0ad0de95ca3");
}

TEST(NtlmCrypto, HmacMd5) {  // RFC 2202 section 2, cases 1, 2 and 6 (key longer than a block)
    EXPECT_EQ(to_hex(hmac_md5(Bytes(16, 0x0b), {as_bytes("Hi There")})), "9294727a3638bb1c13f48ef8158bfc9d");
    EXPECT_EQ(to_hex(hmac_md5(as_bytes("Jefe"), {as_bytes("what do ya want "), as_bytes("for nothing?")})),
              "750c783e6ab0b503eaa86e310a5db738");
    EXPECT_EQ(to_hex(hmac_md5(Bytes(80, 0xaa), {as_bytes("Test Using Larger Than Block-Size Key - Hash Key First")})),
              "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd");
}

}  // namespace
}  // namespace opencapf::ca_sim
