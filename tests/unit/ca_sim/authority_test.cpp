// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/authority.hpp"

#include "unit/ca_sim/test_pki.hpp"

#include <gmock/gmock.h>

namespace opencapf::ca_sim {
namespace {

using ::testing::HasSubstr;

struct AuthorityTest : ::testing::Test {
    AuthorityTest() {
        config.host_name = "lab-dc.example.test";
        authority = load_authority(config);
    }
    std::string url(const std::string& pattern, bool delta = false) const {
        return expand_url(pattern, config, "My CA", authority, delta);
    }
    const test::TempDir dir;
    CaConfig config = test::write_ca(dir);
    Authority authority;
};

TEST_F(AuthorityTest, TokensOfUrlsAreThoseOfAdCs) {
    EXPECT_EQ(url("http://%1/CertEnroll/%3%8%9.crl"), "http://lab-dc.example.test/CertEnroll/My%20CA.crl");
    EXPECT_EQ(url("http://%2/%3%8%9.crl", true), "http://lab-dc/My%20CA+.crl");
    authority.index = 3;
    authority.key_index = 2;
    EXPECT_EQ(url("%1_%3%4.crt"), "lab-dc.example.test_My%20CA(3).crt");
    EXPECT_EQ(url("%3%8%9.crl", true), "My%20CA(2)+.crl");
}

TEST_F(AuthorityTest, EscapesAndUnknownTokensStay) {
    EXPECT_EQ(url("http://a/b%20c%5f%7.crl%"), "http://a/b%20c%5f%7.crl%");
    EXPECT_EQ(url("%1"), "lab-dc.example.test");
}

TEST_F(AuthorityTest, RenewalKeepsTheNameAndCountsOn) {
    const auto now = std::chrono::system_clock::now();
    const auto same = renew(authority, authority.key, nullptr, 1, 0, now);
    ASSERT_TRUE(same) << same.error().message;
    EXPECT_EQ(same->certificate().subject_rfc2253(), authority.certificate().subject_rfc2253());
    EXPECT_EQ(same->certificate().public_key(), authority.certificate().public_key());
    EXPECT_NE(same->certificate().serial_hex(), authority.certificate().serial_hex());
    EXPECT_TRUE(same->certificate().is_ca());
    auto key = std::make_shared<const x509::PrivateKey>(x509::PrivateKey::generate_ec("P-256"));
    const auto fresh = renew(*same, key, nullptr, 2, 2, now);
    ASSERT_TRUE(fresh);
    EXPECT_EQ(fresh->certificate().public_key(), key->public_key());
    EXPECT_TRUE(x509::TrustStore({fresh->certificate()}).verify(fresh->certificate()));
}

TEST_F(AuthorityTest, AnIssuingCaNeedsItsParentsKey) {
    opencapf::test::CertificateSpec spec;
    spec.common_name = "below";
    spec.ca = true;
    spec.days = 20;
    const auto root = authority.certificate();
    auto key = std::make_shared<const x509::PrivateKey>(x509::PrivateKey::generate_ec("P-256"));
    const auto below = make_certificate(spec, key->public_key(), test::ca_key(), &root);
    const auto issuing = make_authority(below.pem() + root.pem(), key, "chain", "key");
    ASSERT_TRUE(issuing);
    const auto now = std::chrono::system_clock::now();
    EXPECT_THAT(renew(*issuing, key, nullptr, 1, 0, now).error().message, HasSubstr("parent_private_key"));
    EXPECT_THAT(renew(*issuing, key, &*key, 1, 0, now).error().message, HasSubstr("not the key of the parent"));
    const auto renewed = renew(*issuing, key, &test::ca_key(), 1, 0, now);
    ASSERT_TRUE(renewed) << renewed.error().message;
    EXPECT_TRUE(x509::TrustStore({root}).verify(renewed->certificate()));
    EXPECT_EQ(renewed->chain.size(), 2U);
}

TEST_F(AuthorityTest, WhatDoesNotFitIsRefused) {
    auto other = std::make_shared<const x509::PrivateKey>(x509::PrivateKey::generate_ec("P-256"));
    EXPECT_EQ(make_authority(authority.certificate().pem(), other, "a", "b").error().code, Errc::rejected);
    EXPECT_EQ(make_authority("nonsense", other, "a", "b").error().code, Errc::malformed);
    const auto leaf = test::make_root(*other, "no CA", 10, false);
    EXPECT_THAT(make_authority(leaf.pem(), other, "a", "b").error().message, HasSubstr("no CA certificate"));
}

}  // namespace
}  // namespace opencapf::ca_sim
