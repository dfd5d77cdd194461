// SPDX-License-Identifier: Apache-2.0
#include "opencapf/est/codec.hpp"

#include <gmock/gmock.h>

namespace opencapf::est {
namespace {

using namespace std::chrono_literals;

const x509::PrivateKey& key() {
    static const x509::PrivateKey value = x509::PrivateKey::generate_ec("P-256");
    return value;
}

const x509::CertificateRequest& csr() {
    static const x509::CertificateRequest value = x509::make_request({{"CN", "SEP001122334455"}}, key());
    return value;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
    return text;
}

TEST(EstCodecTest, DefaultFormHasLinesOf64AndAFinalLineFeed) {
    const Bytes der(100, 0xA5);
    const std::string body = encode_body(der);
    EXPECT_EQ(body.find('\n'), 64U);
    EXPECT_EQ(body.back(), '\n');
    EXPECT_EQ(body.find('\r'), std::string::npos);
    EXPECT_EQ(body.size(), 136U + 3U);
}

TEST(EstCodecTest, UnwrappedFormIsOneLineWithAFinalLineFeed) {
    const std::string body = encode_body(Bytes(3000, 1), Wrap::one_line);
    EXPECT_EQ(body.find('\n'), body.size() - 1);
    EXPECT_EQ(body.size(), 4001U);
}

TEST(EstCodecTest, ReaderTakesEveryFormClientsSend) {
    const std::string wrapped = encode_body(csr().der());
    const std::string one_line = replaced(wrapped, "\n", "");
    const std::vector<std::string> forms = {wrapped,
                                            one_line,
                                            replaced(wrapped, "\n", "\r\n"),
                                            wrapped + "\r\n",
                                            "  " + replaced(wrapped, "\n", "\n  "),
                                            csr().pem(),
                                            replaced(csr().pem(), "CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST")};
    for (const auto& form : forms) {
        const auto read = read_request_body(form);
        ASSERT_TRUE(read) << form << read.error().message;
        EXPECT_EQ(read->der(), csr().der());
    }
}

TEST(EstCodecTest, ReaderRefusesWhatIsNoRequest) {
    const std::string raw(csr().der().begin(), csr().der().end());
    Bytes trailing = csr().der();
    trailing.push_back(0);
    for (const std::string& bad : {std::string(), std::string("!!!!"), std::string("AAAA"), raw,
                                   std::string("-----BEGIN CERTIFICATE REQUEST-----\nAAAA"), encode_body(trailing)}) {
        const auto read = read_request_body(bad);
        ASSERT_FALSE(read);
        EXPECT_EQ(read.error().code, Errc::malformed);
    }
}

TEST(EstCodecTest, CertificatesBodyRefusesGarbage) {
    EXPECT_FALSE(read_certificates_body("MAA=\n"));
    EXPECT_FALSE(read_certificates_body("<html>"));
    EXPECT_FALSE(read_certificates_body(encode_body(csr().der())));
    const auto empty = read_certificates_body(encode_body(x509::make_certs_only({})));
    ASSERT_FALSE(empty);
    EXPECT_EQ(empty.error().code, Errc::not_found);
}

TEST(EstCodecTest, MediaTypesCompareWithoutCaseAndParameters) {
    EXPECT_TRUE(is_media_type("application/pkcs10", kTypeRequest));
    EXPECT_TRUE(is_media_type("Application/PKCS10; charset=utf-8", kTypeRequest));
    EXPECT_TRUE(is_media_type("application/pkcs7-mime;smime-type=certs-only", kTypeCaCerts));
    EXPECT_FALSE(is_media_type("application/pkcs10x", kTypeRequest));
    EXPECT_FALSE(is_media_type("", kTypeRequest));
}

TEST(EstCodecTest, RetryAfterInBothForms) {
    const WallTime now = std::chrono::system_clock::from_time_t(784111777);  // Sun, 06 Nov 1994 08:49:37 GMT
    EXPECT_EQ(parse_retry_after("120", now), 120s);
    EXPECT_EQ(parse_retry_after(" 0 ", now), 0s);
    EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:50:37 GMT", now), 60s);
    EXPECT_FALSE(parse_retry_after("Sun, 06 Nov 1994 08:48:37 GMT", now));
    EXPECT_FALSE(parse_retry_after("", now));
    EXPECT_FALSE(parse_retry_after("-5", now));
    EXPECT_FALSE(parse_retry_after("soon", now));
    EXPECT_FALSE(parse_retry_after("5x", now));
    EXPECT_FALSE(parse_retry_after("99999999999999999999", now));
    EXPECT_FALSE(parse_retry_after("3600", now, 60s));
}

TEST(EstCodecTest, BasicCredentials) {
    const auto pair = [](std::string_view text) { return "Basic " + to_base64(as_bytes(text)); };
    auto read = parse_basic(pair("LAB\\ciscora:pass:word"));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->user, "LAB\\ciscora");
    EXPECT_EQ(read->password.reveal(), "pass:word");
    EXPECT_TRUE(parse_basic("bASIC   " + to_base64(as_bytes("u:"))));
    EXPECT_FALSE(parse_basic(""));
    EXPECT_FALSE(parse_basic("Basic"));
    EXPECT_FALSE(parse_basic("Basic ????"));
    EXPECT_FALSE(parse_basic(pair("nocolon")));
    EXPECT_FALSE(parse_basic(pair(":emptyuser")));
    EXPECT_FALSE(parse_basic(pair(std::string_view("u:pass\0junk", 11))));
    EXPECT_FALSE(parse_basic(pair("u:pass\n")));
    EXPECT_FALSE(parse_basic("Bearer abcd"));
}

TEST(EstCodecTest, ChallengeWithBasic) {
    EXPECT_TRUE(offers_scheme("Basic realm=\"estrealm\"", "Basic"));
    EXPECT_TRUE(offers_scheme("Digest realm=\"a\", qop=\"auth\", basic realm=\"b\"", "Basic"));
    EXPECT_FALSE(offers_scheme("Bearer realm=\"basic\"", "Basic"));
    EXPECT_FALSE(offers_scheme("", "Basic"));
}

}  // namespace
}  // namespace opencapf::est
