// SPDX-License-Identifier: Apache-2.0
#include "opencapf/capf_protocol/messages.hpp"

#include "opencapf/capf_protocol/invented.hpp"

#include <gtest/gtest.h>

namespace opencapf::capf_protocol {
namespace {

Frame auth_frame(ElementWriter& writer) { return {Command::auth_response, 1, writer.take()}; }

TEST(AuthResponse, RefusesDeviceNamesThatAreMissingEmptyLongOrNotPrintable) {
    ElementWriter missing;
    EXPECT_EQ(AuthResponse::decode(auth_frame(missing.u8(Tag::version, 3))).error().code, Errc::protocol);
    const std::string longest(kMaxDeviceName, 'A');
    for (const auto& name : {std::string(), longest + "A", std::string("SEP\n1"), std::string("SEP\0001", 5),
                             std::string("S\xc3\x89P"), std::string("SEP\x7f")}) {
        ElementWriter writer;
        writer.u8(Tag::version, 3).text(Tag::device_name, name);
        EXPECT_FALSE(AuthResponse::decode(auth_frame(writer))) << name;
    }
    ElementWriter writer;
    writer.u8(Tag::version, 3).text(Tag::device_name, longest);
    EXPECT_EQ(AuthResponse::decode(auth_frame(writer)).value().device_name, longest);
}

TEST(AuthResponse, TakesVersionsOneToThreeOnly) {
    for (const int version : {0, 1, 2, 3, 4, 255}) {
        ElementWriter writer;
        writer.u8(Tag::version, static_cast<std::uint8_t>(version)).text(Tag::device_name, "SEP1");
        EXPECT_EQ(AuthResponse::decode(auth_frame(writer)).has_value(), version >= 1 && version <= 3) << version;
    }
    ElementWriter none;
    EXPECT_FALSE(AuthResponse::decode(auth_frame(none.text(Tag::device_name, "SEP1"))));
}

TEST(AuthResponse, AnyReasonByteIsAccepted) {
    ElementWriter writer;
    writer.u8(Tag::version, 3).text(Tag::device_name, "SEP1").u8(Tag::reason, 42);
    EXPECT_EQ(AuthResponse::decode(auth_frame(writer)).value().reason, static_cast<Reason>(42));
}

TEST(AuthResponse, RefusesSha2DataWhoseInnerLengthIsWrong) {
    for (const char* hex : {"", "0300", "03000201", "030001", "0300010102"}) {
        ElementWriter writer;
        writer.u8(Tag::version, 3).text(Tag::device_name, "SEP1").bytes(Tag::sha2_signed_data, from_hex(hex).value());
        EXPECT_FALSE(AuthResponse::decode(auth_frame(writer))) << hex;
    }
}

TEST(KeyGenerateRequest, TakesAMissingKeyTypeAsRsa) {
    const KeyGenerateRequest plain{KeySpec{KeyType::rsa, 1024, Curve::p256}, false};
    const auto decoded = KeyGenerateRequest::decode(plain.encode(1));
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->key, plain.key);
    EXPECT_FALSE(decoded->with_key_type);
}

TEST(KeyGenerateRequest, RefusesUnknownTypesCurvesAndMissingSizes) {
    for (const char* hex : {"110001020a00020800", "110001011200 0103", "11000101", "11000100", "", "0a000108"}) {
        const Frame frame{Command::key_generate_request, 1, from_hex(hex).value()};
        EXPECT_FALSE(KeyGenerateRequest::decode(frame)) << hex;
    }
}

TEST(KeyGenerateResponse, NeedsAKeyOrAReason) {
    EXPECT_EQ(KeyGenerateResponse::decode({Command::key_generate_response, 1, {}}).error().code, Errc::protocol);
    const Frame empty{Command::key_generate_response, 1, ElementWriter().bytes(Tag::public_key, {}).take()};
    EXPECT_EQ(KeyGenerateResponse::decode(empty).error().code, Errc::malformed);
    const auto failed =
        KeyGenerateResponse::decode(KeyGenerateResponse{std::nullopt, Reason::refused}.encode(1)).value();
    EXPECT_FALSE(failed.public_key);
    EXPECT_EQ(failed.reason, Reason::refused);
}

TEST(FetchCertificateResponse, SuccessNeedsACertificate) {
    EXPECT_FALSE(FetchCertificateResponse::decode(FetchCertificateResponse{Reason::success, std::nullopt}.encode(1)));
    EXPECT_TRUE(FetchCertificateResponse::decode(FetchCertificateResponse{Reason::refused, std::nullopt}.encode(1)));
}

TEST(StoreCertificateRequest, LargestCertificateSurvives) {
    const StoreCertificateRequest message{CertificateType::lsc, Bytes(kMaxBody - 12, 0x30)};
    const Frame frame = message.encode(1);
    EXPECT_EQ(frame.body.size(), kMaxBody);
    EXPECT_EQ(StoreCertificateRequest::decode(frame).value().certificate, message.certificate);
}

TEST(SignExchange, UsesTheNumbersOfTheInventedTable) {
    const Frame request = SignCertificateRequest{HashCode::sha256, {0x30, 0x00}}.encode(9);
    EXPECT_EQ(to_hex(encode(request)),
              "5516000000090009"
              "0e00023000"
              "13000102");
    const Frame response = SignCertificateResponse{Bytes{0xaa}, std::nullopt}.encode(9);
    EXPECT_EQ(to_hex(encode(response)),
              "5517000000090004"
              "060001aa");
    EXPECT_EQ(request.command, invented::kSignRequest);
    EXPECT_EQ(response.command, invented::kSignResponse);
}

TEST(SignExchange, RefusesUnknownDigestsAndMissingElements) {
    for (const char* hex : {"0e00023000"
                            "13000100",
                            "0e00023000"
                            "13000104",
                            "0e00023000", "13000102", ""}) {
        EXPECT_FALSE(SignCertificateRequest::decode({invented::kSignRequest, 1, from_hex(hex).value()})) << hex;
    }
    EXPECT_FALSE(SignCertificateResponse::decode({invented::kSignResponse, 1, {}}));
}

TEST(Messages, RefuseAnotherCommand) {
    const Frame frame = EndSession{}.encode(1);
    EXPECT_EQ(AuthRequest::decode(frame).error().code, Errc::protocol);
    EXPECT_EQ(InProgress::decode(frame).error().code, Errc::protocol);
    EXPECT_EQ(StoreCertificateResponse::decode(frame).error().code, Errc::protocol);
    EXPECT_TRUE(EndSession::decode(frame));
}

TEST(Messages, NamesAreStable) {
    EXPECT_EQ(to_string(Command::end_session), "CAPF_MSG_END_SESSION");
    EXPECT_EQ(to_string(static_cast<Command>(24)), "CAPF_MSG_UNKNOWN");
    EXPECT_EQ(to_string(Curve::p384), "P-384");
    EXPECT_EQ(to_string(static_cast<Reason>(3)), "unknown");
    EXPECT_FALSE(is_known(static_cast<Command>(0)));
    EXPECT_TRUE(is_known(Command::sign_certificate_response));
    EXPECT_FALSE(is_known(static_cast<Command>(24)));
}

}  // namespace
}  // namespace opencapf::capf_protocol
