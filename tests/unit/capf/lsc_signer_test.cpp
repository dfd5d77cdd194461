// SPDX-License-Identifier: Apache-2.0
#include "capf/issuer/lsc_signer.hpp"

#include "opencapf/base/text.hpp"
#include "support/pki.hpp"
#include "support/temp_dir.hpp"

#include <cstdio>
#include <gmock/gmock.h>
#include <memory>

namespace opencapf::capf {
namespace {

using namespace std::chrono_literals;
using test::TempDir;
using ::testing::HasSubstr;

/// What openssl(1) says, standard error included.
std::string openssl(const std::string& arguments) {
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(("openssl " + arguments + " 2>&1").c_str(), "r"), pclose);
    std::string text;
    char buffer[4096];
    while (const auto count = fread(buffer, 1, sizeof buffer, pipe.get())) text.append(buffer, count);
    return text;
}

/// A CAPF certificate as pki_capf of setup/pki.sh makes it, with its key in one file.
class LscSignerTest : public ::testing::Test {
protected:
    LscSigner make(const std::string& key_kind = "-newkey ec -pkeyopt ec_paramgen_curve:P-256",
                   const std::string& extensions =
                       "-addext basicConstraints=critical,CA:TRUE,pathlen:0 "
                       "-addext keyUsage=digitalSignature,keyCertSign",
                   int days = 400) {
        openssl("req -x509 " + key_kind + " -nodes -days " + std::to_string(days) + " -keyout " + key_ + " -out " +
                ca_ + " -config " + config_ + " -subj '/C=US/O=OpenCAPF/OU=lab/CN=CAPF-12345678/ST=nc/L=rtp' " +
                extensions);
        net::TlsServerConfig tls;
        tls.certificate_file = ca_;
        tls.private_key = key_;
        return LscSigner::load(tls);
    }
    void SetUp() override { write_file_atomically(config_, "[req]\ndistinguished_name=dn\n[dn]\n"); }

    const LscContent content_{"CP-8865-SEP001122334455", "SEP001122334455", 24h};
    const x509::PrivateKey phone_ = x509::PrivateKey::generate_ec("P-256");
    TempDir dir_;
    const std::string ca_ = dir_.file("capf.pem"), key_ = dir_.file("capf.key"), config_ = dir_.file("openssl.cnf"),
                      lsc_ = dir_.file("lsc.pem");
};

TEST_F(LscSignerTest, TheProfileIsTheReferences) {
    const LscSigner signer = make();
    const auto now = std::chrono::system_clock::now();
    const auto lsc = signer.sign(content_, phone_.public_key(), now);
    ASSERT_TRUE(lsc) << lsc.error().message;
    write_file_atomically(lsc_, lsc->pem());
    EXPECT_EQ(openssl("verify -x509_strict -purpose sslclient -CAfile " + ca_ + ' ' + lsc_), lsc_ + ": OK\n");
    EXPECT_EQ(lsc->subject_oneline(), "/CN=CP-8865-SEP001122334455/C=US/O=OpenCAPF/OU=lab/ST=nc/L=rtp");
    EXPECT_EQ(lsc->issuer_oneline(), signer.certificate().subject_oneline());
    EXPECT_TRUE(lsc->public_key() == phone_.public_key());
    EXPECT_EQ(lsc->not_before(), std::chrono::floor<std::chrono::seconds>(now));
    EXPECT_EQ(lsc->not_after(), lsc->not_before() + 24h);
    const std::string text = openssl("x509 -noout -text -in " + lsc_);
    EXPECT_THAT(text, HasSubstr("Version: 3"));
    EXPECT_THAT(text, HasSubstr("Signature Algorithm: ecdsa-with-SHA256"));
    EXPECT_THAT(text, HasSubstr("X509v3 Basic Constraints: critical\n                CA:FALSE"));
    EXPECT_THAT(text, HasSubstr("X509v3 Key Usage: critical\n                Digital Signature, Key Encipherment\n"));
    EXPECT_THAT(text, HasSubstr("TLS Web Server Authentication, TLS Web Client Authentication, IPSec End System"));
    EXPECT_THAT(text, HasSubstr("X509v3 Subject Alternative Name: \n                URI:SEP001122334455\n"));
    EXPECT_THAT(text, HasSubstr("X509v3 Subject Key Identifier"));
    EXPECT_THAT(text, HasSubstr("X509v3 Authority Key Identifier"));
}

TEST_F(LscSignerTest, SerialsAre128RandomBits) {
    const LscSigner signer = make();
    const auto now = std::chrono::system_clock::now();
    const auto first = signer.sign(content_, phone_.public_key(), now);
    const auto second = signer.sign(content_, phone_.public_key(), now);
    EXPECT_NE(first->serial_hex(), second->serial_hex());
    // All leading zeros would take 2^-64.
    EXPECT_GT(first->serial_hex().size(), 16u);
    EXPECT_LE(first->serial_hex().size(), 32u);
}

TEST_F(LscSignerTest, AnRsaKeySignsWithSha256) {
    const LscSigner signer = make("-newkey rsa:2048");
    const auto lsc = signer.sign(content_, phone_.public_key(), std::chrono::system_clock::now());
    ASSERT_TRUE(lsc) << lsc.error().message;
    write_file_atomically(lsc_, lsc->pem());
    EXPECT_THAT(openssl("x509 -noout -text -in " + lsc_), HasSubstr("sha256WithRSAEncryption"));
    EXPECT_EQ(openssl("verify -CAfile " + ca_ + ' ' + lsc_), lsc_ + ": OK\n");
}

TEST_F(LscSignerTest, NoLscOutlivesItsIssuer) {
    const LscSigner signer = make();
    LscContent content = content_;
    content.validity = 24h * 1825;
    const auto lsc = signer.sign(content, phone_.public_key(), std::chrono::system_clock::now());
    ASSERT_TRUE(lsc) << lsc.error().message;
    EXPECT_EQ(lsc->not_after(), signer.certificate().not_after());
    const auto late = signer.sign(content, phone_.public_key(), signer.certificate().not_after() + 1s);
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, Errc::unavailable);
}

TEST_F(LscSignerTest, RefusesACertificateThatMayNotSign) {
    const auto problem = [this](const std::string& extensions) -> std::string {
        try {
            make("-newkey ec -pkeyopt ec_paramgen_curve:P-256", extensions);
        } catch (const std::runtime_error& error) {
            return error.what();
        }
        return "none";
    };
    EXPECT_THAT(problem("-addext basicConstraints=critical,CA:FALSE"), HasSubstr(ca_ + ": may not sign certificates"));
    EXPECT_THAT(problem("-addext basicConstraints=critical,CA:TRUE -addext keyUsage=digitalSignature"),
                HasSubstr("keyCertSign"));
    EXPECT_EQ(problem("-addext basicConstraints=critical,CA:TRUE"), "none");
}

TEST_F(LscSignerTest, RefusesTheKeyOfAnother) {
    const LscSigner signer = make();
    EXPECT_THROW(LscSigner(signer.certificate(), x509::PrivateKey::generate_ec("P-256")), std::runtime_error);
}

}  // namespace
}  // namespace opencapf::capf
