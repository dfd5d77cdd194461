// SPDX-License-Identifier: Apache-2.0
#include "ces/certsrv/curl_text.hpp"

#include <gmock/gmock.h>
#include <openssl/x509_vfy.h>

namespace opencapf::ces {
namespace {

http::ClientError error(int code, std::string text, long verify_result = 0) {
    http::ClientError value;
    value.curl_code = code;
    value.text = std::move(text);
    value.verify_result = verify_result;
    return value;
}

TEST(CurlTextTest, NameMismatchIs51Again) {
    const std::string text =
        "SSL: certificate subject name 'lab-dc' does not match target host name 'lab-dc.michamen.com'";
    const auto legacy = legacy_curl(error(60, text), "lab-dc.michamen.com");
    EXPECT_EQ(legacy.code, 51);
    EXPECT_EQ(legacy.text, text);
    EXPECT_EQ(legacy.original, "");
    const auto by_result =
        legacy_curl(error(60, "SSL certificate problem: hostname mismatch", X509_V_ERR_HOSTNAME_MISMATCH), "h");
    EXPECT_EQ(by_result.code, 51);
    EXPECT_EQ(by_result.text, "SSL: no alternative certificate subject name matches target host name 'h'");
    EXPECT_EQ(by_result.original, "SSL certificate problem: hostname mismatch");
}

TEST(CurlTextTest, SelfSignedServerCertificateReadsAsMissingIssuer) {
    const auto legacy = legacy_curl(
        error(60, "SSL certificate problem: self-signed certificate", X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT), "h");
    EXPECT_EQ(legacy.code, 60);
    EXPECT_EQ(legacy.text, "SSL certificate problem: unable to get local issuer certificate");
    EXPECT_EQ(legacy.original, "SSL certificate problem: self-signed certificate");
    EXPECT_EQ(legacy_curl(error(60, "SSL certificate problem: self-signed certificate"), "h").text, legacy.text);
    const std::string in_chain = "SSL certificate problem: self-signed certificate in certificate chain";
    EXPECT_EQ(legacy_curl(error(60, in_chain), "h").text, in_chain);
}

TEST(CurlTextTest, OtherTexts) {
    const std::string early = "SSL certificate problem: certificate is not yet valid";
    EXPECT_EQ(legacy_curl(error(60, early, X509_V_ERR_CERT_NOT_YET_VALID), "h").text, early);
    const auto dns = legacy_curl(error(6, "Could not resolve host: lab-dcc.michamen.com"), "lab-dcc.michamen.com");
    EXPECT_EQ(dns.text, "Could not resolve: lab-dcc.michamen.com (Domain name not found)");
    EXPECT_EQ(dns.code, 6);
    const std::string slow = "Operation timed out after 10001 milliseconds with 0 bytes received";
    EXPECT_EQ(legacy_curl(error(28, slow), "h").text, slow);
    EXPECT_EQ(legacy_curl(error(35, "a\nb"), "h").text, "a\\x0ab");
}

TEST(CurlTextTest, Kinds) {
    EXPECT_EQ(curl_errc(error(28, "")), Errc::timeout);
    EXPECT_EQ(curl_errc(error(6, "")), Errc::unreachable);
    EXPECT_EQ(curl_errc(error(7, "")), Errc::unreachable);
    EXPECT_EQ(curl_errc(error(56, "")), Errc::unreachable);
    EXPECT_EQ(curl_errc(error(60, "")), Errc::tls);
    EXPECT_EQ(curl_errc(error(23, "")), Errc::too_large);
    EXPECT_EQ(curl_errc(error(1, "")), Errc::protocol);
}

}  // namespace
}  // namespace opencapf::ces
