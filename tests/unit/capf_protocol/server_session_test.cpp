// SPDX-License-Identifier: Apache-2.0
#include "opencapf/capf_protocol/server_session.hpp"

#include "opencapf/capf_protocol/invented.hpp"
#include "unit/capf_protocol/vectors.hpp"

#include <gtest/gtest.h>

namespace opencapf::capf_protocol {
namespace {

using testing::vector_bytes;
using testing::vector_frame;

AuthResponse phone(std::uint8_t version) {
    AuthResponse message;
    message.device_name = "SEP0123456789AC";
    message.version = version;
    return message;
}

/// A session whose phone of `version` has authenticated.
ServerSession authenticated(std::uint8_t version, ServerOptions options = {}) {
    ServerSession session(2, options);
    (void)session.start();
    EXPECT_TRUE(session.receive(phone(version).encode(2)));
    return session;
}

/// A session that has the phone's key.
ServerSession with_key(std::uint8_t version) {
    ServerSession session = authenticated(version);
    EXPECT_TRUE(session.request_key(KeySpec{}));
    EXPECT_TRUE(session.receive(KeyGenerateResponse{Bytes{0x30, 0x00}, {}}.encode(2)));
    return session;
}

TEST(ServerSession, ReplaysTheRecordedEcInstall) {
    ServerOptions options;
    options.auth_type = 0;
    ServerSession session(2, options);
    EXPECT_EQ(session.start(), vector_frame("v2.1"));
    ASSERT_TRUE(std::holds_alternative<AuthReceived>(session.receive(vector_frame("v2.2")).value()));
    EXPECT_EQ(session.version(), 3);
    EXPECT_EQ(session.request_key(KeySpec{KeyType::ec, 0, Curve::p256}), vector_frame("v2.3"));
    EXPECT_TRUE(std::holds_alternative<KeyInProgress>(session.receive(vector_frame("v2.4")).value()));
    const auto key = session.receive(vector_frame("v2.5"));
    EXPECT_EQ(std::get<KeyGenerated>(*key).spki.size(), 91U);
    EXPECT_EQ(trace_name(session.state()), "CAPF_STATE_AWAIT_CA_CERT_RESP");
    const auto der = StoreCertificateRequest::decode(vector_frame("v2.6"))->certificate;
    EXPECT_EQ(session.store(der), vector_frame("v2.6"));
    EXPECT_TRUE(std::holds_alternative<Stored>(session.receive(vector_frame("v2.7")).value()));
    EXPECT_EQ(session.end(Reason::success), vector_frame("v2.8"));
    EXPECT_EQ(session.state(), ServerState::ended);
}

TEST(ServerSession, AnnouncesVersionThreeWithoutAuthTypeLikeCucm) {
    EXPECT_EQ(ServerSession(0x42).start(), vector_frame("v1.1"));
    EXPECT_THROW(ServerSession(0), std::invalid_argument);
}

TEST(ServerSession, SendsNoTagAboveSixteenToOldPhones) {
    for (const std::uint8_t version : {std::uint8_t{1}, std::uint8_t{2}}) {
        ServerSession session = authenticated(version);
        EXPECT_EQ(to_hex(session.request_key(KeySpec{})->body), "0a00020800");
    }
    EXPECT_EQ(to_hex(authenticated(3).request_key(KeySpec{})->body), "0a0002080011000100");
}

TEST(ServerSession, WorksAtTheLowerOfBothVersions) {
    ServerOptions options;
    options.announced_version = 2;
    ServerSession session = authenticated(3, options);
    EXPECT_EQ(session.version(), 2);
    EXPECT_EQ(to_hex(session.request_key(KeySpec{})->body), "0a00020800");
}

TEST(ServerSession, AsksOldPhonesNeitherForEcNorForSignatures) {
    ServerSession session = authenticated(2);
    EXPECT_EQ(session.request_key(KeySpec{KeyType::ec, 0, Curve::p256}).error().code, Errc::rejected);
    EXPECT_EQ(session.state(), ServerState::auth_received);
    EXPECT_EQ(with_key(2).request_signature(Bytes{0x30}).error().code, Errc::rejected);
}

TEST(ServerSession, AnyNumberOfInProgressFrames) {
    ServerSession session = authenticated(3);
    ASSERT_TRUE(session.request_key(KeySpec{}));
    for (int i = 0; i < 100; ++i) {
        EXPECT_TRUE(std::holds_alternative<KeyInProgress>(session.receive(InProgress{}.encode(2)).value()));
    }
    EXPECT_TRUE(session.receive(KeyGenerateResponse{Bytes{0x30}, {}}.encode(2)));
}

TEST(ServerSession, AfterARefusedKeyAnotherKindMayBeAskedFor) {
    ServerSession session = authenticated(3);
    KeySpec ec;
    ec.type = KeyType::ec;
    ASSERT_TRUE(session.request_key(ec));
    const auto event = session.receive(KeyGenerateResponse{{}, Reason::refused}.encode(2));
    EXPECT_EQ(std::get<KeyGenerationFailed>(*event).reason, Reason::refused);
    EXPECT_EQ(session.state(), ServerState::key_refused);
    EXPECT_THROW((void)session.store(Bytes{0x30}), std::logic_error);
    EXPECT_TRUE(session.request_key(KeySpec{}));
    EXPECT_EQ(session.state(), ServerState::await_key);
}

TEST(ServerSession, SignExchangeReturnsToAwaitingTheCertificate) {
    ServerSession session = with_key(3);
    const auto request = session.request_signature(vector_bytes("v11-request-info"));
    ASSERT_TRUE(request);
    EXPECT_EQ(request->command, invented::kSignRequest);
    const auto event = session.receive(SignCertificateResponse{vector_bytes("v11-signature"), {}}.encode(2));
    EXPECT_EQ(std::get<Signed>(*event).signature, vector_bytes("v11-signature"));
    EXPECT_EQ(session.state(), ServerState::await_ca_cert);
    EXPECT_TRUE(session.store(Bytes{0x30, 0x00}));
}

TEST(ServerSession, SignRefusalEndsTheOperation) {
    ServerSession session = with_key(3);
    ASSERT_TRUE(session.request_signature(Bytes{0x30, 0x00}));
    const auto event = session.receive(SignCertificateResponse{{}, Reason::refused}.encode(2));
    EXPECT_TRUE(std::holds_alternative<SignRefused>(*event));
    EXPECT_EQ(session.state(), ServerState::finished);
}

TEST(ServerSession, StoreRefusalIsNotSuccess) {
    ServerSession session = with_key(3);
    ASSERT_TRUE(session.store(Bytes{0x30, 0x00}));
    const auto event = session.receive(StoreCertificateResponse{Reason::refused}.encode(2));
    EXPECT_EQ(std::get<StoreRefused>(*event).reason, Reason::refused);
}

TEST(ServerSession, RefusesWhatDoesNotFitAFrame) {
    EXPECT_EQ(with_key(3).store(Bytes(kMaxBody, 0)).error().code, Errc::too_large);
    EXPECT_EQ(with_key(3).request_signature(Bytes(kMaxBody, 0)).error().code, Errc::too_large);
    ServerSession session = with_key(3);
    EXPECT_EQ(encode(session.store(Bytes(kMaxBody - 12, 0)).value()).size(), kMaxBody + kHeaderSize);
}

TEST(ServerSession, FetchAndDelete) {
    ServerSession fetch(7);
    (void)fetch.start();
    ASSERT_TRUE(fetch.receive(vector_frame("v6.2")));
    EXPECT_EQ(fetch.request_fetch(), vector_frame("v6.3"));
    EXPECT_EQ(std::get<Fetched>(fetch.receive(vector_frame("v6.4")).value()).certificate.size(), 663U);

    ServerSession remove(8);
    (void)remove.start();
    ASSERT_TRUE(remove.receive(vector_frame("v7a.2")));
    EXPECT_EQ(remove.request_delete(), vector_frame("v7a.3"));
    EXPECT_TRUE(std::holds_alternative<Deleted>(remove.receive(vector_frame("v7a.4")).value()));

    ServerSession refused = authenticated(3);
    (void)refused.request_delete();
    const auto event = refused.receive(DeleteCertificateResponse{Reason::refused}.encode(2));
    EXPECT_TRUE(std::holds_alternative<DeleteRefused>(*event));
}

TEST(ServerSession, FetchesTheMicAfterTheLsc) {
    ServerSession session = authenticated(3);
    EXPECT_EQ(session.request_fetch().body, Bytes());
    EXPECT_TRUE(session.receive(FetchCertificateResponse{Reason::refused, {}}.encode(2)));
    EXPECT_EQ(to_hex(session.request_fetch(CertificateType::mic).body), "03000102");
    const auto event = session.receive(FetchCertificateResponse{Reason::success, Bytes{0x30, 0x01}}.encode(2));
    EXPECT_EQ(std::get<Fetched>(event.value()).certificate, (Bytes{0x30, 0x01}));
    EXPECT_EQ(session.end(Reason::no_action).command, Command::end_session);
}

TEST(ServerSession, NamesTheCertificateToVersionThreeOnly) {
    ServerSession old = authenticated(2);
    EXPECT_FALSE(old.may_name_certificate());
    EXPECT_THROW((void)old.request_fetch(CertificateType::mic), std::logic_error);
    EXPECT_EQ(old.request_fetch().command, Command::fetch_certificate_request);
    ServerSession installed = with_key(3);
    ASSERT_TRUE(installed.store(Bytes{0x30, 0x00}));
    ASSERT_TRUE(installed.receive(StoreCertificateResponse{}.encode(2)));
    EXPECT_THROW((void)installed.request_fetch(), std::logic_error) << "one operation per session";
}

TEST(ServerSession, StoresACertificateThatCameAfterTheSessionOfItsKey) {
    ServerSession first = with_key(3);
    EXPECT_EQ(first.end(invented::kCertificateComesLater), EndSession{Reason::no_action}.encode(2));
    ServerSession second = authenticated(3);
    ASSERT_TRUE(second.store(Bytes{0x30, 0x00}));
    EXPECT_TRUE(std::holds_alternative<Stored>(second.receive(StoreCertificateResponse{}.encode(2)).value()));
}

TEST(ServerSession, AFrameOutOfTurnFailsTheSession) {
    ServerSession session = authenticated(3);
    EXPECT_FALSE(session.receive(phone(3).encode(2)));
    EXPECT_EQ(session.state(), ServerState::failed);
    EXPECT_FALSE(session.receive(phone(3).encode(2)));
    EXPECT_THROW((void)session.request_key(KeySpec{}), std::logic_error);
    EXPECT_EQ(session.end(Reason::refused).command, Command::end_session);
    EXPECT_THROW((void)session.end(Reason::refused), std::logic_error);
}

TEST(ServerSession, AnotherSessionIdFailsTheSession) {
    ServerSession session(2);
    (void)session.start();
    EXPECT_EQ(session.receive(phone(3).encode(3)).error().code, Errc::protocol);
    EXPECT_EQ(session.state(), ServerState::failed);
}

TEST(ServerSession, EveryCommandThatIsNotAllowedIsRefusedInEveryState) {
    for (unsigned command = 0; command < 256; ++command) {
        const Frame frame{static_cast<Command>(command), 2, {}};
        ServerSession key = authenticated(3);
        ASSERT_TRUE(key.request_key(KeySpec{}));
        EXPECT_EQ(key.receive(frame).has_value(), frame.command == Command::request_in_progress) << command;
        ServerSession certificate = with_key(3);
        EXPECT_FALSE(certificate.receive(frame)) << command;
        ServerSession store = with_key(3);
        ASSERT_TRUE(store.store(Bytes{0x30}));
        EXPECT_FALSE(store.receive(frame)) << command;
    }
}

TEST(ServerSession, NothingPendingReasonIsConfigurable) {
    EXPECT_EQ(authenticated(3).end_nothing_pending(), EndSession{Reason::refused}.encode(2));
    ServerOptions options;
    options.nothing_pending = Reason::no_action;
    EXPECT_EQ(authenticated(3, options).end_nothing_pending(), EndSession{Reason::no_action}.encode(2));
}

TEST(ServerSession, UnknownTagsCanBeIgnored) {
    Frame frame = phone(3).encode(2);
    frame.body.insert(frame.body.end(), {99, 0, 0});
    ServerOptions options;
    options.unknown_tag = UnknownTag::ignore;
    ServerSession lenient(2, options);
    (void)lenient.start();
    EXPECT_TRUE(lenient.receive(frame));
    ServerSession strict(2);
    (void)strict.start();
    EXPECT_FALSE(strict.receive(frame));
}

}  // namespace
}  // namespace opencapf::capf_protocol
