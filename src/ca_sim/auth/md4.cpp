// SPDX-License-Identifier: Apache-2.0
#include "md4.hpp"

#include <bit>
#include <cstring>

namespace opencapf::ca_sim {
namespace {

using State = std::array<std::uint32_t, 4>;
using Block = std::array<std::uint32_t, 16>;
constexpr std::size_t kBlockBytes = 64;

// Order in which round 3 reads the block (RFC 1320 section 3.4).
constexpr std::array<std::size_t, 16> kRound3Order{0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15};
constexpr std::array<std::array<int, 4>, 3> kShifts{{{3, 7, 11, 19}, {3, 5, 9, 13}, {3, 9, 11, 15}}};

void step(State& s, std::uint32_t mixed, std::uint32_t word, std::uint32_t constant, int shift) {
    const std::uint32_t rotated = std::rotl(s[0] + mixed + word + constant, shift);
    s = {s[3], rotated, s[1], s[2]};
}

void compress(State& state, const std::uint8_t* bytes) {
    Block x{};
    for (std::size_t i = 0; i < x.size(); ++i) {
        const std::uint8_t* p = bytes + 4 * i;
        x[i] = static_cast<std::uint32_t>(p[0]) | static_cast<std::uint32_t>(p[1]) << 8 |
               static_cast<std::uint32_t>(p[2]) << 16 | static_cast<std::uint32_t>(p[3]) << 24;
    }
    State s = state;
    for (std::size_t i = 0; i < 16; ++i) {
        step(s, (s[1] & s[2]) | (~s[1] & s[3]), x[i], 0, kShifts[0][i % 4]);
    }
    for (std::size_t i = 0; i < 16; ++i) {
        const std::uint32_t majority = (s[1] & s[2]) | (s[1] & s[3]) | (s[2] & s[3]);
        step(s, majority, x[i / 4 + 4 * (i % 4)], 0x5a827999U, kShifts[1][i % 4]);
    }
    for (std::size_t i = 0; i < 16; ++i) {
        step(s, s[1] ^ s[2] ^ s[3], x[kRound3Order[i]], 0x6ed9eba1U, kShifts[2][i % 4]);
    }
    for (std::size_t i = 0; i < s.size(); ++i) state[i] += s[i];
}

}  // namespace

Digest16 md4(ByteView message) {
    State state{0x67452301U, 0xefcdab89U, 0x98badcfeU, 0x10325476U};
    std::size_t done = 0;
    for (; message.size() - done >= kBlockBytes; done += kBlockBytes) compress(state, message.data() + done);

    // Padding: one set bit, zeros, the length in bits; one or two blocks.
    std::array<std::uint8_t, 2 * kBlockBytes> tail{};
    const std::size_t rest = message.size() - done;
    if (rest != 0) std::memcpy(tail.data(), message.data() + done, rest);
    tail[rest] = 0x80;
    const std::size_t tail_size = rest < kBlockBytes - 8 ? kBlockBytes : 2 * kBlockBytes;
    const std::uint64_t bits = static_cast<std::uint64_t>(message.size()) * 8;
    for (std::size_t i = 0; i < 8; ++i) tail[tail_size - 8 + i] = static_cast<std::uint8_t>(bits >> (8 * i));
    for (std::size_t at = 0; at < tail_size; at += kBlockBytes) compress(state, tail.data() + at);

    Digest16 digest{};
    for (std::size_t i = 0; i < digest.size(); ++i) {
        digest[i] = static_cast<std::uint8_t>(state[i / 4] >> (8 * (i % 4)));
    }
    return digest;
}

}  // namespace opencapf::ca_sim
