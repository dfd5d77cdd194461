// SPDX-License-Identifier: Apache-2.0
// Replays the fuzz target over mutated real tokens, so that every ordinary test run covers it.
#include "spnego_client.hpp"

#include <gtest/gtest.h>
#include <random>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace opencapf::ca_sim {
namespace {

TEST(HostileInput, MutatedLogIns) {
    const Bytes one = test::type1();
    const NtlmTarget target{"LAB", "example.test", "LAB-DC", "lab-dc.example.test"};
    const NtlmChallenge8 nonce{0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11};
    const auto two = build_challenge(NegotiateMessage{0x00088207}, target, nonce, WallTime());
    const Bytes three = test::answer(one, two.wire, {.mic = true});
    const Bytes init = test::neg_token_init({test::ntlm_oid()}, one);
    const Bytes kerberos = test::neg_token_init({test::kerberos_oid(), test::ntlm_oid()}, Bytes(40, 1));
    const Bytes last = test::neg_token_resp(three);
    const Bytes seed =
        test::concatenated({as_bytes("@"), one, as_bytes("\n@"), three, as_bytes("\n%"), init, as_bytes("\n%"), last,
                            as_bytes("\n%"), kerberos, as_bytes("\n-\nBasic eDp5\n")});

    std::mt19937 random(20190116);  // fixed, so that a failure can be repeated
    for (int round = 0; round < 5000; ++round) {
        Bytes input = seed;
        for (unsigned changes = 1 + random() % 4; changes > 0; --changes) {
            const std::size_t at = random() % input.size();
            switch (random() % 4) {
                case 0:
                    input[at] = static_cast<std::uint8_t>(random());
                    break;
                case 1:
                    input[at] ^= static_cast<std::uint8_t>(1U << random() % 8);
                    break;
                case 2:
                    input.erase(input.begin() + static_cast<std::ptrdiff_t>(at));
                    break;
                default:
                    input[at] = 0xff;
                    break;
            }
        }
        ASSERT_EQ(LLVMFuzzerTestOneInput(input.data(), input.size()), 0);  // aborts when an invariant breaks
    }
}

}  // namespace
}  // namespace opencapf::ca_sim
