// SPDX-License-Identifier: Apache-2.0
#include "client_fixture.hpp"

namespace opencapf::est {
namespace {

constexpr const char* kCaCerts = "/.well-known/est/cacerts";
constexpr const char* kCsrAttrs = "/.well-known/est/csrattrs";

std::vector<std::string> names_of(const std::vector<x509::Certificate>& certificates) {
    std::vector<std::string> names;
    for (const auto& certificate : certificates) names.push_back(certificate.common_name());
    return names;
}

TEST_F(EstClient, C01_ReadsCaCertificatesWithoutCredentials) {
    const auto issuing = test::issue({.common_name = "Issuing CA", .ca = true}, pki_.root);
    reply_with({issuing.certificate, pki_.root.certificate});
    const auto result = cacerts(config());
    ASSERT_TRUE(result.ok()) << result.detail;
    EXPECT_THAT(names_of(result.certificates), testing::ElementsAre("Issuing CA", "Lab Root CA"));
    ASSERT_EQ(requests_.size(), 1U);
    EXPECT_EQ(requests_[0].method, "GET");
    EXPECT_EQ(requests_[0].target, kCaCerts);
    EXPECT_FALSE(requests_[0].headers.has("Authorization"));
}

TEST_F(EstClient, C09_TakesTheCertificatesOfARenewedCa) {
    // RFC 4210 section 4.4: two roots of one name, each certified by the other one as well.
    const test::CertificateSpec root{.common_name = "EST CA", .ca = true};
    const auto before = test::make_self_signed(root);
    const auto after = test::make_self_signed(root);
    const auto old_with_new = test::make_certificate(root, before.key.public_key(), after.key, &after.certificate);
    const auto new_with_old = test::make_certificate(root, after.key.public_key(), before.key, &before.certificate);
    reply_with({before.certificate, old_with_new, new_with_old, after.certificate});
    const auto result = cacerts(config());
    ASSERT_TRUE(result.ok()) << result.detail;
    EXPECT_EQ(result.certificates.size(), 4U);
    // The name alone does not tell which of them issued a certificate.
    const auto leaf = test::issue({.common_name = "SEP1"}, after);
    const auto issuer = find_issuer({before.certificate, old_with_new, after.certificate}, leaf.certificate);
    ASSERT_TRUE(issuer);
    EXPECT_EQ(issuer->der(), after.certificate.der());
    EXPECT_FALSE(find_issuer({before.certificate, old_with_new}, leaf.certificate));
}

TEST_F(EstClient, C09_DropsWhatDoesNotVerify) {
    const auto stranger = test::make_root("Stranger");
    const auto orphan = test::issue({.common_name = "Orphan CA", .ca = true}, stranger);
    auto forged = test::CertificateSpec{.common_name = "Forged", .ca = true};
    const auto forged_key = x509::PrivateKey::generate_ec("P-256");
    // Issued in the root's name by a key that is not the root's.
    const auto forgery = test::make_certificate(forged, forged_key.public_key(), stranger.key, &pki_.root.certificate);
    const auto expired = test::issue({.common_name = "Expired CA", .ca = true, .days_from = -10, .days = 5}, pki_.root);
    reply_with({orphan.certificate, forgery, expired.certificate, pki_.root.certificate});
    const auto result = cacerts(config());
    ASSERT_TRUE(result.ok()) << result.detail;
    EXPECT_THAT(names_of(result.certificates), testing::ElementsAre("Lab Root CA"));
    reply_with({orphan.certificate, forgery});
    EXPECT_EQ(cacerts(config()).error, EstError::cacert_verification);
    reply_with(std::vector<x509::Certificate>(101, pki_.root.certificate));
    EXPECT_EQ(cacerts(config()).error, EstError::cacert_verification);
}

TEST_F(EstClient, C11_AnythingBut200OnCaCertsAborts) {
    for (const unsigned status : {201U, 202U, 204U, 400U, 401U, 404U, 500U, 503U}) {
        reply_with({pki_.root.certificate});
        reply_.status = status;
        if (status == 202) reply_.headers.add("Retry-After", "5");
        const auto result = cacerts(config());
        EXPECT_FALSE(result.ok()) << status;
        EXPECT_EQ(result.http_status, status);
        EXPECT_TRUE(result.certificates.empty());
        EXPECT_NE(result.detail, "");
    }
    EXPECT_EQ(requests_.size(), 8U);
}

TEST_F(EstClient, C11_AWrongTypeOrBodyOnCaCertsAborts) {
    reply_with({pki_.root.certificate});
    reply_.headers = {};
    reply_.headers.add("Content-Type", "text/html");
    EXPECT_EQ(cacerts(config()).error, EstError::http_unsupported);
    reply_.headers = {};
    reply_.headers.add("Content-Type", std::string(kTypeCaCerts));
    reply_.body = "<html>";
    EXPECT_EQ(cacerts(config()).error, EstError::cacert_verification);
}

TEST_F(EstClient, C17_UnknownCsrAttributesAreKeptAndAskedOfNobody) {
    // challengePassword, an attribute (id-ecPublicKey: secp384r1), an OID that nobody has given a meaning.
    reply_.headers.add("Content-Type", std::string(kTypeCsrAttrs));
    const Bytes der = {0x30, 0x2a, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x07, 0x30, 0x12,
                       0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x31, 0x07, 0x06, 0x05, 0x2b, 0x81,
                       0x04, 0x00, 0x22, 0x06, 0x09, 0x2b, 0x06, 0x01, 0x04, 0x01, 0x8f, 0x65, 0x89, 0x52};
    reply_.body = encode_body(der);
    const auto result = csrattrs(config());
    ASSERT_TRUE(result.ok()) << result.detail;
    EXPECT_EQ(requests_.back().target, kCsrAttrs);
    EXPECT_FALSE(requests_.back().headers.has("Authorization"));
    ASSERT_EQ(result.attributes.items.size(), 3U);
    EXPECT_TRUE(result.attributes.wants_channel_binding());
    const auto* key = result.attributes.find("1.2.840.10045.2.1");
    ASSERT_NE(key, nullptr);
    EXPECT_THAT(key->values, testing::ElementsAre(Bytes{0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22}));
    EXPECT_EQ(result.attributes.items[2].oid, "1.3.6.1.4.1.2021.1234");
    // They change nothing about an enrolment.
    reply_with({certificate_for(key_.public_key())});
    EXPECT_TRUE(enroll(config()).ok());
}

TEST_F(EstClient, C17_NoCsrAttributesInEveryFormOfSayingSo) {
    for (const unsigned status : {204U, 404U, 501U}) {
        reply_ = {};
        reply_.status = status;
        const auto result = csrattrs(config());
        EXPECT_TRUE(result.ok()) << status << result.detail;
        EXPECT_TRUE(result.attributes.items.empty());
    }
    for (const std::string body : {"MAA=\n", "MAA=", ""}) {
        reply_ = {};
        reply_.headers.add("Content-Type", std::string(kTypeCsrAttrs));
        reply_.body = body;
        const auto result = csrattrs(config());
        EXPECT_TRUE(result.ok()) << result.detail;
        EXPECT_TRUE(result.attributes.items.empty());
    }
}

TEST_F(EstClient, C17_ATemplateWinsOverTheRest) {
    reply_.headers.add("Content-Type", std::string(kTypeCsrAttrs));
    // challengePassword; attribute id-aa-certificationRequestInfoTemplate with one (here: empty) value.
    const Bytes der = {0x30, 0x1e, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x07, 0x30, 0x11, 0x06,
                       0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x02, 0x3d, 0x31, 0x02, 0x30, 0x00};
    reply_.body = encode_body(der);
    const auto result = csrattrs(config());
    ASSERT_TRUE(result.ok()) << result.detail;
    ASSERT_EQ(result.attributes.items.size(), 1U);
    EXPECT_EQ(result.attributes.items[0].oid, kOidRequestTemplate);
    EXPECT_FALSE(result.attributes.wants_channel_binding());
}

TEST_F(EstClient, C17_BrokenCsrAttributesAreAnError) {
    const Bytes good = {0x30, 0x0b, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x07};
    ASSERT_TRUE(read_csrattrs(good));
    for (std::size_t size = 0; size < good.size(); ++size) EXPECT_FALSE(read_csrattrs(ByteView(good).first(size)));
    Bytes longer = good;
    longer.push_back(0);
    EXPECT_FALSE(read_csrattrs(longer));
    EXPECT_FALSE(read_csrattrs(Bytes{0x30, 0x80, 0x00, 0x00}));              // indefinite length
    EXPECT_FALSE(read_csrattrs(Bytes{0x30, 0x02, 0x05, 0x00}));              // NULL
    EXPECT_FALSE(read_csrattrs(Bytes{0x30, 0x84, 0xff, 0xff, 0xff, 0xff}));  // longer than there is
    Bytes many{0x30, 0x82, 0x01, 0x2f};
    for (int i = 0; i < 101; ++i) many.insert(many.end(), {0x06, 0x01, 0x2a});
    const auto refused = read_csrattrs(many);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::too_large);
    reply_.headers.add("Content-Type", std::string(kTypeCsrAttrs));
    reply_.body = "!!!!";
    EXPECT_EQ(csrattrs(config()).error, EstError::bad_base64);
    reply_.body = encode_body(Bytes{0x31, 0x00});
    EXPECT_FALSE(csrattrs(config()).ok());
    reply_.headers = {};
    reply_.headers.add("Content-Type", "text/html");
    EXPECT_EQ(csrattrs(config()).error, EstError::http_unsupported);
    reply_with_status(500);
    EXPECT_FALSE(csrattrs(config()).ok());
}

TEST_F(EstClient, C18_GetFollowsRedirectsWithinTheServer) {
    at_[kCaCerts] = redirect_to("/.well-known/est/lab/cacerts");
    at_["/.well-known/est/lab/cacerts"] =
        redirect_to("https://LOCALHOST:" + std::to_string(server_.port()) + "/elsewhere");
    reply_with({pki_.root.certificate});
    const auto result = cacerts(config());
    ASSERT_TRUE(result.ok()) << result.detail;
    ASSERT_EQ(requests_.size(), 3U);
    EXPECT_EQ(requests_[2].target, "/elsewhere");
    EXPECT_EQ(server_.connections(), 3U);  // each is verified anew
}

TEST_F(EstClient, C18_GetFollowsNoRedirectToAnotherOriginNorForEver) {
    reply_with({pki_.root.certificate});
    const std::string port = std::to_string(server_.port());
    for (const std::string& location :
         {"http://localhost:" + port + "/x", "https://127.0.0.1:" + port + "/x", std::string("https://localhost:1/x"),
          "https://user:word@localhost:" + port + "/x", std::string(), std::string("file:///etc/passwd")}) {
        requests_.clear();
        at_[kCaCerts] = redirect_to(location);
        const auto result = cacerts(config());
        EXPECT_FALSE(result.ok()) << location;
        EXPECT_THAT(result.detail, testing::HasSubstr("redirect"));
        EXPECT_EQ(requests_.size(), 1U) << location;
    }
    requests_.clear();
    at_[kCaCerts] = redirect_to(kCaCerts);
    EXPECT_FALSE(cacerts(config()).ok());
    EXPECT_EQ(requests_.size(), 4U);
}

}  // namespace
}  // namespace opencapf::est
