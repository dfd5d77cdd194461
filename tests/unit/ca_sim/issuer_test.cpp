// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/issuer.hpp"

#include "ca_sim/certificate_extensions.hpp"
#include "ca_sim/der.hpp"
#include "unit/ca_sim/test_pki.hpp"

#include <gmock/gmock.h>
#include <map>

namespace opencapf::ca_sim {
namespace {

using namespace std::chrono_literals;
using test::cisco_ra;
using test::phone_request;
using testing::HasSubstr;

const Requester kRequester{"ciscora", "example.test"};

class IssuerTest : public testing::Test {
protected:
    x509::Certificate issue(const Template& entry, const x509::CertificateRequest& request = phone_request()) {
        const Issuer issuer(test::write_ca(dir_));
        return issuer.issue(request, entry, 0x0c84, kRequester, now_).value();
    }
    /// Dotted OID -> critical.
    static std::map<std::string, bool> extensions(const x509::Certificate& certificate) {
        std::map<std::string, bool> found;
        for (int i = 0; i < X509_get_ext_count(certificate.native()); ++i) {
            X509_EXTENSION* extension = X509_get_ext(certificate.native(), i);
            found[der::oid_text(X509_EXTENSION_get_object(extension))] = X509_EXTENSION_get_critical(extension) != 0;
        }
        return found;
    }
    test::TempDir dir_;
    WallTime now_ = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
};

TEST_F(IssuerTest, CertificateChainsToTheCaAndCarriesTheKey) {
    const x509::Certificate certificate = issue(cisco_ra());
    EXPECT_EQ(certificate.public_key(), test::phone_key().public_key());
    EXPECT_EQ(certificate.subject_rfc2253(), "CN=SEP001122334455,O=OpenCAPF,C=US");
    EXPECT_EQ(certificate.issuer_rfc2253(), "CN=LAB-CA");
    EXPECT_FALSE(certificate.is_ca());
    const x509::TrustStore trust({x509::Certificate::load(dir_.file("ca.pem"))});
    EXPECT_TRUE(trust.verify(certificate)) << trust.verify(certificate).error().message;
    EXPECT_EQ(X509_get_signature_nid(certificate.native()), NID_sha256WithRSAEncryption);
}

TEST_F(IssuerTest, HasTheExtensionsOfAVersionTwoTemplate) {
    const x509::Certificate certificate = issue(cisco_ra());
    const std::map<std::string, bool> expected{{"1.3.6.1.4.1.311.21.7", false},
                                               {"1.3.6.1.4.1.311.21.10", false},
                                               {"2.5.29.37", false},
                                               {"2.5.29.15", true},
                                               {"2.5.29.14", false},
                                               {"2.5.29.35", false},
                                               {"2.5.29.31", false},
                                               {"1.3.6.1.5.5.7.1.1", false}};
    EXPECT_EQ(extensions(certificate), expected);
    const std::string text = certificate.text();
    EXPECT_THAT(text, HasSubstr("Digital Signature, Key Encipherment\n"));
    EXPECT_THAT(text, HasSubstr("TLS Web Server Authentication, IPSec End System"));
    EXPECT_THAT(text, HasSubstr("URI:http://dc.example.test/CertEnroll/LAB-CA.crl"));
    EXPECT_THAT(text, HasSubstr("CA Issuers - URI:http://dc.example.test/CertEnroll/dc.example.test_LAB-CA.crt"));
    const ASN1_OCTET_STRING* authority = X509_get0_authority_key_id(certificate.native());
    const x509::Certificate ca = x509::Certificate::load(dir_.file("ca.pem"));
    ASSERT_NE(authority, nullptr);
    EXPECT_EQ(ASN1_OCTET_STRING_cmp(authority, X509_get0_subject_key_id(ca.native())), 0);
}

TEST_F(IssuerTest, VersionOneTemplateIsNamedByText) {
    Template entry = cisco_ra();
    entry.schema = 1;
    const auto found = extensions(issue(entry));
    EXPECT_TRUE(found.contains("1.3.6.1.4.1.311.20.2"));
    EXPECT_FALSE(found.contains("1.3.6.1.4.1.311.21.7"));
    EXPECT_FALSE(found.contains("1.3.6.1.4.1.311.21.10"));
}

TEST_F(IssuerTest, TemplateWithoutUsagesGetsNone) {
    Template entry = cisco_ra();
    entry.eku.clear();
    entry.key_usage.clear();
    const auto found = extensions(issue(entry));
    EXPECT_FALSE(found.contains("2.5.29.37"));
    EXPECT_FALSE(found.contains("2.5.29.15"));
    EXPECT_FALSE(found.contains("1.3.6.1.4.1.311.21.10"));
}

TEST_F(IssuerTest, ValidityIsTheShortestOfTemplateCaLimitAndCaCertificate) {
    Template entry = cisco_ra();
    const x509::Certificate by_template = issue(entry);
    EXPECT_EQ(by_template.not_before(), now_ - 10min);
    EXPECT_EQ(by_template.not_after(), now_ - 10min + 365 * 24h);
    entry.validity = std::chrono::hours(20 * 365 * 24);
    EXPECT_EQ(issue(entry).not_after(), now_ - 10min + 730 * 24h);
    const Issuer short_lived(test::write_ca(dir_, 30));
    const auto clamped = short_lived.issue(phone_request(), entry, 1, kRequester, now_).value();
    EXPECT_EQ(clamped.not_after(), short_lived.chain().front().not_after());
    const auto late = short_lived.issue(phone_request(), entry, 1, kRequester, now_ + 31 * 24h);
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, Errc::unavailable);
}

TEST_F(IssuerTest, SerialCarriesTheRequestIdTwice) {
    const Bytes serial = make_serial(0x0c84);
    ASSERT_EQ(serial.size(), 19U);
    EXPECT_GE(serial[0], 1);
    EXPECT_LE(serial[0], 0x7f);
    EXPECT_EQ(to_hex(ByteView(serial).subspan(1, 4)), "00000c84");
    EXPECT_EQ(to_hex(ByteView(serial).subspan(13, 2)), "0000");
    EXPECT_EQ(to_hex(ByteView(serial).subspan(15, 4)), "00000c84");
    EXPECT_NE(make_serial(1), make_serial(1));
    const std::string shown = to_lower(issue(cisco_ra()).serial_hex());
    EXPECT_EQ(shown.substr(shown.size() - 12), "000000000c84");
}

TEST_F(IssuerTest, SubjectIsEncodedAgainAndUnknownTypesGo) {
    const auto request = x509::make_request(
        {{"CN", "Z\xc3\xbcrich"}, {"dnQualifier", "dropped"}, {"serialNumber", "PID:CP-8865 SN:1"}}, test::phone_key());
    const x509::Certificate certificate = issue(cisco_ra(), request);
    const X509_NAME* name = X509_get_subject_name(certificate.native());
    ASSERT_EQ(X509_NAME_entry_count(name), 2);
    EXPECT_EQ(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, 0))->type, V_ASN1_UTF8STRING);
    EXPECT_EQ(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, 1))->type, V_ASN1_PRINTABLESTRING);
    EXPECT_EQ(certificate.common_name(), "Z\xc3\xbcrich");
}

