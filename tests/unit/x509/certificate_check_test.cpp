// SPDX-License-Identifier: Apache-2.0
#include "opencapf/x509/certificate_check.hpp"

#include "support/pki.hpp"

#include <gmock/gmock.h>

namespace opencapf::x509 {
namespace {

using ::testing::HasSubstr;

Certificate ca(const std::string& name, int from, int days) {
    return test::make_self_signed({.common_name = name, .ca = true, .days_from = from, .days = days}).certificate;
}
Check trusted(const std::vector<Certificate>& certificates) {
    return check_trusted("trust", certificates, std::chrono::system_clock::now());
}

TEST(CertificateCheck, AnOldCaBesideItsSuccessorDoesNoHarm) {
    const auto check = trusted({ca("Old", -400, 365), ca("New", -40, 4000)});
    EXPECT_EQ(check.state, CheckState::good);
    EXPECT_THAT(check.found, HasSubstr("/CN=Old ended on"));
    EXPECT_EQ(trusted({ca("Same", -355, 365), ca("Same", -40, 4000)}).state, CheckState::good)
        << "ends soon, and is renewed";
}

TEST(CertificateCheck, WhereNoneIsValidNothingIsTrusted) {
    EXPECT_EQ(trusted({ca("Old", -400, 365), ca("Next", 30, 365)}).state, CheckState::bad);
    EXPECT_EQ(trusted({}).state, CheckState::bad);
    EXPECT_EQ(trusted({ca("Only", -355, 365)}).state, CheckState::bad) << "ends soon, and nobody follows";
}

TEST(CertificateCheck, ACertificateWithoutEndDoesNotOverflow) {
    // RFC 5280 section 4.1.2.5: 99991231235959Z.
    const auto certificate = ca("Forever", -1, 365 * 2000);
    EXPECT_GT(certificate.not_after(), std::chrono::system_clock::now() + std::chrono::hours(24 * 365 * 200));
    EXPECT_EQ(trusted({certificate}).state, CheckState::good);
}

}  // namespace
}  // namespace opencapf::x509
