// SPDX-License-Identifier: Apache-2.0
#include "ces/server/csr_attributes.hpp"

#include "opencapf/x509/request_details.hpp"
#include "unit/ces/request_builder.hpp"

#include <gmock/gmock.h>

namespace opencapf::ces {
namespace {

using test::RequestBuilder;
using testing::HasSubstr;
using x509::PrivateKey;

TEST(CsrAttributes, S80_NothingConfiguredIsNothing) { EXPECT_TRUE(CsrAttributes({}, false).der().empty()); }

TEST(CsrAttributes, S62_PopAsksForChallengePassword) {
    // est.md EST-S-80 has libEST's answer.
    EXPECT_EQ(to_base64(CsrAttributes({}, true).der()), "MAsGCSqGSIb3DQEJBw==");
    CsrAttributesConfig config;
    config.oids = {"1.2.840.113549.1.9.7"};
    EXPECT_EQ(to_base64(CsrAttributes(config, true).der()), "MAsGCSqGSIb3DQEJBw==");
}

TEST(CsrAttributes, S81_KeyAndSchemesInTheFormOfRfc8951) {
    CsrAttributesConfig config;
    config.oids = {"1.2.840.10045.4.3.3"};
    config.key = "P-384";
    // ecdsa-with-SHA384, then id-ecPublicKey with secp384r1.
    EXPECT_EQ(to_hex(CsrAttributes(config, false).der()),
              "301e"
              "06082a8648ce3d040303"
              "301206072a8648ce3d0201310706052b81040022");
    config = {};
    config.key = "rsa-4096";
    EXPECT_EQ(to_hex(CsrAttributes(config, false).der()), "3013301106092a864886f70d010101310402021000");
}

TEST(CsrAttributes, S82_DemandsAreListed) {
    CsrAttributesConfig config;
    config.key = "P-256";
    const auto hex = to_hex(CsrAttributes(config, true).der());
    EXPECT_THAT(hex, HasSubstr("06092a864886f70d010907"));  // challengePassword
    EXPECT_THAT(hex, HasSubstr("06082a8648ce3d030107"));    // prime256v1
}

TEST(CsrAttributes, S83_OneExtensionRequestWithAllExtensions) {
    CsrAttributesConfig config;
    config.extensions = {{"2.5.29.15", "AwIHgA==", true}, {"2.5.29.37", "MAoGCCsGAQUFBwMC", false}};
    EXPECT_EQ(to_hex(CsrAttributes(config, false).der()),
              "30363034"
              "06092a864886f70d01090e"
              "31273025"
              "300e0603551d0f0101ff040403020780"
              "30130603551d25040c300a06082b06010505070302");
}

TEST(CsrAttributes, S84_TemplateSaysWhatTheClientFillsIn) {
    CsrAttributesConfig config;
    config.key = "P-256";
    config.template_subject = {"O=Example", "CN"};
    config.template_extension_ids = {"2.5.29.17"};
    const auto hex = to_hex(CsrAttributes(config, false).der());
    EXPECT_THAT(hex, HasSubstr("060b2a864886f70d010910023d"));  // template
    EXPECT_THAT(hex, HasSubstr("06035504"
                               "0a0c074578616d706c65"));        // O=Example
    EXPECT_THAT(hex, HasSubstr("310730050603550403"));          // CN without value
    EXPECT_THAT(hex, HasSubstr("060b2a864886f70d010910023e"));  // extension template
    EXPECT_THAT(hex, HasSubstr("30050603551d11"));              // SAN without value
    EXPECT_THAT(hex, testing::Not(HasSubstr("06092a864886f70d01090e")));
}

TEST(CsrAttributes, UnknownTypesAreRefusedAtStart) {
    CsrAttributesConfig config;
    config.template_subject = {"NoSuchType=x"};
    EXPECT_THROW(CsrAttributes(config, false), std::runtime_error);
}

TEST(CsrAttributes, S86_EnforcementNamesWhatLacks) {
    const auto key = PrivateKey::generate_ec("P-256");
    CsrAttributesConfig config;
    config.oids = {"1.2.840.113549.1.9.7", "1.2.840.10045.4.3.2"};
    config.extensions = {{"2.5.29.37", "MAoGCCsGAQUFBwMC", false}};
    config.key = "P-256";
    const auto bare = RequestBuilder(key).name("CN", "a").sign();
    EXPECT_TRUE(CsrAttributes(config, false).check(bare));
    config.enforce = true;
    const CsrAttributes enforced(config, false);
    EXPECT_THAT(enforced.check(bare).error().message, HasSubstr("1.2.840.113549.1.9.7"));
    const auto with_password = RequestBuilder(key).name("CN", "a").attribute("challengePassword", "x").sign();
    EXPECT_THAT(enforced.check(with_password).error().message, HasSubstr("extension 2.5.29.37"));
    const auto complete = RequestBuilder(key)
                              .name("CN", "a")
                              .attribute("challengePassword", "x")
                              .extension(NID_ext_key_usage, "clientAuth")
                              .sign();
    EXPECT_TRUE(enforced.check(complete));
    config.key = "P-384";
    EXPECT_THAT(CsrAttributes(config, false).check(complete).error().message, HasSubstr("a key of P-384"));
}

}  // namespace
}  // namespace opencapf::ces
