// SPDX-License-Identifier: Apache-2.0
// Every truncation of valid frames, every change of a header byte, and the negative frames of V9.
#include "opencapf/capf_protocol/server_session.hpp"
#include "unit/capf_protocol/vectors.hpp"

#include <gtest/gtest.h>

namespace opencapf::capf_protocol {
namespace {

using testing::vector_bytes;
using testing::vector_frame;

constexpr std::uint32_t kSession = 0x42;

/// What a server that has sent AUTH_REQUEST makes of `wire`.
Result<ServerEvent> answer_to(ByteView wire, std::uint32_t session_id = kSession) {
    ServerSession session(session_id);
    (void)session.start();
    FrameReader reader;
    reader.feed(wire);
    auto frame = reader.next();
    if (!frame) return fail(frame.error());
    if (!*frame) return fail(Errc::pending, "incomplete");
    return session.receive(**frame);
}

class Negative : public ::testing::TestWithParam<const char*> {};

TEST_P(Negative, EndsWithReasonSeven) {
    const auto event = answer_to(vector_bytes(GetParam()));
    ASSERT_FALSE(event);
    EXPECT_EQ(reason_for(event.error()), Reason::refused);
}

INSTANTIATE_TEST_SUITE_P(V9, Negative,
                         ::testing::Values("v9-session-id-plus-one", "v9-magic-56", "v9-unknown-tag-99", "v9-tag-12",
                                           "v9-no-device-name", "v9-command-4", "v9-name-longer-than-body",
                                           "v9-dangling-byte", "v9-retry-later", "v9-version-4"));

TEST(Hostile, V9WithoutReasonAndPasswordIsAccepted) {
    const auto event = answer_to(vector_bytes("v9-no-reason-no-password"));
    ASSERT_TRUE(event);
    const auto& auth = std::get<AuthReceived>(*event);
    EXPECT_EQ(auth.response.device_name, "SEP0123456789AC");
    EXPECT_FALSE(auth.response.reason);
    EXPECT_FALSE(auth.response.password);
}

TEST(Hostile, EveryTruncationOfAFrameIsIncomplete) {
    for (const char* name : {"v2.2", "v2.5", "v10"}) {
        const Bytes wire = vector_bytes(name);
        for (std::size_t length = 0; length < wire.size(); ++length) {
            FrameReader reader;
            reader.feed(ByteView(wire).first(length));
            const auto frame = reader.next();
            ASSERT_TRUE(frame) << name << " at " << length;
            ASSERT_FALSE(*frame) << name << " at " << length;
            ASSERT_EQ(reader.pending(), length);
        }
    }
}

TEST(Hostile, EveryTruncationOfABodyIsRefusedOrLacksAnElement) {
    // Cutting at an element's border leaves a shorter, well-formed body; elsewhere it is malformed.
    const Frame whole = vector_frame("v10");
    const auto full = AuthResponse::decode(whole);
    ASSERT_TRUE(full);
    std::size_t accepted = 0;
    for (std::size_t length = 0; length < whole.body.size(); ++length) {
        Frame cut = whole;
        cut.body.resize(length);
        const auto message = AuthResponse::decode(cut);
        if (!message) continue;
        ++accepted;
        EXPECT_FALSE(message->sha2_signed_data);
    }
    EXPECT_EQ(accepted, 2U);  // without element 20, and without 16 and 20
}

TEST(Hostile, EveryChangeOfAHeaderByteIsRefused) {
    const Bytes wire = vector_bytes("v2.2");
    ASSERT_TRUE(answer_to(wire, 2));
    for (std::size_t position = 0; position < kHeaderSize; ++position) {
        for (unsigned value = 0; value < 256; ++value) {
            if (value == wire[position]) continue;
            Bytes changed = wire;
            changed[position] = static_cast<std::uint8_t>(value);
            EXPECT_FALSE(answer_to(changed, 2)) << position << " = " << value;
        }
    }
}

TEST(Hostile, EveryChangeOfABodyByteIsRefusedOrStillValid) {
    const Bytes wire = vector_bytes("v4.2");
    for (std::size_t position = kHeaderSize; position < wire.size(); ++position) {
        for (unsigned value = 0; value < 256; ++value) {
            Bytes changed = wire;
            changed[position] = static_cast<std::uint8_t>(value);
            const auto event = answer_to(changed, 3);
            if (!event) continue;
            const auto& response = std::get<AuthReceived>(*event).response;
            EXPECT_FALSE(response.device_name.empty()) << position << " = " << value;
            EXPECT_TRUE(response.version >= 1 && response.version <= 3) << position << " = " << value;
        }
    }
}

}  // namespace
}  // namespace opencapf::capf_protocol
