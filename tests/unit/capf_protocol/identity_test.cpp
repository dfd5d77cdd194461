// SPDX-License-Identifier: Apache-2.0
// Proof of identity with an existing certificate: vector V10 both ways, every check on its own, hostile input.
#include "opencapf/capf_protocol/identity.hpp"

#include "opencapf/base/text.hpp"
#include "support/error_queue.hpp"
#include "support/pki.hpp"
#include "unit/capf_protocol/vectors.hpp"

#include <gmock/gmock.h>

namespace opencapf::capf_protocol {
namespace {

using ::testing::HasSubstr;
using testing::vector_bytes;
using testing::vector_frame;

class Identity : public test::ErrorQueueTest {};

const std::string kName = "SEP0123456789AB";

// git keeps no mode 0600, so not by PrivateKey::load.
x509::PrivateKey v10_key() {
    return x509::PrivateKey::from_pem(read_file(OPENCAPF_TEST_DATA "/x509/v10-key.pem")).value();
}
x509::Certificate v10_certificate() { return x509::Certificate::from_der(vector_bytes("v10-certificate")).value(); }
AuthResponse v10() { return AuthResponse::decode(vector_frame("v10")).value(); }

void expect_refused(const AuthResponse& response, const std::string& text, std::uint32_t session_id = 1,
                    std::uint8_t version = 3) {
    const auto proven = verify_identity(response, session_id, version);
    ASSERT_FALSE(proven) << text;
    EXPECT_EQ(proven.error().code, Errc::unauthorized) << proven.error().message;
    EXPECT_THAT(proven.error().message, HasSubstr(text));
}

/// A response of a phone with `key`, made by our own side.
AuthResponse respond(const x509::PrivateKey& key, std::uint8_t version, std::uint32_t session_id = 7) {
    const auto certificate = test::make_certificate({.common_name = kName}, key.public_key(), key, nullptr);
    const IdentityKey identity{key, certificate};
    AuthResponse response;
    response.device_name = kName;
    response.version = version;
    make_identity_proof(identity, kName, session_id, version, &identity).value().attach_to(response);
    return response;
}

TEST_F(Identity, V10IsAcceptedInItsSession) {
    const auto proven = verify_identity(v10(), 1, 3);
    ASSERT_TRUE(proven) << proven.error().message;
    EXPECT_EQ(proven->certificate.der(), vector_bytes("v10-certificate"));
    ASSERT_TRUE(proven->sudi);
    EXPECT_EQ(proven->sudi->der(), vector_bytes("v10-certificate"));
}

TEST_F(Identity, V10IsRefusedInAnotherSession) {
    expect_refused(v10(), "SUDI_DATA's SHA-1", 2);
    // Big-endian would make this the number of the vector's session.
    expect_refused(v10(), "SUDI_DATA's SHA-1", 0x01000000);
}

TEST_F(Identity, V10IsWhatOurPhoneSends) {
    const auto key = v10_key();
    const auto certificate = v10_certificate();
    const IdentityKey identity{key, certificate};
    const auto proof = make_identity_proof(identity, kName, 1, 3, &identity);
    ASSERT_TRUE(proof);
    EXPECT_EQ(proof->signed_data, vector_bytes("v10-signed-data"));
    EXPECT_EQ(proof->sha2_signed_data->signature, vector_bytes("v10-sha2-signature"));
    AuthResponse response;
    response.device_name = kName;
    response.version = 3;
    response.reason = Reason::success;
    response.password = Secret();
    proof->attach_to(response);
    EXPECT_EQ(encode(response.encode(1)), vector_bytes("v10"));
}

TEST_F(Identity, V10DigestsAreThoseOfTheReference) {
    Bytes message(kName.begin(), kName.end());
    message.push_back(0);
    const Bytes der = vector_bytes("v10-certificate");
    message.insert(message.end(), der.begin(), der.end());
    EXPECT_EQ(to_hex(x509::hash(x509::Digest::sha1, message)), "0f49f45299bfe7b5593145859ac37c7aa8973e79");
    EXPECT_EQ(to_hex(x509::hash(x509::Digest::sha512, message)),
              "7d3549551ebb267d0929a1240d8c36da717a621b0682e224b0e004138a00d8ec"
              "19d99f6bc1775cd845b210ee96f7dbb222484008385129fa2d1032dcf3e4ae12");
    Bytes sudi{1, 0, 0, 0};  // session 1
    sudi.insert(sudi.end(), der.begin(), der.end());
    EXPECT_EQ(to_hex(x509::hash(x509::Digest::sha1, sudi)), "58cf5f601b9518ebaa3da33b146f06229bc7b384");
    EXPECT_EQ(to_hex(x509::hash(x509::Digest::sha512, sudi)),
              "c540283ded796bac0d48657aadd2a8ffe5a0c6f7083beff6c7cbc58ad98d6d9b"
              "bb0dd4d6deef98e3d5b07bff5cdae37362ea95a2aa33d02e95bec47402a569d8");
    EXPECT_EQ(v10_key().public_key().recover(vector_bytes("v10-signed-data")), x509::hash(x509::Digest::sha1, message));
}

TEST_F(Identity, EveryKindOfKeyAndVersion) {
    for (const auto version : {std::uint8_t{2}, std::uint8_t{3}}) {
        for (const char* curve : {"P-256", "P-384", "P-521"}) {
            const auto response = respond(x509::PrivateKey::generate_ec(curve), version);
            const auto proven = verify_identity(response, 7, version);
            EXPECT_TRUE(proven) << curve << " " << int{version} << ": " << proven.error().message;
            EXPECT_EQ(response.sha2_signed_data.has_value(), version == 3);
            expect_refused(response, "SUDI_DATA's SHA-1", 8, version);
        }
        EXPECT_TRUE(verify_identity(respond(x509::PrivateKey::generate_rsa(1024), version), 7, version));
    }
}

TEST_F(Identity, TravelsInBothElementOrders) {
    for (const auto order : {ElementOrder::ascending, ElementOrder::jabber}) {
        const auto response = AuthResponse::decode(respond(v10_key(), 2).encode(7, order));
        ASSERT_TRUE(response);
        EXPECT_TRUE(verify_identity(*response, 7, 2));
    }
}

TEST_F(Identity, Rsa512SignsWithSha1Only) {
    const auto key = x509::PrivateKey::generate_rsa(512);
    const auto response = respond(key, 2);
    EXPECT_TRUE(verify_identity(response, 7, 2));
    expect_refused(response, "SHA2_SIGNED_DATA is missing", 7, 3);
    const auto certificate = test::make_certificate({.common_name = kName}, key.public_key(), key, nullptr);
    const auto proof = make_identity_proof({key, certificate}, kName, 7, 3);
    ASSERT_FALSE(proof);
    EXPECT_EQ(proof.error().code, Errc::crypto);
}

TEST_F(Identity, NamesTheCheckThatFailed) {
    auto response = v10();
    response.device_name = "SEP0123456789AC";
    expect_refused(response, "SIGNED_DATA does not verify");

    response = v10();
    response.signed_data.reset();
    expect_refused(response, "SIGNED_DATA is missing");

    response = v10();
    response.sha2_signed_data.reset();
    expect_refused(response, "SHA2_SIGNED_DATA is missing");
    response.sudi_data.reset();
    EXPECT_TRUE(verify_identity(response, 2, 2)) << "old phones sign with SHA-1 only";

    response = v10();
    response.sha2_signed_data->signature = *response.signed_data;
    expect_refused(response, "SHA2_SIGNED_DATA does not verify");
    expect_refused(response, "SHA2_SIGNED_DATA does not verify", 1, 2);

    response = v10();
    response.sha2_signed_data->hash = HashCode::sha1;
    expect_refused(response, "hash code 1");

    response = v10();
    response.certificate.reset();
    expect_refused(response, "no certificate");

    response = v10();
    response.certificate->pop_back();
    EXPECT_EQ(verify_identity(response, 1, 3).error().code, Errc::malformed);

    response = v10();
    const auto other = test::make_self_signed({.common_name = kName});
    response.certificate = other.certificate.der();
    expect_refused(response, "SIGNED_DATA does not verify");
}

TEST_F(Identity, WithoutSudiTheSessionIsNotBound) {
    auto response = v10();
    response.sudi_data.reset();
    const auto proven = verify_identity(response, 2, 3);
    ASSERT_TRUE(proven);
    EXPECT_FALSE(proven->sudi);
}

TEST_F(Identity, ADigestInfoIsAcceptedAndNothingElseInTheBlock) {
    const auto key = v10_key();
    auto response = v10();
    Bytes message(kName.begin(), kName.end());
    message.push_back(0);
    message.insert(message.end(), response.certificate->begin(), response.certificate->end());
    response.signed_data = key.sign(x509::Digest::sha1, message).value();
    response.sha2_signed_data->signature = key.sign(x509::Digest::sha512, message).value();
    EXPECT_TRUE(verify_identity(response, 1, 3));

    // The right digest at the end of a longer block: what a check of the last bytes only would take.
    const Bytes digest = x509::hash(x509::Digest::sha1, message);
    Bytes longer(10, 0x41);
    longer.insert(longer.end(), digest.begin(), digest.end());
    response.signed_data = key.encrypt_type1(longer).value();
    expect_refused(response, "it is about something else");
    // SHA-512's DigestInfo where SHA-1 is due.
    response.signed_data = key.sign(x509::Digest::sha512, message).value();
    expect_refused(response, "SIGNED_DATA does not verify");
    response.signed_data = v10().signed_data;
    response.signed_data->pop_back();
    expect_refused(response, "SIGNED_DATA has 127 bytes");
    response.signed_data = Bytes{};
    expect_refused(response, "SIGNED_DATA has 0 bytes");
}

TEST_F(Identity, AChangedBitAnywhereInASignatureIsRefused) {
    const auto good = v10();
    for (std::size_t at = 0; at < good.signed_data->size(); at += 9) {
        auto response = good;
        (*response.signed_data)[at] ^= 1U;
        EXPECT_FALSE(verify_identity(response, 1, 3)) << at;
        response = good;
        response.sha2_signed_data->signature[at] ^= 1U;
        EXPECT_FALSE(verify_identity(response, 1, 3)) << at;
    }
    for (std::size_t at = 0; at < good.sudi_data->size(); at += 9) {
        auto response = good;
        (*response.sudi_data)[at] ^= 1U;
        EXPECT_FALSE(verify_identity(response, 1, 3)) << at;
    }
}

TEST_F(Identity, EveryTruncationOfSudiDataIsRefused) {
    const auto good = v10();
    for (std::size_t length = 0; length < good.sudi_data->size(); ++length) {
        auto response = good;
        response.sudi_data->resize(length);
        EXPECT_FALSE(verify_identity(response, 1, 3)) << length;
    }
    auto response = good;
    response.sudi_data->insert(response.sudi_data->end(), {0x02, 0x00, 0x00});
    EXPECT_EQ(verify_identity(response, 1, 3).error().code, Errc::malformed);
}

TEST_F(Identity, OversizedKeysCostNothing) {
    // 8192 bits are slow to make, so the key is only claimed: any modulus of that size will do.
    const auto signer = x509::PrivateKey::generate_ec("P-256");
    Bytes spki = from_hex("30820422300d06092a864886f70d01010105000382040f003082040a0282040100").value();
    spki.insert(spki.end(), {0xc1});
    spki.insert(spki.end(), 1023, 0x5b);
    spki.insert(spki.end(), {0x02, 0x03, 0x01, 0x00, 0x01});
    auto key = x509::PublicKey::from_spki_der(spki);
    ASSERT_TRUE(key) << key.error().message;
    ASSERT_EQ(key->bits(), 8192);
    auto response = v10();
    response.certificate = test::make_certificate({.common_name = kName}, *key, signer, nullptr).der();
    response.signed_data = Bytes(1024, 1);
    expect_refused(response, "an RSA key of 8192 bits");
}

}  // namespace
}  // namespace opencapf::capf_protocol
