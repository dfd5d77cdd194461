// SPDX-License-Identifier: Apache-2.0
#include "ces/server/csr_check.hpp"

#include "opencapf/est/codec.hpp"
#include "opencapf/x509/request_details.hpp"
#include "unit/ces/request_builder.hpp"

#include <gmock/gmock.h>

namespace opencapf::ces {
namespace {

using test::RequestBuilder;
using testing::HasSubstr;
using x509::PrivateKey;

const PrivateKey& ec_key() {
    static const PrivateKey key = PrivateKey::generate_ec("P-256");
    return key;
}
const PrivateKey& short_rsa_key() {
    static const PrivateKey key = PrivateKey::generate_rsa(1024);
    return key;
}

/// What the checks together say: empty when they take the request.
std::string verdict(const x509::CertificateRequest& csr, const CsrRules& rules = {}) {
    const auto read = read_csr(est::encode_body(csr.der()));
    if (!read) return read.error().message;
    const auto content = check_csr_content(*read, rules);
    if (!content) return content.error().message;
    const auto proof = check_csr_proof(*read, rules);
    return proof ? std::string() : proof.error().message;
}

RequestBuilder sane() {
    RequestBuilder builder(ec_key());
    builder.name("CN", "SEP001122334455");
    return builder;
}

std::string many_names(int count) {
    std::string names = "DNS:a0.example";
    for (int i = 1; i < count; ++i) names += ",DNS:a" + std::to_string(i) + ".example";
    return names;
}

struct Row {
    const char* name;
    std::function<x509::CertificateRequest()> make;
    const char* reason;  ///< part of the refusal; empty: taken
};
std::ostream& operator<<(std::ostream& out, const Row& row) { return out << row.name; }

class S102_CsrSanity : public testing::TestWithParam<Row> {};

TEST_P(S102_CsrSanity, IsDecidedBeforeTheCa) {
    const std::string said = verdict(GetParam().make());
    if (*GetParam().reason == '\0')
        EXPECT_EQ(said, "");
    else
        EXPECT_THAT(said, HasSubstr(GetParam().reason));
}

const Bytes kTemplateName{0x1e, 0x04, 0x00, 0x44, 0x00, 0x43};

INSTANTIATE_TEST_SUITE_P(
    Rows, S102_CsrSanity,
    testing::Values(
        Row{"plain", [] { return sane().sign(); }, ""},
        Row{"with_names", [] { return sane().extension(NID_subject_alt_name, many_names(100)).sign(); }, ""},
        Row{"sha384", [] { return sane().sign(EVP_sha384()); }, ""},
        Row{"sha1", [] { return sane().sign(EVP_sha1()); }, "algorithm of its signature"},
        Row{"rsa_1024", [] { return RequestBuilder(short_rsa_key()).name("CN", "a").sign(); }, "has 1024 bits"},
        Row{"odd_curve", [] { return RequestBuilder(PrivateKey::generate_ec("secp256k1")).name("CN", "a").sign(); },
            "curve of its key"},
        Row{"nul_in_name", [] { return RequestBuilder(ec_key()).name("CN", std::string_view("a\0b", 3)).sign(); },
            "control character"},
        Row{"line_end_in_name", [] { return RequestBuilder(ec_key()).name("CN", "a\r\nSet-Cookie: x").sign(); },
            "control character"},
        Row{"high_bytes_in_printable",
            [] { return RequestBuilder(ec_key()).name("CN", "\xe9", V_ASN1_PRINTABLESTRING).sign(); }, "not text"},
        Row{"long_name",
            [] {
                return RequestBuilder(ec_key())
                    .name("serialNumber", std::string(60, 'x'))
                    .name("UID", std::string(600, 'x'))
                    .sign();
            },
            "longer than 512"},
        Row{"many_parts",
            [] {
                RequestBuilder builder(ec_key());
                for (int i = 0; i < 40; ++i) builder.name("OU", "x");
                return builder.sign();
            },
            "more than 32 parts"},
        Row{"empty_subject", [] { return RequestBuilder(ec_key()).sign(); }, "its subject is empty"},
        Row{"ca", [] { return sane().extension(NID_basic_constraints, "CA:TRUE").sign(); }, "CA certificate"},
        Row{"no_ca", [] { return sane().extension(NID_basic_constraints, "CA:FALSE").sign(); }, ""},
        Row{"cert_sign", [] { return sane().extension(NID_key_usage, "keyCertSign").sign(); }, "signs certificates"},
        Row{"crl_sign", [] { return sane().extension(NID_key_usage, "cRLSign").sign(); }, "signs certificates"},
        Row{"too_many_names", [] { return sane().extension(NID_subject_alt_name, many_names(101)).sign(); },
            "more than 100 subjectAltNames"},
        Row{"nul_in_alternative_name",
            [] {
                const Bytes der{0x30, 0x05, 0x82, 0x03, 'a', 0x00, 'b'};
                return sane().raw_extension("2.5.29.17", der).sign();
            },
            "control character"},
        Row{"high_bytes_in_alternative_name",
            [] {
                const Bytes der{0x30, 0x03, 0x82, 0x01, 0xe9};
                return sane().raw_extension("2.5.29.17", der).sign();
            },
            "not text"},
        Row{"broken_alternative_name",
            [] {
                const Bytes der{0x30, 0x05, 0x82, 0x01};
                return sane().raw_extension("2.5.29.17", der).sign();
            },
            "cannot be read"},
        Row{"same_extension_twice",
            [] {
                return sane()
                    .extension(NID_key_usage, "digitalSignature")
                    .extension(NID_key_usage, "keyAgreement")
                    .sign();
            },
            "twice"},
        Row{"template_extension", [] { return sane().raw_extension("1.3.6.1.4.1.311.20.2", kTemplateName).sign(); },
            "names a certificate template"},
        Row{"template_attribute",
            [] { return sane().attribute("1.3.6.1.4.1.311.13.2.1", "CertificateTemplate").sign(); },
            "names a certificate template"},
        Row{"challenge_password", [] { return sane().attribute("challengePassword", "abc").sign(); }, ""}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(S60_Signature, EveryFlippedByteIsRefused) {
    const Bytes der = sane().sign().der();
    for (std::size_t i = 0; i < der.size(); ++i) {
        Bytes broken = der;
        broken[i] ^= 1;
        const auto read = read_csr(est::encode_body(broken));
        const bool taken = read && check_csr_content(*read, {}) && check_csr_proof(*read, {});
        EXPECT_FALSE(taken) << "byte " << i;
    }
}

TEST(S102_Names, TextThatIsNoUtf8IsRefused) {
    Bytes der = RequestBuilder(ec_key()).name("CN", "QZQZ").sign().der();
    const std::string_view text = "QZQZ";
    const auto at = std::search(der.begin(), der.end(), text.begin(), text.end());
    ASSERT_NE(at, der.end());
    *at = 0xc3;
    const auto read = read_csr(est::encode_body(der));
    EXPECT_FALSE(read && check_csr_content(*read, {}));
}

TEST(S102_Shape, EveryTruncationIsRefused) {
    const Bytes der = sane().extension(NID_subject_alt_name, "DNS:a.example").sign().der();
    for (std::size_t size = 0; size < der.size(); ++size)
        EXPECT_FALSE(read_csr(est::encode_body(ByteView(der).first(size)))) << size;
}

TEST(S102_Shape, TrailingBytesAreRefused) {
    Bytes der = sane().sign().der();
    der.push_back(0);
    const auto read = read_csr(est::encode_body(der));
    ASSERT_FALSE(read);
    EXPECT_THAT(read.error().message, HasSubstr("bytes after"));
}

TEST(S102_Shape, DeepAsn1IsRefusedUnparsed) {
    Bytes nested{0x05, 0x00};
    for (int i = 0; i < 60; ++i) nested = x509::make_der(0x30, nested);
    const auto read = read_csr(est::encode_body(nested));
    ASSERT_FALSE(read);
    EXPECT_THAT(read.error().message, HasSubstr("nested too deep"));
}

TEST(S102_Shape, CountlessAsn1IsRefusedUnparsed) {
    Bytes many;
    for (int i = 0; i < 5'000; ++i) many.insert(many.end(), {0x05, 0x00});
    const auto read = read_csr(est::encode_body(x509::make_der(0x30, many)));
    ASSERT_FALSE(read);
    EXPECT_THAT(read.error().message, HasSubstr("too many"));
}

TEST(S102_Shape, OddLengthsAreRefused) {
    const std::vector<Bytes> corpus{{},
                                    {0x30},
                                    {0x30, 0x80, 0x00, 0x00},
                                    {0x30, 0x84, 0xff, 0xff, 0xff, 0xff},
                                    {0x30, 0x85, 0x01, 0x00, 0x00, 0x00, 0x00},
                                    {0x30, 0xff},
                                    {0x30, 0x02, 0x30, 0x7f},
                                    {0x3f, 0x81, 0x01, 0x00},
                                    {0x30, 0x03, 0x02, 0x05, 0x00}};
    for (const auto& der : corpus) EXPECT_FALSE(x509::check_der(der, 24, 4'000)) << to_hex(der);
    EXPECT_TRUE(x509::check_der(sane().sign().der(), 24, 4'000));
}

TEST(S102_Rules, AreConfiguration) {
    CsrRules rules;
    rules.rsa_min_bits = 1024;
    EXPECT_EQ(verdict(RequestBuilder(short_rsa_key()).name("CN", "a").sign(), rules), "");
    rules.digests = {"SHA1"};
    EXPECT_EQ(verdict(sane().sign(EVP_sha1()), rules), "");
    rules = {};
    rules.subject_required = false;
    EXPECT_THAT(verdict(RequestBuilder(ec_key()).sign(), rules), HasSubstr("names nobody"));
    EXPECT_EQ(verdict(RequestBuilder(ec_key()).extension(NID_subject_alt_name, "DNS:a.example").sign(), rules), "");
    rules.curves = {"P-384"};
    EXPECT_THAT(verdict(sane().sign(), rules), HasSubstr("curve"));
}

}  // namespace
}  // namespace opencapf::ces
