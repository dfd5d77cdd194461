// SPDX-License-Identifier: Apache-2.0
#include "opencapf/capf_protocol/phone_session.hpp"

#include "opencapf/capf_protocol/server_session.hpp"
#include "unit/capf_protocol/vectors.hpp"

#include <gtest/gtest.h>

namespace opencapf::capf_protocol {
namespace {

using testing::vector_frame;

/// A phone that has answered AUTH_REQUEST of session 2.
PhoneSession authenticated(const PhoneProfile& profile) {
    PhoneSession phone(profile, "SEP0123456789AC");
    EXPECT_TRUE(phone.receive(AuthRequest{}.encode(2)));
    (void)phone.authenticate();
    return phone;
}

TEST(PhoneSession, V3SpeaksLikeTheRecordedClient) {
    PhoneSession phone(kProfileV3, "SEP0123456789AC");
    ASSERT_TRUE(std::holds_alternative<AuthAsked>(phone.receive(vector_frame("v2.1")).value()));
    EXPECT_EQ(phone.authenticate(), vector_frame("v2.2"));
    const auto asked = phone.receive(vector_frame("v2.3"));
    const KeySpec spec = std::get<KeyAsked>(*asked).key;
    EXPECT_EQ(spec.type, KeyType::ec);
    EXPECT_EQ(spec.curve, Curve::p256);
    EXPECT_TRUE(phone.supports(spec));
    EXPECT_FALSE(phone.announces(spec));
    EXPECT_EQ(phone.key(*KeyGenerateResponse::decode(vector_frame("v2.5"))->public_key), vector_frame("v2.5"));
    const auto store = phone.receive(vector_frame("v2.6"));
    EXPECT_EQ(std::get<StoreAsked>(*store).certificate.size(), 663U);
    EXPECT_EQ(phone.stored(), vector_frame("v2.7"));
    EXPECT_EQ(std::get<Ended>(phone.receive(vector_frame("v2.8")).value()).reason, Reason::success);
}

TEST(PhoneSession, SendsTheAuthenticationString) {
    PhoneSession phone(kProfileV3, "SEP0123456789AD", Secret("0000"));
    ASSERT_TRUE(phone.receive(vector_frame("v4.1")));
    EXPECT_EQ(phone.authenticate(), vector_frame("v4.2"));
}

TEST(PhoneSession, JabberSpeaksLikeTheCapture) {
    PhoneSession phone(kProfileJabber, "CSF123");
    ASSERT_TRUE(phone.receive(vector_frame("v1.1")));
    EXPECT_EQ(phone.authenticate(), vector_frame("v1.2"));
    const auto asked = phone.receive(vector_frame("v1.3"));
    EXPECT_FALSE(phone.announces(std::get<KeyAsked>(*asked).key));
}

TEST(PhoneSession, JabberRefusesNewerElementsAndTheSignExchange) {
    PhoneSession with_key_type = authenticated(kProfileJabber);
    EXPECT_FALSE(with_key_type.receive(KeyGenerateRequest{KeySpec{}, true}.encode(2)));

    PhoneSession phone = authenticated(kProfileJabber);
    ASSERT_TRUE(phone.receive(KeyGenerateRequest{KeySpec{}, false}.encode(2)));
    (void)phone.key(Bytes{0x30});
    EXPECT_FALSE(phone.receive(SignCertificateRequest{HashCode::sha256, {0x30}}.encode(2)));
}

TEST(PhoneSession, V3NeedsTheKeyType) {
    PhoneSession phone = authenticated(kProfileV3);
    EXPECT_EQ(phone.receive(KeyGenerateRequest{KeySpec{}, false}.encode(2)).error().code, Errc::protocol);
}

TEST(PhoneSession, SignsBetweenKeyAndStore) {
    PhoneSession phone = authenticated(kProfileV3);
    ASSERT_TRUE(phone.receive(KeyGenerateRequest{}.encode(2)));
    EXPECT_TRUE(phone.announces(KeySpec{}));
    EXPECT_EQ(phone.in_progress(), InProgress{}.encode(2));
    (void)phone.key(Bytes{0x30});
    const auto asked = phone.receive(SignCertificateRequest{HashCode::sha256, {0x30, 0x01}}.encode(2));
    EXPECT_EQ(std::get<SignAsked>(*asked).request_info, (Bytes{0x30, 0x01}));
    EXPECT_EQ(phone.signature(Bytes{7}).command, Command::sign_certificate_response);
    EXPECT_TRUE(phone.receive(StoreCertificateRequest{CertificateType::lsc, {0x30}}.encode(2)));
}

TEST(PhoneSession, EndSessionComesAtAnyTime) {
    PhoneSession fresh(kProfileV3, "SEP1");
    EXPECT_EQ(std::get<Ended>(fresh.receive(EndSession{Reason::refused}.encode(5)).value()).reason, Reason::refused);
    PhoneSession phone = authenticated(kProfileV3);
    EXPECT_TRUE(phone.receive(EndSession{Reason::unknown_device}.encode(2)));
    EXPECT_FALSE(phone.receive(EndSession{Reason::unknown_device}.encode(2)));
}

TEST(PhoneSession, KeepsTheSessionIdOfTheFirstFrame) {
    PhoneSession phone = authenticated(kProfileV3);
    EXPECT_EQ(phone.session_id(), 2U);
    EXPECT_EQ(phone.receive(KeyGenerateRequest{}.encode(3)).error().code, Errc::protocol);
    PhoneSession zero(kProfileV3, "SEP1");
    EXPECT_FALSE(zero.receive(AuthRequest{}.encode(0)));
}

TEST(PhoneSession, OneOperationPerSession) {
    PhoneSession phone = authenticated(kProfileV3);
    ASSERT_TRUE(phone.receive(FetchCertificateRequest{}.encode(2)));
    EXPECT_EQ(phone.fetched(std::nullopt), (FetchCertificateResponse{Reason::refused, {}}.encode(2)));
    EXPECT_FALSE(phone.receive(DeleteCertificateRequest{}.encode(2)));
}

TEST(PhoneSession, ShowsAtMostBothItsCertificates) {
    PhoneSession phone = authenticated(kProfileV3);
    const auto first = phone.receive(FetchCertificateRequest{}.encode(2));
    EXPECT_EQ(std::get<FetchAsked>(first.value()).type, CertificateType::lsc);
    (void)phone.fetched(std::nullopt);
    const auto second = phone.receive(FetchCertificateRequest{CertificateType::mic}.encode(2));
    EXPECT_EQ(std::get<FetchAsked>(second.value()).type, CertificateType::mic);
    EXPECT_EQ(phone.fetched(Bytes{0x30}).command, Command::fetch_certificate_response);
    EXPECT_FALSE(phone.receive(FetchCertificateRequest{}.encode(2)));
}

TEST(PhoneSession, RefusesACertificateTypeItDoesNotKnow) {
    PhoneSession phone = authenticated(kProfileV3);
    EXPECT_FALSE(phone.receive(FetchCertificateRequest{CertificateType{3}}.encode(2)));
}

TEST(PhoneSession, TakesACertificateThatCameLater) {
    PhoneSession phone = authenticated(kProfile7900);
    const auto asked = phone.receive(StoreCertificateRequest{CertificateType::lsc, {0x30}}.encode(2));
    EXPECT_EQ(std::get<StoreAsked>(asked.value()).certificate, Bytes{0x30});
    EXPECT_EQ(phone.stored(), StoreCertificateResponse{}.encode(2));
}

TEST(PhoneSession, SendsItsProof) {
    PhoneSession phone(kProfileV3, "SEP1");
    ASSERT_TRUE(phone.receive(AuthRequest{}.encode(2)));
    const IdentityProof proof{{0x30}, {1}, HashedSignature{HashCode::sha512, {2}}, Bytes{3}};
    const auto response = AuthResponse::decode(phone.authenticate(proof)).value();
    EXPECT_EQ(response.certificate, Bytes{0x30});
    EXPECT_EQ(response.signed_data, Bytes{1});
    EXPECT_EQ(response.sha2_signed_data->signature, Bytes{2});
    EXPECT_EQ(response.sudi_data, Bytes{3});
    EXPECT_TRUE(response.password->empty());
}

TEST(PhoneSession, AnswersOnlyWhatWasAsked) {
    PhoneSession phone(kProfileV3, "SEP1");
    EXPECT_THROW((void)phone.authenticate(), std::logic_error);
    EXPECT_THROW((void)phone.stored(), std::logic_error);
    EXPECT_THROW(PhoneSession(kProfileV3, ""), std::invalid_argument);
    EXPECT_THROW(PhoneSession(kProfileV3, "SEP\n"), std::invalid_argument);
}

TEST(PhoneSession, KnowsItsProfiles) {
    EXPECT_EQ(find_profile("jabber")->version, 2);
    EXPECT_EQ(find_profile("7900")->version, 2);
    EXPECT_TRUE(find_profile("v3")->can_sign);
    EXPECT_FALSE(find_profile("v4"));
    EXPECT_FALSE(PhoneSession(kProfileJabber, "CSF1").supports(KeySpec{KeyType::ec, 0, Curve::p256}));
    EXPECT_FALSE(PhoneSession(kProfileV3, "SEP1").supports(KeySpec{KeyType::rsa, 2047, Curve::p256}));
    for (const auto curve : {Curve::p256, Curve::p384, Curve::p521}) {
        EXPECT_TRUE(PhoneSession(kProfileV3, "SEP1").supports(KeySpec{KeyType::ec, 0, curve}));
    }
    for (const std::uint16_t bits : std::initializer_list<std::uint16_t>{512, 1024, 2048, 3072, 4096}) {
        const KeySpec rsa{KeyType::rsa, bits, Curve::p256};
        EXPECT_TRUE(PhoneSession(kProfileV3, "SEP1").supports(rsa)) << bits;
        EXPECT_TRUE(PhoneSession(kProfileJabber, "SEP1").supports(rsa)) << bits;
        EXPECT_EQ(PhoneSession(kProfile7900, "SEP1").supports(rsa), bits <= 2048) << bits;
    }
}

class BothEnds : public ::testing::TestWithParam<PhoneProfile> {};

TEST_P(BothEnds, InstallTogether) {
    ServerSession server(77);
    PhoneSession phone(GetParam(), "SEP0123456789AC", Secret("1234"));
    ASSERT_TRUE(phone.receive(server.start()));
    const auto auth = server.receive(phone.authenticate());
    ASSERT_TRUE(auth);
    EXPECT_TRUE(std::get<AuthReceived>(*auth).response.password->equals("1234"));
    const auto asked = phone.receive(server.request_key(KeySpec{}).value());
    ASSERT_TRUE(asked) << asked.error().message;
    if (phone.announces(std::get<KeyAsked>(*asked).key)) {
        EXPECT_TRUE(server.receive(phone.in_progress()));
    }
    ASSERT_TRUE(server.receive(phone.key(Bytes(294, 0x30))));
    if (phone.profile().can_sign) {
        ASSERT_TRUE(phone.receive(server.request_signature(Bytes(200, 0x30)).value()));
        ASSERT_TRUE(server.receive(phone.signature(Bytes(256, 9))));
    }
    ASSERT_TRUE(phone.receive(server.store(Bytes(900, 0x30)).value()));
    EXPECT_TRUE(std::holds_alternative<Stored>(server.receive(phone.stored()).value()));
    EXPECT_EQ(std::get<Ended>(phone.receive(server.end(Reason::success)).value()).reason, Reason::success);
}

INSTANTIATE_TEST_SUITE_P(Profiles, BothEnds, ::testing::Values(kProfileV3, kProfileJabber, kProfile7900),
                         [](const auto& chosen) { return "Profile_" + std::string(chosen.param.name); });

}  // namespace
}  // namespace opencapf::capf_protocol
