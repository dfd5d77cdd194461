// SPDX-License-Identifier: Apache-2.0
#include "ces/server/key_generation.hpp"

#include "opencapf/est/codec.hpp"
#include "opencapf/x509/request_details.hpp"
#include "support/pki.hpp"
#include "unit/ces/request_builder.hpp"

#include <gmock/gmock.h>
#include <openssl/cms.h>

namespace opencapf::ces {
namespace {

using opencapf::test::CertificateSpec;
using opencapf::test::issue;
using opencapf::test::make_root;
using test::RequestBuilder;
using testing::HasSubstr;
using x509::PrivateKey;

constexpr const char* kKeyIdOid = "1.2.840.113549.1.9.16.2.54";
constexpr const char* kCapabilitiesOid = "1.2.840.113549.1.9.15";
// SEQUENCE { SEQUENCE { aes256-CBC } }, and the same with DES-EDE3-CBC
const std::string kAes256("\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x01\x2a", 13);
const std::string kDes3("\x30\x0a\x06\x08\x2a\x86\x48\x86\xf7\x0d\x03\x07", 12);

class KeyGeneration : public testing::Test {
protected:
    x509::CertificateRequest request(ByteView key_id, const std::string& capabilities) {
        RequestBuilder builder(client_.key);
        builder.name("CN", "client").extension(NID_subject_alt_name, "DNS:client.example");
        builder.attribute(kKeyIdOid, as_text(key_id), V_ASN1_OCTET_STRING);
        if (!capabilities.empty()) builder.attribute(kCapabilitiesOid, capabilities, V_ASN1_SEQUENCE);
        return builder.sign();
    }
    static Bytes body_of(const Secret& part) {
        const auto text = part.reveal();
        auto der = est::decode_body(text.substr(text.find("\r\n\r\n") + 4));
        return der ? *der : Bytes{};
    }
    opencapf::test::Issued root_ = make_root("Root");
    opencapf::test::Issued client_ = issue(CertificateSpec{"client"}, root_);
    opencapf::test::Issued server_ = issue(CertificateSpec{"server"}, root_);
};

TEST_F(KeyGeneration, S90_TheRequestIsMadeAgainForTheNewKey) {
    const auto pattern = request(Bytes{1}, kAes256);
    const auto made = generate_key(pattern, "P-384");
    ASSERT_TRUE(made);
    EXPECT_EQ(made->key.public_key().curve(), "P-384");
    EXPECT_TRUE(made->csr.verify_signature());
    EXPECT_TRUE(made->csr.public_key() == made->key.public_key());
    EXPECT_EQ(X509_NAME_cmp(X509_REQ_get_subject_name(made->csr.native()), X509_REQ_get_subject_name(pattern.native())),
              0);
    const auto attributes = x509::request_attributes(made->csr);
    ASSERT_EQ(attributes.size(), 1U);  // what was said to this server stays here
    EXPECT_EQ(attributes.front().oid, x509::kExtensionRequestOid);
}

TEST_F(KeyGeneration, S90_PlainKeyIsPkcs8) {
    const KeySigner signer{server_.certificate, server_.key};
    const auto part = key_part(client_.key, std::nullopt, signer);
    ASSERT_TRUE(part);
    EXPECT_THAT(std::string(part->reveal()),
                testing::StartsWith("Content-Type: application/pkcs8\r\nContent-Transfer-Encoding: base64\r\n\r\n"));
    const auto read = PrivateKey::from_pem("-----BEGIN PRIVATE KEY-----\n" + to_base64(body_of(*part), 64) +
                                           "-----END PRIVATE KEY-----\n");
    ASSERT_TRUE(read);
    EXPECT_TRUE(read->public_key() == client_.key.public_key());
}

TEST_F(KeyGeneration, S92_BothPartsInTheOrderOfLibEst) {
    const auto response = key_response(Secret(std::string("Content-Type: a\r\n\r\nAAAA\n")), "BBBB\n");
    const auto type = response.headers.get("Content-Type");
    ASSERT_THAT(std::string(type), testing::StartsWith("multipart/mixed; boundary="));
    const std::string boundary(type.substr(26));
    EXPECT_LE(boundary.size(), 70U);
    EXPECT_EQ(response.body, "--" + boundary + "\r\nContent-Type: a\r\n\r\nAAAA\n\r\n--" + boundary +
                                 "\r\nContent-Type: application/pkcs7-mime; smime-type=certs-only\r\n"
                                 "Content-Transfer-Encoding: base64\r\n\r\nBBBB\n\r\n--" +
                                 boundary + "--\r\n");
    EXPECT_TRUE(response.sensitive);
}

TEST_F(KeyGeneration, S91_UnknownKeysFailAndNeverFallBack) {
    const auto own = x509::key_identifier_of(client_.certificate);
    struct {
        x509::CertificateRequest csr;
        std::optional<x509::Certificate> client;
        const char* reason;
    } rows[] = {
        {request(Bytes{1, 2, 3}, kAes256), client_.certificate, "is not that of your TLS client certificate"},
        {request(own, kAes256), std::nullopt, "is not that of your TLS client certificate"},
        {request(own, ""), client_.certificate, "needs SMIMECapabilities"},
        {request(own, kDes3), client_.certificate, "neither AES-256-CBC nor AES-128-CBC"},
        {RequestBuilder(client_.key).name("CN", "a").attribute("1.2.840.113549.1.9.16.2.37", "x").sign(),
         client_.certificate, "No symmetric key"},
        {RequestBuilder(client_.key).name("CN", "a").attribute(kKeyIdOid, "x").sign(), client_.certificate,
         "cannot be read"},
    };
    for (const auto& row : rows) {
        const auto asked = key_encryption_of(row.csr, row.client);
        ASSERT_FALSE(asked) << row.reason;
        EXPECT_THAT(asked.error().message, HasSubstr(row.reason));
    }
    const auto nothing = key_encryption_of(RequestBuilder(client_.key).name("CN", "a").sign(), std::nullopt);
    ASSERT_TRUE(nothing);
    EXPECT_FALSE(nothing->has_value());
}

template <class T>
std::string bio_bytes(T* bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    return {data, static_cast<std::size_t>(size)};
}

TEST_F(KeyGeneration, S91_EncryptedKeyIsSignedAndEnveloped) {
    const auto asked =
        key_encryption_of(request(x509::key_identifier_of(client_.certificate), kAes256), client_.certificate);
    ASSERT_TRUE(asked && asked->has_value());
    const auto fresh = PrivateKey::generate_ec("P-256");
    const auto part = key_part(fresh, *asked, {server_.certificate, server_.key});
    ASSERT_TRUE(part) << part.error().message;
    EXPECT_THAT(std::string(part->reveal()),
                testing::StartsWith("Content-Type: application/pkcs7-mime; smime-type=server-generated-key\r\n"));

    using Cms = std::unique_ptr<CMS_ContentInfo, x509::FreeWith<CMS_ContentInfo_free>>;
    const Bytes der = body_of(*part);
    const auto* in = der.data();
    const Cms envelope(d2i_CMS_ContentInfo(nullptr, &in, static_cast<long>(der.size())));
    ASSERT_TRUE(envelope);
    const x509::Handle<BIO> opened(BIO_new(BIO_s_mem()));
    ASSERT_EQ(CMS_decrypt(envelope.get(), client_.key.native(), client_.certificate.native(), nullptr, opened.get(),
                          CMS_BINARY),
              1)
        << x509::drain_errors();
    // The content is a SignedData without its ContentInfo.
    const Bytes signed_oid{0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02};
    const std::string content = bio_bytes(opened.get());
    Bytes info = signed_oid;
    const Bytes wrapped = x509::make_der(0xa0, as_bytes(content));
    info.insert(info.end(), wrapped.begin(), wrapped.end());
    info = x509::make_der(0x30, info);
    in = info.data();
    const Cms signed_data(d2i_CMS_ContentInfo(nullptr, &in, static_cast<long>(info.size())));
    ASSERT_TRUE(signed_data) << x509::drain_errors();
    const x509::TrustStore trust({root_.certificate});
    const x509::Handle<BIO> package(BIO_new(BIO_s_mem()));
    ASSERT_EQ(CMS_verify(signed_data.get(), nullptr, trust.native(), nullptr, package.get(), CMS_BINARY), 1)
        << x509::drain_errors();
    const std::string keys = bio_bytes(package.get());
    const auto plain = key_part(fresh, std::nullopt, {server_.certificate, server_.key});
    EXPECT_EQ(to_hex(as_bytes(keys)), to_hex(x509::make_der(0x30, body_of(*plain))));
}

}  // namespace
}  // namespace opencapf::ces
