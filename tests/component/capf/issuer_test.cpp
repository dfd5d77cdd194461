// SPDX-License-Identifier: Apache-2.0
#include "opencapf/base/text.hpp"
#include "running_capf.hpp"

#include <gmock/gmock.h>

namespace opencapf::capf::test {
namespace {

using phone_sim::Outcome;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(CapfIssuer, SignsWithTheCapfCertificate) {
    RunningCapf capf(let_capf_sign);
    capf.arm("SEP1");
    const auto result = capf.call("SEP1");
    ASSERT_EQ(result.session.outcome, Outcome::done) << result.session.detail;
    EXPECT_EQ(result.session.lsc->subject_rfc2253(), "CN=CP-8865-SEP1");
    EXPECT_EQ(result.session.lsc->issuer_rfc2253(), "CN=CAPF-12345678");
    EXPECT_EQ(capf.outcome("SEP1"), std::pair(1, 3));
    const Json lsc = capf.device("SEP1")["lsc"];
    EXPECT_EQ(lsc["issuer"], "CN=CAPF-12345678");
    EXPECT_EQ(lsc["issuer_valid_until"], lsc["valid_until"]);  // 1825 days are cut at the issuer's end
    EXPECT_THAT(capf.seen().requests, IsEmpty());
    const std::string trace = capf.trace();
    EXPECT_THAT(trace, HasSubstr("Certificate Generation Method=CAPF"));
    EXPECT_THAT(trace, HasSubstr("1:SEP1:CA Mode is CAPF, signing the device certificate"));
    EXPECT_THAT(trace, HasSubstr("1:SEP1:Cert Signing successful, serial "));
    EXPECT_THAT(trace, Not(HasSubstr("EST")));
}

TEST(CapfIssuer, LabsShortenTheValidityToSeconds) {
    RunningCapf capf([](Config& config) {
        let_capf_sign(config);
        config.service.lab_validity = net::Duration(90'000);
    });
    capf.arm("SEP1");
    const auto result = capf.call("SEP1");
    ASSERT_EQ(result.session.outcome, Outcome::done) << result.session.detail;
    EXPECT_EQ(result.session.lsc->not_after() - result.session.lsc->not_before(), std::chrono::seconds(90));
}

TEST(CapfIssuer, DoesNotStartWithACertificateThatMayNotSign) {
    const auto use_the_servers = [](Config& config) { config.service.certificate_issuer = CertificateIssuer::capf; };
    try {
        RunningCapf capf(use_the_servers);
        FAIL() << "it started";
    } catch (const std::runtime_error& error) {
        EXPECT_THAT(error.what(), HasSubstr("server.pem: may not sign certificates"));
    }
}

}  // namespace
}  // namespace opencapf::capf::test
