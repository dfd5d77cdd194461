// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/crl.hpp"

#include "unit/ca_sim/test_pki.hpp"

#include <gtest/gtest.h>
#include <openssl/x509.h>

namespace opencapf::ca_sim {
namespace {

struct CrlFree {
    void operator()(X509_CRL* crl) const noexcept { X509_CRL_free(crl); }
};
using Crl = std::unique_ptr<X509_CRL, CrlFree>;

struct CrlTest : ::testing::Test {
    CrlTest() {
        content.this_update = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
        content.next_publish = content.this_update + std::chrono::hours(24);
        content.next_update = content.next_publish + std::chrono::hours(12);
    }
    Crl build() {
        const auto der = build_crl(issuer, content);
        if (!der) throw std::runtime_error(der.error().message);
        const unsigned char* at = der->data();
        return Crl(d2i_X509_CRL(nullptr, &at, static_cast<long>(der->size())));
    }
    const test::TempDir dir;
    const Issuer issuer{test::write_ca(dir)};
    CrlContent content;
};

TEST_F(CrlTest, IsSignedAndHoldsItsEntries) {
    content.number = 300;
    content.entries = {{"0a0b", "2026-01-02 03:04:05", 1}, {"01", "2026-01-02 03:04:05", 0}};
    const Crl crl = build();
    ASSERT_TRUE(crl);
    EXPECT_EQ(X509_CRL_verify(crl.get(), test::ca_key().native()), 1);
    auto* revoked = X509_CRL_get_REVOKED(crl.get());
    ASSERT_EQ(sk_X509_REVOKED_num(revoked), 2);
    // Sorted by serial number; unspecified has no reason extension (RFC 5280 section 5.3.1).
    EXPECT_EQ(X509_REVOKED_get_ext_count(sk_X509_REVOKED_value(revoked, 0)), 0);
    EXPECT_EQ(X509_REVOKED_get_ext_count(sk_X509_REVOKED_value(revoked, 1)), 1);
    auto* number = static_cast<ASN1_INTEGER*>(X509_CRL_get_ext_d2i(crl.get(), NID_crl_number, nullptr, nullptr));
    EXPECT_EQ(ASN1_INTEGER_get(number), 300);
    ASN1_INTEGER_free(number);
    EXPECT_LT(X509_CRL_get_ext_by_NID(crl.get(), NID_delta_crl, -1), 0);
}

TEST_F(CrlTest, ADeltaNamesItsBase) {
    content.number = 8;
    content.base_number = 7;
    const Crl crl = build();
    int critical = -1;
    auto* base = static_cast<ASN1_INTEGER*>(X509_CRL_get_ext_d2i(crl.get(), NID_delta_crl, &critical, nullptr));
    ASSERT_NE(base, nullptr);
    EXPECT_EQ(ASN1_INTEGER_get(base), 7);
    EXPECT_EQ(critical, 1);
    ASN1_INTEGER_free(base);
}

TEST_F(CrlTest, DamagedRowsAreAnError) {
    for (const RevokedCertificate& damaged :
         {RevokedCertificate{"xyz", "2026-01-02 03:04:05", 0}, RevokedCertificate{"", "2026-01-02 03:04:05", 0},
          RevokedCertificate{"01", "yesterday", 0}}) {
        content.entries = {damaged};
        const auto der = build_crl(issuer, content);
        ASSERT_FALSE(der);
        EXPECT_EQ(der.error().code, Errc::malformed);
    }
}

}  // namespace
}  // namespace opencapf::ca_sim
