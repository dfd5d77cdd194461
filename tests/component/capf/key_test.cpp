// SPDX-License-Identifier: Apache-2.0
#include "running_capf.hpp"

#include <gmock/gmock.h>

namespace opencapf::capf::test {
namespace {

using phone_sim::Outcome;
namespace proto = capf_protocol;

constexpr proto::PhoneProfile without_ec() {
    auto profile = proto::kProfileV3;
    profile.knows_ec = false;
    return profile;
}

/// Which key a phone makes for what the device row wants, and the status when it makes none.
struct Row {
    const char* name;
    Json wanted;
    proto::PhoneProfile profile;
    const char* curve;  ///< "" = RSA
    int bits, status;
};

class Keys : public ::testing::TestWithParam<Row> {};

TEST_P(Keys, AreMadeAsTheRowSays) {
    const Row& row = GetParam();
    RunningCapf capf([](Config& config) {
        let_capf_sign(config);
        config.allow_rsa_512 = true;
    });
    capf.arm("SEP1", row.wanted);
    auto phone = capf.phone("SEP1");
    phone.profile = row.profile;
    const auto result = capf.call(phone);
    EXPECT_EQ(capf.outcome("SEP1"), std::pair(1, row.status)) << result.session.detail;
    if (row.status != kStatusUpgradeSuccess) return;
    ASSERT_TRUE(result.session.lsc);
    const auto key = result.session.lsc->public_key();
    EXPECT_EQ(key.curve(), row.curve);
    EXPECT_EQ(key.bits(), row.bits);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, Keys,
    ::testing::Values(
        Row{"Rsa512", {{"rsa", 512}}, proto::kProfileV3, "", 512, 3},
        Row{"Rsa1024", {{"rsa", 1024}}, proto::kProfile7900, "", 1024, 3},
        Row{"Rsa3072", {{"rsa", 3072}}, proto::kProfileJabber, "", 3072, 3},
        Row{"Rsa4096", {{"rsa", 4096}}, proto::kProfileV3, "", 4096, 3},
        Row{"P256", {{"key_order", "ec"}}, proto::kProfileV3, "P-256", 256, 3},
        Row{"P384", {{"key_order", "ec"}, {"ec", 384}}, proto::kProfileV3, "P-384", 384, 3},
        Row{"P521", {{"key_order", "ec"}, {"ec", 521}}, proto::kProfileV3, "P-521", 521, 3},
        Row{"EcPreferred", {{"key_order", "ec-preferred"}}, proto::kProfileV3, "P-256", 256, 3},
        Row{"RsaBackupOfAPhoneThatRefusesEc",
            {{"key_order", "ec-preferred"}, {"rsa", 1024}},
            without_ec(),
            "",
            1024,
            3},
        Row{"RsaBackupOfVersion2", {{"key_order", "ec-preferred"}, {"rsa", 1024}}, proto::kProfileJabber, "", 1024, 3},
        Row{"EcOnlyForVersion2", {{"key_order", "ec"}}, proto::kProfileJabber, "", 0, 34},
        Row{"EcOnlyForAPhoneWithoutEc", {{"key_order", "ec"}}, without_ec(), "", 0, 34},
        Row{"RsaTooLargeForThePhone", {{"rsa", 4096}}, proto::kProfile7900, "", 0, 14}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(CapfKeys, AnotherKeyThanAskedForIsRefused) {
    RunningCapf capf;
    capf.arm("SEP1");
    auto phone = capf.phone("SEP1");
    phone.fault = phone_sim::Fault::wrong_key;
    EXPECT_NE(capf.call(phone).session.outcome, Outcome::done);
    EXPECT_EQ(capf.outcome("SEP1"), std::pair(1, 14));
}

}  // namespace
}  // namespace opencapf::capf::test
