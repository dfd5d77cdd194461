// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/cmc_request.hpp"

#include "unit/ca_sim/test_pki.hpp"

#include <gtest/gtest.h>
#include <openssl/cms.h>

namespace opencapf::ca_sim {
namespace {

/// `content` in a SignedData, signed by the test CA's key under its own certificate.
Bytes signed_data(const Bytes& content, const char* type) {
    const auto signer = test::make_root(test::ca_key(), "agent");
    BIO* data = BIO_new_mem_buf(content.data(), static_cast<int>(content.size()));
    const unsigned flags = CMS_BINARY | CMS_PARTIAL;
    CMS_ContentInfo* cms = CMS_sign(nullptr, nullptr, nullptr, data, flags);
    ASN1_OBJECT* oid = OBJ_txt2obj(type, 1);
    CMS_set1_eContentType(cms, oid);
    CMS_add1_signer(cms, signer.native(), test::ca_key().native(), EVP_sha256(), flags);
    CMS_final(cms, data, nullptr, flags);
    unsigned char* encoded = nullptr;
    const int length = i2d_CMS_ContentInfo(cms, &encoded);
    Bytes der(encoded, encoded + length);
    OPENSSL_free(encoded);
    ASN1_OBJECT_free(oid);
    CMS_ContentInfo_free(cms);
    BIO_free(data);
    return der;
}

constexpr const char* kData = "1.2.840.113549.1.7.1";

TEST(CmcRequest, PlainRequestsHaveNoSigners) {
    const auto decoded = decode_request(test::phone_request().pem());
    ASSERT_TRUE(decoded);
    EXPECT_FALSE(decoded->wrapped);
    EXPECT_TRUE(decoded->signers.empty());
}

TEST(CmcRequest, FindsTheRequestAndWhoSigned) {
    const Bytes der = signed_data(test::phone_request().der(), kData);
    for (const std::string& text :
         {to_base64(der), "-----BEGIN CMC-----\r\n" + to_base64(der, 64, "\r\n") + "-----END CMC-----\r\n"}) {
        const auto decoded = decode_request(text);
        ASSERT_TRUE(decoded);
        EXPECT_TRUE(decoded->wrapped);
        EXPECT_TRUE(decoded->signatures_right);
        ASSERT_EQ(decoded->signers.size(), 1U);
        EXPECT_EQ(decoded->signers[0].common_name(), "agent");
        EXPECT_EQ(decoded->request.der(), test::phone_request().der());
    }
}

TEST(CmcRequest, AChangedMessageHasNoSigners) {
    Bytes der = signed_data(test::phone_request().der(), kData);
    der.back() ^= 1U;  // the last byte of the signature
    const auto decoded = decode_request(to_base64(der));
    ASSERT_TRUE(decoded);
    EXPECT_FALSE(decoded->signatures_right);
    EXPECT_TRUE(decoded->signers.empty());
}

TEST(CmcRequest, TruncatedAtEachByteIsAnError) {
    const Bytes der = signed_data(test::phone_request().der(), kData);
    for (std::size_t length = 0; length < der.size(); ++length) {
        ASSERT_FALSE(decode_request(to_base64(ByteView(der).first(length)))) << length;
    }
}

TEST(CmcRequest, OtherContentIsAnError) {
    EXPECT_FALSE(decode_request(to_base64(signed_data({1, 2, 3}, kData))));
    EXPECT_FALSE(decode_request(to_base64(signed_data(test::phone_request().der(), "1.3.6.1.5.5.7.12.2"))));
    EXPECT_FALSE(decode_request(to_base64(signed_data(test::phone_request().der(), "1.2.3"))));
    EXPECT_FALSE(decode_request("-----BEGIN CMC-----"));
    EXPECT_FALSE(decode_request("-----BEGIN "));
}

}  // namespace
}  // namespace opencapf::ca_sim
