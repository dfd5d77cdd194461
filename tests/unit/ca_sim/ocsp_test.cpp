// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/ocsp.hpp"

#include "unit/ca_sim/test_pki.hpp"

#include <gtest/gtest.h>
#include <openssl/ocsp.h>

namespace opencapf::ca_sim {
namespace {

/// A request for `count` certificates of `issuer`, with a nonce.
Bytes request_for(const x509::Certificate& issuer, int count, const EVP_MD* digest = EVP_sha1()) {
    OCSP_REQUEST* request = OCSP_REQUEST_new();
    for (int i = 0; i < count; ++i) {
        ASN1_INTEGER* serial = ASN1_INTEGER_new();
        ASN1_INTEGER_set(serial, 0x1234 + i);
        OCSP_request_add0_id(request, OCSP_cert_id_new(digest, X509_get_subject_name(issuer.native()),
                                                       X509_get0_pubkey_bitstr(issuer.native()), serial));
        ASN1_INTEGER_free(serial);
    }
    OCSP_request_add1_nonce(request, nullptr, 16);
    unsigned char* encoded = nullptr;
    const int length = i2d_OCSP_REQUEST(request, &encoded);
    Bytes der(encoded, encoded + length);
    OPENSSL_free(encoded);
    OCSP_REQUEST_free(request);
    return der;
}

struct OcspTest : ::testing::Test {
    const test::TempDir dir;
    const std::shared_ptr<const Issuer> issuer = std::make_shared<const Issuer>(test::write_ca(dir));
    const x509::Certificate& certificate() const { return issuer->authority().certificate(); }
};

TEST_F(OcspTest, FindsSerialAndIssuer) {
    for (const EVP_MD* digest : {EVP_sha1(), EVP_sha256()}) {
        const auto request = OcspRequest::parse(request_for(certificate(), 2, digest));
        ASSERT_TRUE(request);
        ASSERT_EQ(request->size(), 2U);
        EXPECT_EQ(request->serial(1), "1235");
        EXPECT_EQ(request->issuer(0, {issuer}), issuer);
    }
    const auto stranger = test::make_root(test::phone_key(), "LAB-CA");
    EXPECT_EQ(OcspRequest::parse(request_for(stranger, 1))->issuer(0, {issuer}), nullptr) << "another key";
}

TEST_F(OcspTest, AnswersSignedWithTheNonce) {
    const Bytes asked = request_for(certificate(), 3);
    const auto request = OcspRequest::parse(asked);
    const auto now = std::chrono::system_clock::now();
    const std::vector<OcspStatus> statuses{
        {OcspStatus::Kind::good, {}, 0}, {OcspStatus::Kind::revoked, now, 1}, {OcspStatus::Kind::unknown, {}, 0}};
    const auto der = ocsp_response(*request, *issuer, statuses, now, now + std::chrono::hours(1));
    ASSERT_TRUE(der);
    const unsigned char* at = der->data();
    OCSP_RESPONSE* response = d2i_OCSP_RESPONSE(nullptr, &at, static_cast<long>(der->size()));
    ASSERT_EQ(OCSP_response_status(response), OCSP_RESPONSE_STATUS_SUCCESSFUL);
    OCSP_BASICRESP* basic = OCSP_response_get1_basic(response);
    EXPECT_EQ(OCSP_check_nonce(request->native(), basic), 1);
    const x509::TrustStore trust({certificate()});
    STACK_OF(X509)* signers = sk_X509_new_null();
    sk_X509_push(signers, certificate().native());
    EXPECT_EQ(OCSP_basic_verify(basic, signers, trust.native(), 0), 1);
    const int expected[] = {V_OCSP_CERTSTATUS_GOOD, V_OCSP_CERTSTATUS_REVOKED, V_OCSP_CERTSTATUS_UNKNOWN};
    for (int i = 0; i < 3; ++i) {
        int reason = 0;
        EXPECT_EQ(OCSP_single_get0_status(OCSP_resp_get0(basic, i), &reason, nullptr, nullptr, nullptr), expected[i]);
    }
    sk_X509_free(signers);
    OCSP_BASICRESP_free(basic);
    OCSP_RESPONSE_free(response);
}

TEST_F(OcspTest, NonsenseIsAnError) {
    const Bytes good = request_for(certificate(), 1);
    for (std::size_t length = 0; length < good.size(); ++length)
        EXPECT_FALSE(OcspRequest::parse(ByteView(good).first(length))) << length;
    Bytes longer = good;
    longer.push_back(0);
    EXPECT_FALSE(OcspRequest::parse(longer));
    EXPECT_EQ(OcspRequest::parse(request_for(certificate(), kOcspMaxRequests + 1)).error().code, Errc::too_large);
    EXPECT_TRUE(OcspRequest::parse(request_for(certificate(), kOcspMaxRequests)));
}

}  // namespace
}  // namespace opencapf::ca_sim
