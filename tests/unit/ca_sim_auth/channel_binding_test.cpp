// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/auth/channel_binding.hpp"

#include <gtest/gtest.h>

namespace opencapf::ca_sim {
namespace {

// The worked example that implementers of extended protection pass around: SHA-256 of a certificate, and the AV pair
// Windows makes of it.
const Bytes kHash = *from_hex("ea05fefecc6b0bd571dbbc5baa3ed45386d0446835f7b74c85621b9983475f95");

TEST(ChannelBinding, PublishedValue) {
    const ChannelBinding binding{ExtendedProtection::allow, kHash};
    EXPECT_EQ(to_hex(binding.ntlm_value()), "6586e99d81c2fc984e47172fd4dd0310");
}

TEST(ChannelBinding, ApplicationDataIsTypeAndHash) {
    const ChannelBinding binding{ExtendedProtection::allow, kHash};
    EXPECT_EQ(as_text(binding.application_data()).substr(0, 21), "tls-server-end-point:");
    EXPECT_EQ(binding.application_data().size(), 21U + 32);
}

TEST(ChannelBinding, Policies) {
    const ChannelBinding none{ExtendedProtection::off, kHash};
    const ChannelBinding allow{ExtendedProtection::allow, kHash};
    const ChannelBinding require{ExtendedProtection::require, kHash};
    const Digest16 right = allow.ntlm_value();
    Digest16 wrong = right;
    wrong[15] ^= 1;
    const Digest16 zero{};
    for (const ByteView value : {ByteView(), ByteView(zero), ByteView(right), ByteView(wrong)}) {
        EXPECT_TRUE(none.accepts(value));
    }
    EXPECT_TRUE(allow.accepts({}));
    EXPECT_TRUE(allow.accepts(zero));
    EXPECT_TRUE(allow.accepts(right));
    EXPECT_FALSE(allow.accepts(wrong));
    EXPECT_FALSE(allow.accepts(ByteView(right).first(15)));
    EXPECT_FALSE(require.accepts({}));
    EXPECT_FALSE(require.accepts(zero));
    EXPECT_TRUE(require.accepts(right));
    EXPECT_FALSE(require.accepts(wrong));
}

TEST(ChannelBinding, WithoutTlsNothingIsBound) {
    const ChannelBinding plain{ExtendedProtection::allow, {}};
    EXPECT_FALSE(plain.accepts(plain.ntlm_value()));
    EXPECT_TRUE(plain.accepts({}));
}

}  // namespace
}  // namespace opencapf::ca_sim
