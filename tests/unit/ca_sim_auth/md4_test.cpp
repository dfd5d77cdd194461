// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/auth/md4.hpp"

#include <gtest/gtest.h>

namespace opencapf::ca_sim {
namespace {

std::string md4_hex(std::string_view text) { return to_hex(md4(as_bytes(text))); }

// RFC 1320, appendix A.5.
TEST(Md4, PublishedVectors) {
    EXPECT_EQ(md4_hex(""), "31d6cfe0d16ae931b73c59d7e0c089c0");
    EXPECT_EQ(md4_hex("a"), "bde52cb31de33e46245e05fbdbd6fb24");
    EXPECT_EQ(md4_hex("abc"), "a448017aaf21d8525fc10ae87aa6729d");
    EXPECT_EQ(md4_hex("message digest"), "d9130a8164549fe818874806e1c7014b");
    EXPECT_EQ(md4_hex("abcdefghijklmnopqrstuvwxyz"), "d79e1c308aa5bbcdeea8ed63df412da9");
    EXPECT_EQ(md4_hex("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"),
              "043f8582f241db351ce627e153e7f0e4");
    EXPECT_EQ(md4_hex("12345678901234567890123456789012345678901234567890123456789012345678901234567890"),
              "e33b4ddc9c38f2199c3e7b164fcc0536");
}

// Around the block size, where padding needs one or two blocks; values from OpenSSL's legacy provider.
TEST(Md4, PaddingBoundaries) {
    EXPECT_EQ(md4_hex(std::string(55, 'x')), "92f32bb82c95ad10e8f87ae58ab06807");
    EXPECT_EQ(md4_hex(std::string(56, 'x')), "374d5f08103b7092c83b4626ebceffab");
    EXPECT_EQ(md4_hex(std::string(63, 'x')), "2870452596e98fffd48332289b3472b9");
    EXPECT_EQ(md4_hex(std::string(64, 'x')), "b1abf956a5ae6f3221e5fe85e300fbb0");
    EXPECT_EQ(md4_hex(std::string(65, 'x')), "afc1a3308fc176a53238a09aeddec2e6");
    EXPECT_EQ(md4_hex(std::string(119, 'x')), "b55ae15e41e55643b0c3daad5e05c905");
    EXPECT_EQ(md4_hex(std::string(120, 'x')), "d8f9adfc41ec43552619606c70cfd287");
    EXPECT_EQ(md4_hex(std::string(128, 'x')), "7c087dd92a6743e09f3763a6d99c9d26");
}

}  // namespace
}  // namespace opencapf::ca_sim
