// SPDX-License-Identifier: Apache-2.0
#include "opencapf/capf_protocol/frame.hpp"

#include "unit/capf_protocol/vectors.hpp"

#include <gtest/gtest.h>

namespace opencapf::capf_protocol {
namespace {

using testing::vector_bytes;

TEST(Frame, EncodesHeaderBigEndianInOneBuffer) {
    const Frame frame{Command::end_session, 0x01020304, {0x01, 0x00, 0x01, 0x07}};
    EXPECT_EQ(to_hex(encode(frame)), "550f01020304000401000107");
}

TEST(Frame, EncodesLargestBodyAndRefusesMore) {
    Frame frame{Command::auth_response, 1, Bytes(kMaxBody, 0)};
    EXPECT_EQ(encode(frame).size(), 65543U);
    frame.body.push_back(0);
    EXPECT_THROW((void)encode(frame), std::length_error);
}

TEST(FrameReader, TakesOneByteAtATime) {
    const Bytes wire = vector_bytes("v2.6");
    FrameReader reader;
    for (std::size_t i = 0; i + 1 < wire.size(); ++i) {
        reader.feed(ByteView(wire).subspan(i, 1));
        const auto frame = reader.next();
        ASSERT_TRUE(frame) << i;
        ASSERT_FALSE(*frame) << i;
        EXPECT_EQ(reader.pending(), i + 1);
    }
    reader.feed(ByteView(wire).last(1));
    const auto frame = reader.next();
    ASSERT_TRUE(frame && *frame);
    EXPECT_EQ(encode(**frame), wire);
    EXPECT_EQ(reader.pending(), 0U);
}

TEST(FrameReader, TakesSeveralFramesOfOneRead) {
    Bytes wire = vector_bytes("v2.4");
    const Bytes second = vector_bytes("v2.5");
    wire.insert(wire.end(), second.begin(), second.end());
    FrameReader reader;
    reader.feed(wire);
    EXPECT_EQ(reader.next().value()->command, Command::request_in_progress);
    EXPECT_EQ(reader.next().value()->command, Command::key_generate_response);
    EXPECT_FALSE(reader.next().value());
    reader.feed(second);
    EXPECT_EQ(encode(*reader.next().value()), second);
}

TEST(FrameReader, FailsOnTheFirstWrongByteAndStaysFailed) {
    FrameReader reader;
    reader.feed(Bytes{0x56});
    ASSERT_FALSE(reader.next());
    EXPECT_EQ(reader.next().error().code, Errc::protocol);
    reader.feed(vector_bytes("v2.4"));
    EXPECT_FALSE(reader.next());
    EXPECT_LE(reader.pending(), 1U);
}

TEST(FrameReader, RefusesABodyAboveTheLimitBeforeItArrives) {
    FrameReader reader(16384);
    reader.feed(from_hex("5502000000014000").value());
    EXPECT_FALSE(reader.next().value());
    FrameReader strict(16384);
    strict.feed(from_hex("5502000000014001").value());
    ASSERT_FALSE(strict.next());
    EXPECT_EQ(strict.next().error().code, Errc::too_large);
}

TEST(FrameReader, TakesTheLargestFrame) {
    const Frame frame{Command::auth_response, 1, Bytes(kMaxBody, 0x5a)};
    FrameReader reader;
    reader.feed(encode(frame));
    EXPECT_EQ(reader.next().value(), frame);
}

TEST(Elements, FindsInAnyOrderAndTakesTheLastOfARepeatedTag) {
    const Bytes body = ElementWriter().text(Tag::device_name, "SEP1").u8(Tag::version, 2).u8(Tag::version, 3).take();
    const auto elements = Elements::parse(body);
    ASSERT_TRUE(elements);
    EXPECT_EQ(elements->find_u8(Tag::version).value(), 3);
    EXPECT_EQ(elements->find_text(Tag::device_name), "SEP1");
    EXPECT_FALSE(elements->find(Tag::reason));
    EXPECT_FALSE(elements->find_u8(Tag::reason).value());
}

TEST(Elements, RefusesDanglingBytesAndOverruns) {
    for (const char* hex : {"01", "0100", "010001", "01000201", "0100010101", "07ffff03"}) {
        const Bytes body = from_hex(hex).value();
        const auto elements = Elements::parse(body);
        ASSERT_FALSE(elements) << hex;
        EXPECT_EQ(elements.error().code, Errc::malformed) << hex;
    }
}

TEST(Elements, UnknownTagsFollowThePolicy) {
    for (const int tag : {0, 5, 12, 15, 21, 99, 255}) {
        const Bytes body = ElementWriter().u8(static_cast<Tag>(tag), 1).take();
        const auto refused = Elements::parse(body);
        ASSERT_FALSE(refused) << tag;
        EXPECT_EQ(refused.error().code, Errc::protocol);
        EXPECT_TRUE(Elements::parse(body, {UnknownTag::ignore, 255})) << tag;
    }
}

TEST(Elements, AnOldPhoneRefusesNewerTags) {
    const Bytes body = ElementWriter().u8(Tag::key_type, 0).take();
    EXPECT_TRUE(Elements::parse(body));
    EXPECT_FALSE(Elements::parse(body, {UnknownTag::refuse, 16}));
}

TEST(Elements, NumbersOfWrongLengthAreMalformed) {
    const Bytes body = from_hex(
                           "0700020003"
                           "0a000108")
                           .value();
    const auto elements = Elements::parse(body);
    ASSERT_TRUE(elements);
    EXPECT_EQ(elements->find_u8(Tag::version).error().code, Errc::malformed);
    EXPECT_EQ(elements->find_u16(Tag::key_size).error().code, Errc::malformed);
}

TEST(Elements, TextLosesOneTrailingNulOnly) {
    const Bytes body = from_hex(
                           "0d0003414200"
                           "0b0004313200 00")
                           .value();
    const auto elements = Elements::parse(body);
    ASSERT_TRUE(elements);
    EXPECT_EQ(elements->find_text(Tag::device_name), "AB");
    EXPECT_EQ(elements->find_text(Tag::password), std::string_view("12\0", 3));
}

TEST(ElementWriter, RefusesWhatDoesNotFit) {
    EXPECT_EQ(ElementWriter().bytes(Tag::public_key, Bytes(65532, 1)).take().size(), kMaxBody);
    EXPECT_THROW(ElementWriter().bytes(Tag::public_key, Bytes(65533, 1)), std::length_error);
    EXPECT_THROW(ElementWriter().certificate(Bytes(65532, 1)), std::length_error);
}

TEST(Certificate, SkipsThePrefixUncheckedAndUsesTheFirstItem) {
    EXPECT_EQ(to_hex(first_certificate(from_hex("010004ffff3000").value()).value()), "3000");
    EXPECT_EQ(to_hex(first_certificate(from_hex("01000400013000"
                                                "02000400023100")
                                           .value())
                         .value()),
              "3000");
}

TEST(Certificate, RefusesBrokenNesting) {
    for (const char* hex : {"", "01", "010000", "0100020001", "01000500013000", "0100040001300002"}) {
        const auto element = from_hex(hex).value();
        EXPECT_EQ(first_certificate(element).error().code, Errc::malformed) << hex;
    }
}

}  // namespace
}  // namespace opencapf::capf_protocol
