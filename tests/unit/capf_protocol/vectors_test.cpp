// SPDX-License-Identifier: Apache-2.0
// Every frame of reference/capf-protocol.md section 6: decoded to the meaning the reference gives, and, where our side
// would send it, produced byte for byte.
#include "unit/capf_protocol/vectors.hpp"

#include "opencapf/capf_protocol/invented.hpp"
#include "opencapf/capf_protocol/messages.hpp"

#include <filesystem>
#include <gtest/gtest.h>

namespace opencapf::capf_protocol {
namespace {

using testing::vector_bytes;
using testing::vector_frame;

void expect_auth_request(const std::string& name, std::optional<std::uint8_t> auth_type) {
    const Frame frame = vector_frame(name);
    const auto message = AuthRequest::decode(frame);
    ASSERT_TRUE(message) << name;
    EXPECT_EQ(message->version, 3) << name;
    EXPECT_EQ(message->auth_type, auth_type) << name;
    EXPECT_EQ(message->encode(frame.session_id), frame) << name;
}

void expect_auth_response(const std::string& name, const std::string& device, std::uint8_t version,
                          std::optional<std::string> password, ElementOrder order) {
    const Frame frame = vector_frame(name);
    const auto message = AuthResponse::decode(frame);
    ASSERT_TRUE(message) << name << ": " << message.error().message;
    EXPECT_EQ(message->device_name, device);
    EXPECT_EQ(message->version, version);
    EXPECT_EQ(message->reason, Reason::success);
    EXPECT_EQ(message->password.has_value(), password.has_value());
    if (password && message->password) {
        EXPECT_EQ(message->password->reveal(), *password);
    }
    EXPECT_EQ(message->encode(frame.session_id, order), frame) << name;
}

template <class Message>
void expect_reason(const std::string& name, Reason reason) {
    const Frame frame = vector_frame(name);
    const auto message = Message::decode(frame);
    ASSERT_TRUE(message) << name;
    EXPECT_EQ(message->reason, reason) << name;
    EXPECT_EQ(message->encode(frame.session_id), frame) << name;
}

template <class Message>
void expect_empty(const std::string& name) {
    const Frame frame = vector_frame(name);
    ASSERT_TRUE(Message::decode(frame)) << name;
    EXPECT_EQ(Message{}.encode(frame.session_id), frame) << name;
}

void expect_key_request(const std::string& name, const KeySpec& key, bool with_key_type) {
    const Frame frame = vector_frame(name);
    const auto message = KeyGenerateRequest::decode(frame);
    ASSERT_TRUE(message) << name;
    EXPECT_EQ(message->key, key) << name;
    EXPECT_EQ(message->with_key_type, with_key_type) << name;
    EXPECT_EQ(message->encode(frame.session_id), frame) << name;
}

void expect_key(const std::string& name, std::size_t spki_length) {
    const Frame frame = vector_frame(name);
    const auto message = KeyGenerateResponse::decode(frame);
    ASSERT_TRUE(message && message->public_key) << name;
    EXPECT_EQ(message->public_key->size(), spki_length) << name;
    EXPECT_EQ(message->public_key->front(), 0x30) << name;
    EXPECT_FALSE(message->reason) << name;
    EXPECT_EQ(message->encode(frame.session_id), frame) << name;
}

TEST(Vectors, V1HandBuilt) {
    expect_auth_request("v1.1", std::nullopt);
    expect_auth_response("v1.2", "CSF123", 2, std::nullopt, ElementOrder::jabber);
    expect_key_request("v1.3", KeySpec{KeyType::rsa, 2048, Curve::p256}, false);
    expect_reason<StoreCertificateResponse>("v1.4", Reason::success);
    expect_reason<EndSession>("v1.5", Reason::refused);
    EXPECT_EQ(vector_frame("v1.5").session_id, 0x42U);
}

TEST(Vectors, V2EllipticCurveInstall) {
    expect_auth_request("v2.1", 0);
    expect_auth_response("v2.2", "SEP0123456789AC", 3, "", ElementOrder::ascending);
    expect_key_request("v2.3", KeySpec{KeyType::ec, 2048, Curve::p256}, true);
    expect_empty<InProgress>("v2.4");
    expect_key("v2.5", 91);
    expect_reason<StoreCertificateResponse>("v2.7", Reason::success);
    expect_reason<EndSession>("v2.8", Reason::success);
}

TEST(Vectors, V2StoreCarriesTheCertificateOfThePhonesKey) {
    const Frame frame = vector_frame("v2.6");
    const auto message = StoreCertificateRequest::decode(frame);
    ASSERT_TRUE(message);
    EXPECT_EQ(message->type, CertificateType::lsc);
    EXPECT_EQ(message->certificate.size(), 663U);
    const auto key = KeyGenerateResponse::decode(vector_frame("v2.5"));
    ASSERT_TRUE(key && key->public_key);
    EXPECT_NE(as_text(message->certificate).find(as_text(*key->public_key)), std::string_view::npos);
    EXPECT_EQ(message->encode(frame.session_id), frame);
}

TEST(Vectors, V3RsaInstall) {
    expect_key_request("v3.3", KeySpec{KeyType::rsa, 2048, Curve::p256}, true);
    expect_empty<InProgress>("v3.4");
    expect_key("v3.5", 294);
}

/// Length of a STORE_CERTIFICATE_REQUEST for so many bytes of DER, and what stands before the DER.
std::pair<std::size_t, std::string> store_layout(std::size_t der) {
    const Bytes wire = encode(StoreCertificateRequest{CertificateType::lsc, Bytes(der, 0x30)}.encode(1));
    return {wire.size(), to_hex(ByteView(wire).first(wire.size() - der))};
}

TEST(Vectors, V3AndV8StoreHaveTheRecordedLayout) {
    EXPECT_EQ(store_layout(866), std::pair(std::size_t{886}, std::string("550900000001036e030001010403670103640001")));
    EXPECT_EQ(store_layout(865).first, 885U);
}

TEST(Vectors, V4WrongAuthenticationString) {
    expect_auth_request("v4.1", 0);
    expect_auth_response("v4.2", "SEP0123456789AD", 3, "0000", ElementOrder::ascending);
    expect_reason<EndSession>("v4.3", Reason::refused);
    const Bytes right = ElementWriter().text(Tag::password, "123456").take();
    EXPECT_EQ(to_hex(right), "0b000731323334353600");
}

TEST(Vectors, V5NothingPendingAndUnknownDevice) {
    expect_auth_response("v5a.2", "SEP0123456789AE", 3, "", ElementOrder::ascending);
    expect_reason<EndSession>("v5a.3", Reason::no_action);
    expect_auth_response("v5b.2", "SEP0123456789FF", 3, "", ElementOrder::ascending);
    expect_reason<EndSession>("v5b.3", Reason::unknown_device);
}

TEST(Vectors, V6Fetch) {
    expect_auth_request("v6.1", 0);
    expect_auth_response("v6.2", "SEP0123456789AC", 3, "", ElementOrder::ascending);
    expect_empty<FetchCertificateRequest>("v6.3");
    EXPECT_FALSE(FetchCertificateRequest::decode(vector_frame("v6.3"))->type);
    expect_reason<FetchCertificateResponse>("v6.4", Reason::success);
    EXPECT_EQ(FetchCertificateResponse::decode(vector_frame("v6.4"))->certificate,
              StoreCertificateRequest::decode(vector_frame("v2.6"))->certificate);
    expect_reason<EndSession>("v6.5", Reason::no_action);
}

TEST(Vectors, V7Delete) {
    expect_auth_request("v7a.1", 0);
    expect_auth_response("v7a.2", "SEP0123456789AC", 3, "", ElementOrder::ascending);
    expect_empty<DeleteCertificateRequest>("v7a.3");
    expect_reason<DeleteCertificateResponse>("v7a.4", Reason::success);
    expect_reason<EndSession>("v7a.5", Reason::success);
    expect_reason<DeleteCertificateResponse>("v7b.4", Reason::refused);
    expect_reason<EndSession>("v7b.5", Reason::success);
}

TEST(Vectors, V8VersionTwoClient) {
    expect_auth_request("v8.1", 0);
    expect_auth_response("v8.2", "SEP0123456789B0", 2, std::nullopt, ElementOrder::jabber);
    expect_key_request("v8.3", KeySpec{KeyType::rsa, 2048, Curve::p256}, true);
    expect_key("v8.4", 294);
    expect_reason<StoreCertificateResponse>("v8.6", Reason::success);
    expect_reason<EndSession>("v8.7", Reason::success);
}

TEST(Vectors, V10CertificateAuthenticationHasAllItsElements) {
    const Frame frame = vector_frame("v10");
    const auto message = AuthResponse::decode(frame);
    ASSERT_TRUE(message) << message.error().message;
    EXPECT_EQ(message->device_name, "SEP0123456789AB");
    EXPECT_EQ(message->certificate, vector_bytes("v10-certificate"));
    EXPECT_EQ(message->signed_data, vector_bytes("v10-signed-data"));
    ASSERT_TRUE(message->sha2_signed_data);
    EXPECT_EQ(message->sha2_signed_data->hash, HashCode::sha512);
    EXPECT_EQ(message->sha2_signed_data->signature, vector_bytes("v10-sha2-signature"));
    ASSERT_TRUE(message->sudi_data);
    EXPECT_EQ(message->sudi_data->size(), 0x2caU);
    ASSERT_TRUE(message->password);
    EXPECT_TRUE(message->password->empty());
    EXPECT_EQ(message->encode(frame.session_id), frame);
}

TEST(Vectors, V11TravelsThroughTheSignExchange) {
    const Bytes info = vector_bytes("v11-request-info");
    const auto request = SignCertificateRequest::decode(SignCertificateRequest{HashCode::sha256, info}.encode(1));
    ASSERT_TRUE(request);
    EXPECT_EQ(request->request_info, info);
    const Bytes signature = vector_bytes("v11-signature");
    const auto response = SignCertificateResponse::decode(SignCertificateResponse{signature, {}}.encode(1));
    ASSERT_TRUE(response);
    EXPECT_EQ(response->signature, signature);
}

TEST(Vectors, EveryFrameFileSurvivesDecodingAndEncoding) {
    std::size_t frames = 0;
    for (const auto& entry : std::filesystem::directory_iterator(OPENCAPF_TEST_DATA "/capf")) {
        const std::string name = entry.path().stem().string();
        if (name.starts_with("v11") || name.starts_with("v10-") || name == "v9-magic-56") continue;
        EXPECT_EQ(encode(vector_frame(name)), vector_bytes(name)) << name;
        ++frames;
    }
    EXPECT_GE(frames, 50U);
}

}  // namespace
}  // namespace opencapf::capf_protocol
