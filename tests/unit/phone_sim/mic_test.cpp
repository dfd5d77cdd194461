// SPDX-License-Identifier: Apache-2.0
#include "phone_sim/mic.hpp"

#include "support/error_queue.hpp"
#include "support/pki.hpp"
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>

namespace opencapf::phone_sim {
namespace {

class Mic : public test::ErrorQueueTest {
protected:
    Factory factory() { return {ca.certificate, ca.key}; }
    test::Issued ca = test::make_root("Manufacturing CA");
};

TEST_F(Mic, ChainsToTheFactoryAndNamesThePhone) {
    const auto key = x509::PrivateKey::generate_ec("P-256");
    const auto mic = make_mic(factory(), "SEP001122334455", key.public_key());
    EXPECT_TRUE(x509::TrustStore({ca.certificate}).verify(mic));
    EXPECT_EQ(mic.common_name(), "CP-8865-SEP001122334455");
    EXPECT_EQ(mic.public_key(), key.public_key());
    EXPECT_FALSE(mic.is_ca());
    EXPECT_TRUE(mic.key_usage().digital_signature);
    EXPECT_GT(mic.not_after() - mic.not_before(), std::chrono::hours(24) * 3650);
    EXPECT_NE(make_mic(factory(), "SEP1", key.public_key()).serial_hex(), mic.serial_hex());
    EXPECT_THROW(make_mic(factory(), std::string(100, 'A'), key.public_key()), std::runtime_error);
}

TEST_F(Mic, APhoneKeepsTheOneItHas) {
    const test::TempDir directory;
    const auto kind = *find_kind("ec-256");
    EXPECT_EQ(make_mics(factory(), {"SEP1", "SEP2"}, directory.file("p"), kind, nullptr), 2U);
    const PhoneStore phone(directory.file("p"), "SEP1");
    const auto before = phone.mic()->der();
    EXPECT_EQ(make_mics(factory(), {"SEP1", "SEP3"}, directory.file("p"), kind, nullptr), 1U);
    EXPECT_EQ(phone.mic()->der(), before);
    EXPECT_EQ(phone.mic_credential()->key.public_key(), phone.mic()->public_key());
}

TEST_F(Mic, AnImpostorHasTheNameOnly) {
    const auto impostor = make_impostor("SEP1");
    EXPECT_EQ(impostor.certificate.common_name(), "SEP1");
    EXPECT_EQ(impostor.certificate.public_key(), impostor.key.public_key());
    EXPECT_FALSE(x509::TrustStore({ca.certificate}).verify(impostor.certificate));
}

}  // namespace
}  // namespace opencapf::phone_sim
