// SPDX-License-Identifier: Apache-2.0
#include "opencapf/x509/certificate.hpp"

#include "opencapf/base/text.hpp"
#include "opencapf/x509/pkcs7.hpp"
#include "support/error_queue.hpp"
#include "support/pki.hpp"
#include "support/temp_dir.hpp"

#include <array>
#include <cstdio>
#include <gmock/gmock.h>
#include <memory>
#include <openssl/x509v3.h>

namespace opencapf::x509 {
namespace {

using test::CertificateSpec;
using test::TempDir;
using ::testing::HasSubstr;

class CertificateTest : public test::ErrorQueueTest {};
class Pkcs7Test : public test::ErrorQueueTest {};
class TrustStoreTest : public test::ErrorQueueTest {};

const test::Issued& root() {
    static const test::Issued kRoot = test::make_root("Root");
    return kRoot;
}

const test::Issued& leaf() {
    static const test::Issued kLeaf = [] {
        CertificateSpec spec{"leaf"};
        spec.key_usage = "digitalSignature,keyEncipherment";
        return test::issue(spec, root());
    }();
    return kLeaf;
}

void write(const std::string& path, std::string_view content) {
    write_file_atomically(path, content, 0600, Durability::survives_process);
}

std::string output_of(const std::string& command) {
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
    std::string text;
    std::array<char, 4096> buffer{};
    for (std::size_t count; (count = std::fread(buffer.data(), 1, buffer.size(), pipe.get())) > 0;)
        text.append(buffer.data(), count);
    return text;
}

std::string as_string(const Bytes& bytes) { return std::string(as_text(bytes)); }

TEST_F(CertificateTest, TellsItsParts) {
    const auto& certificate = leaf().certificate;
    EXPECT_EQ(certificate.common_name(), "leaf");
    EXPECT_EQ(certificate.subject_oneline(), "/CN=leaf");
    EXPECT_EQ(certificate.issuer_rfc2253(), "CN=Root");
    EXPECT_EQ(certificate.not_after() - certificate.not_before(), std::chrono::hours(365 * 24));
    EXPECT_EQ(certificate.public_key(), leaf().key.public_key());
    EXPECT_FALSE(certificate.self_issued());
    EXPECT_TRUE(root().certificate.self_issued());
    EXPECT_THAT(certificate.text(), HasSubstr("Subject: CN = leaf"));
    EXPECT_EQ(from_hex(certificate.serial_hex())->size(), 2U);
}

TEST_F(CertificateTest, TellsKeyUsageAndCaFlag) {
    const auto usage = leaf().certificate.key_usage();
    EXPECT_TRUE(usage.present && usage.digital_signature && usage.key_encipherment);
    EXPECT_FALSE(usage.key_cert_sign);
    EXPECT_FALSE(leaf().certificate.is_ca());
    EXPECT_TRUE(root().certificate.is_ca());
    EXPECT_FALSE(root().certificate.key_usage().present);
    CertificateSpec spec{"sub", {}, true};
    spec.key_usage = "keyCertSign,cRLSign";
    const auto sub = test::issue(spec, root()).certificate;
    EXPECT_TRUE(sub.is_ca() && sub.key_usage().key_cert_sign);
    EXPECT_FALSE(sub.key_usage().digital_signature);
}

TEST_F(CertificateTest, RoundTripsDerAndPem) {
    const auto& certificate = leaf().certificate;
    EXPECT_EQ(Certificate::from_der(certificate.der())->der(), certificate.der());
    EXPECT_EQ(Certificate::from_pem(certificate.pem())->der(), certificate.der());
    const auto crlf = certificate.pem("\r\n");
    EXPECT_THAT(crlf, ::testing::EndsWith("-----END CERTIFICATE-----\r\n"));
    EXPECT_EQ(Certificate::from_pem(crlf)->der(), certificate.der());
    const auto both = Certificate::all_from_pem("text\n" + certificate.pem() + root().key.to_pem() +
                                                root().certificate.pem() + "more text");
    ASSERT_TRUE(both);
    ASSERT_EQ(both->size(), 2U);
    EXPECT_EQ((*both)[1].der(), root().certificate.der());
}

TEST_F(CertificateTest, RefusesTrailingBytesCutsAndOtherPem) {
    Bytes der = leaf().certificate.der();
    for (std::size_t length = 0; length < der.size(); length += 7)
        ASSERT_FALSE(Certificate::from_der(ByteView(der).first(length))) << length;
    der.push_back(0);
    EXPECT_FALSE(Certificate::from_der(der));
    EXPECT_FALSE(Certificate::from_pem(leaf().key.to_pem()));
    EXPECT_FALSE(Certificate::from_pem("no PEM"));
}

TEST_F(CertificateTest, BrokenExtensionLeavesNoErrorBehind) {
    Bytes der = leaf().certificate.der();
    // id-ce-basicConstraints, critical, OCTET STRING { SEQUENCE {} }: the sequence becomes an integer of no bytes.
    const Bytes constraints = from_hex("0603551d130101ff04023000").value();
    const auto at = std::search(der.begin(), der.end(), constraints.begin(), constraints.end());
    ASSERT_NE(at, der.end());
    *(at + 10) = 0x02;
    const auto certificate = Certificate::from_der(der);
    ASSERT_TRUE(certificate);
    EXPECT_FALSE(certificate->is_ca());
}

TEST_F(CertificateTest, LoadsPemAndDerFilesAndNamesThePath) {
    const TempDir dir;
    write(dir.file("c.pem"), leaf().certificate.pem());
    write(dir.file("c.der"), as_text(leaf().certificate.der()));
    write(dir.file("bad"), "nothing");
    EXPECT_EQ(Certificate::load(dir.file("c.pem")).der(), leaf().certificate.der());
    EXPECT_EQ(Certificate::load(dir.file("c.der")).der(), leaf().certificate.der());
    for (const auto* name : {"bad", "none"}) {
        try {
            Certificate::load(dir.file(name));
            FAIL() << "loaded " << name;
        } catch (const std::runtime_error& error) {
            EXPECT_THAT(error.what(), HasSubstr(dir.file(name)));
        }
    }
}

TEST_F(CertificateTest, KeysRoundTripSignAndVerify) {
    const auto key = PrivateKey::from_pem(leaf().key.to_pem());
    ASSERT_TRUE(key);
    EXPECT_EQ(key->public_key(), leaf().key.public_key());
    EXPECT_EQ(key->public_key().type(), KeyType::ec);
    EXPECT_EQ(key->public_key().bits(), 256);
    for (const auto digest : {Digest::sha1, Digest::sha256, Digest::sha512}) {
        const auto signature = key->sign(digest, as_bytes("data"));
        ASSERT_TRUE(signature);
        EXPECT_TRUE(key->public_key().verify(digest, as_bytes("data"), *signature));
        EXPECT_FALSE(key->public_key().verify(digest, as_bytes("date"), *signature));
    }
    EXPECT_FALSE(PrivateKey::from_pem("garbage"));
    EXPECT_FALSE(PrivateKey::from_pem(leaf().certificate.pem()));
    const auto& spki = key->public_key().spki_der();
    EXPECT_EQ(PublicKey::from_spki_der(spki)->spki_der(), spki);
    EXPECT_FALSE(PublicKey::from_spki_der(ByteView(spki).first(spki.size() - 1)));
    Bytes longer = spki;
    longer.push_back(0);
    EXPECT_FALSE(PublicKey::from_spki_der(longer));
}

TEST_F(CertificateTest, InnerRsaKeyIsWhatCucmStores) {
    const auto key = PrivateKey::generate_rsa(2048);
    EXPECT_EQ(key.public_key().inner_key().size(), 270U);
    EXPECT_EQ(key.public_key().bits(), 2048);
    EXPECT_EQ(key.public_key().type(), KeyType::rsa);
    const auto pem = PrivateKey::from_pem(key.to_pem());
    EXPECT_EQ(pem->public_key(), key.public_key());
}

TEST_F(Pkcs7Test, HasNoContentNoDigestsAndNoSigners) {
    const Bytes der = make_certs_only({leaf().certificate, root().certificate});
    const Bytes& first = leaf().certificate.der();
    const Bytes& second = root().certificate.der();
    // RFC 5272 section 4.1: SEQUENCE { signedData, [0] { SEQUENCE { 1, SET {}, SEQUENCE { data }, [0] certs, SET {}}}}
    const auto hex = to_hex(der);
    EXPECT_THAT(hex, HasSubstr("06092a864886f70d010702"));
    EXPECT_THAT(hex, HasSubstr("0201013100300b06092a864886f70d010701a082"));
    EXPECT_THAT(hex, ::testing::EndsWith(to_hex(first) + to_hex(second) + "3100"));
}

TEST_F(Pkcs7Test, OpensslReadsItInTheOrderGiven) {
    const TempDir dir;
    write(dir.file("bag.p7b"), as_string(make_certs_only({leaf().certificate, root().certificate})));
    const auto text = output_of("openssl pkcs7 -inform DER -print_certs -noout -in " + dir.file("bag.p7b") + " 2>&1");
    const auto first = text.find("subject=CN = leaf");
    const auto second = text.find("subject=CN = Root");
    ASSERT_NE(first, std::string::npos) << text;
    ASSERT_NE(second, std::string::npos) << text;
    EXPECT_LT(first, second);
}

TEST_F(Pkcs7Test, RoundTripsInEveryWrapping) {
    const Bytes der = make_certs_only({leaf().certificate, root().certificate});
    const auto pem = [&](const std::string& label, const char* eol) {
        return "-----BEGIN " + label + "-----" + eol + to_base64(der, 64, eol) + "-----END " + label + "-----" + eol;
    };
    for (const auto& text :
         {as_string(der), to_base64(der), to_base64(der, 64, "\r\n"), pem("PKCS7", "\n"), pem("CERTIFICATE", "\r\n")}) {
        const auto certificates = read_certs_only(as_bytes(text));
        ASSERT_TRUE(certificates) << text;
        ASSERT_EQ(certificates->size(), 2U);
        EXPECT_EQ((*certificates)[0].der(), leaf().certificate.der());
        EXPECT_EQ((*certificates)[1].der(), root().certificate.der());
    }
}

TEST_F(Pkcs7Test, EmptyBagAndGarbageAreToldApart) {
    EXPECT_EQ(read_certs_only(make_certs_only({})).error().code, Errc::not_found);
    Bytes der = make_certs_only({leaf().certificate});
    for (const auto& text : {std::string(), std::string("garbage!"), std::string("MAA="), as_string({0x30, 0x00}),
                             leaf().certificate.pem(), as_string(der).substr(0, der.size() - 5)}) {
        const auto certificates = read_certs_only(as_bytes(text));
        ASSERT_FALSE(certificates) << text;
        EXPECT_EQ(certificates.error().code, Errc::malformed);
    }
    der.push_back(0);
    EXPECT_FALSE(read_certs_only(der));
}

TEST_F(TrustStoreTest, AcceptsWhatItsCertificatesIssued) {
    const TrustStore store({root().certificate});
    EXPECT_TRUE(store.verify(leaf().certificate));
    EXPECT_TRUE(store.verify(root().certificate));
    CertificateSpec spec{"Intermediate", {}, true};
    const auto intermediate = test::issue(spec, root());
    const auto below = test::issue(CertificateSpec{"below"}, intermediate);
    EXPECT_FALSE(store.verify(below.certificate));
    EXPECT_TRUE(store.verify(below.certificate, {intermediate.certificate}));
}

TEST_F(TrustStoreTest, RefusesUnknownIssuersAndSaysWhose) {
    const TrustStore store({test::make_root("Other").certificate});
    const auto verified = store.verify(leaf().certificate);
    ASSERT_FALSE(verified);
    EXPECT_EQ(verified.error().code, Errc::tls);
    EXPECT_THAT(verified.error().message, ::testing::AllOf(HasSubstr("/CN=leaf"), HasSubstr("/CN=Root")));
    EXPECT_FALSE(TrustStore({}).verify(leaf().certificate));
    // Same name, other key: the signature decides.
    EXPECT_FALSE(TrustStore({test::make_root("Root").certificate}).verify(leaf().certificate));
}

TEST_F(TrustStoreTest, RefusesExpiredAndFutureCertificates) {
    const TrustStore store({root().certificate});
    for (const auto& [from, days, text] : {std::tuple(-10, 5, "expired"), std::tuple(5, 10, "not yet valid")}) {
        CertificateSpec spec{"dated"};
        spec.days_from = from;
        spec.days = days;
        const auto verified = store.verify(test::issue(spec, root()).certificate);
        ASSERT_FALSE(verified);
        EXPECT_THAT(verified.error().message, HasSubstr(text));
    }
}

TEST_F(TrustStoreTest, RefusesAnIssuerThatIsNoCa) {
    const auto below = test::issue(CertificateSpec{"below"}, leaf());
    EXPECT_FALSE(TrustStore({root().certificate}).verify(below.certificate, {leaf().certificate}));
}

TEST_F(TrustStoreTest, LoadsDirectoriesAndFiles) {
    const TempDir dir;
    write(dir.file("b.pem"), root().certificate.pem());
    write(dir.file("a.der"), as_text(leaf().certificate.der()));
    write(dir.file("ignored.txt"), "nothing");
    const auto store = TrustStore::load_directory(dir.path());
    ASSERT_EQ(store.certificates().size(), 2U);
    EXPECT_EQ(store.certificates()[0].common_name(), "leaf");  // name order
    write(dir.file("all.txt"), store.pem());
    EXPECT_EQ(TrustStore::load_file(dir.file("all.txt")).certificates().size(), 2U);
    EXPECT_THROW(TrustStore::load_file(dir.file("ignored.txt")), std::runtime_error);
    write(dir.file("c.crt"), "broken");
    EXPECT_THROW(TrustStore::load_directory(dir.path()), std::runtime_error);
    EXPECT_THROW(TrustStore::load_directory(dir.file("none")), std::runtime_error);
}

TEST_F(TrustStoreTest, TakesTheSameCertificateTwice) {
    const TrustStore store({root().certificate, root().certificate});
    EXPECT_TRUE(store.verify(leaf().certificate));
}

}  // namespace
}  // namespace opencapf::x509