TEST_F(IssuerTest, SubjectAboveItsBoundIsMalformed) {
    const Issuer issuer(test::write_ca(dir_));
    const auto request = x509::make_request({{"DC", std::string(300, 'a')}}, test::phone_key());
    const auto result = issuer.issue(request, cisco_ra(), 1, kRequester, now_);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, Errc::malformed);
}

TEST_F(IssuerTest, SubjectMayComeFromTheAccount) {
    Template entry = cisco_ra();
    entry.subject_from_request = false;
    const auto request = test::request_with_extension("2.5.29.17", *from_hex("30078205612e636f6d"));
    const x509::Certificate certificate = issue(entry, request);
    EXPECT_EQ(certificate.subject_rfc2253(), "CN=ciscora,CN=Users,DC=example,DC=test");
    EXPECT_THAT(certificate.text(), Not(HasSubstr("DNS:a.com")));
    EXPECT_THAT(as_text(certificate.der()), HasSubstr("ciscora@example.test")) << "the user principal name";
}

TEST_F(IssuerTest, NamesOfTheRequestGoIntoTheCertificate) {
    const auto request = test::request_with_extension("2.5.29.17", *from_hex("30078205612e636f6d"));
    const x509::Certificate certificate = issue(cisco_ra(), request);
    EXPECT_THAT(certificate.text(), HasSubstr("DNS:a.com"));
    const auto broken = test::request_with_extension("2.5.29.17", *from_hex("3007ff05612e636f6d"));
    EXPECT_FALSE(extensions(issue(cisco_ra(), broken)).contains("2.5.29.17"));
}

TEST_F(IssuerTest, ConstructionRefusesWhatCannotWork) {
    CaConfig config = test::write_ca(dir_);
    write_file_atomically(config.private_key.file, test::phone_key().to_pem(), 0600);
    EXPECT_THROW(Issuer{config}, std::runtime_error);
    config = test::write_ca(dir_);
    write_file_atomically(config.certificate_file, test::make_root(test::ca_key(), "leaf", 10, false).pem(), 0600);
    EXPECT_THROW(Issuer{config}, std::runtime_error);
    config.certificate_file = dir_.file("missing.pem");
    EXPECT_ANY_THROW(Issuer{config});
}

}  // namespace
}  // namespace opencapf::ca_sim
