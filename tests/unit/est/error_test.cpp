// SPDX-License-Identifier: Apache-2.0
#include "opencapf/est/error.hpp"

#include <gmock/gmock.h>
#include <openssl/x509_vfy.h>

namespace opencapf::est {
namespace {

EstError transport(int curl_code, std::string text = "", long verify_result = 0) {
    http::ClientError error;
    error.curl_code = curl_code;
    error.text = std::move(text);
    error.verify_result = verify_result;
    return from_transport(error);
}

TEST(EstErrorTest, NamesAndNumbersAreLibEsts) {
    EXPECT_EQ(est_error_name(EstError::none), "EST_ERR_NONE");
    EXPECT_EQ(est_error_number(EstError::ssl_read), 35);
    EXPECT_EQ(est_error_name(EstError::ssl_read), "EST_ERR_SSL_READ");
    EXPECT_EQ(est_error_number(EstError::auth_fail), 22);
    EXPECT_EQ(est_error_name(EstError::auth_fail), "EST_ERR_AUTH_FAIL");
    EXPECT_EQ(est_error_number(EstError::syscall), 54);
    EXPECT_EQ(est_error_name(EstError::syscall), "EST_ERR_SYSCALL");
    EXPECT_EQ(est_error_name(EstError::http_write), "EST_ERR_HTTP_WRITE");
    EXPECT_EQ(est_error_name(EstError::fqdn_mismatch), "EST_ERR_FQDN_MISMATCH");
    EXPECT_EQ(est_error_name(EstError::unknown), "EST_ERR_UNKNOWN");
    EXPECT_EQ(est_error_name(static_cast<EstError>(-1)), "EST_ERR_UNKNOWN");
}

TEST(EstErrorTest, TransportFailuresBecomeWhatLibEstReturns) {
    EXPECT_EQ(transport(6), EstError::ip_getaddr);
    EXPECT_EQ(transport(7), EstError::ip_connect);
    EXPECT_EQ(transport(35), EstError::ssl_connect);
    EXPECT_EQ(transport(52), EstError::http_not_found);
    EXPECT_EQ(transport(55), EstError::ssl_write);
    EXPECT_EQ(transport(56), EstError::ssl_read);
    EXPECT_EQ(transport(18), EstError::http_unsupported);
    EXPECT_EQ(transport(63), EstError::buf_exceeds_max_len);
    EXPECT_EQ(transport(99), EstError::unknown);
}

TEST(EstErrorTest, CertificateFailureOfTheNameIsItsOwnCode) {
    EXPECT_EQ(transport(60, "SSL certificate problem: unable to get local issuer certificate",
                        X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY),
              EstError::ssl_connect);
    EXPECT_EQ(transport(60, "SSL: no alternative certificate subject name matches target host name 'x'"),
              EstError::fqdn_mismatch);
    EXPECT_EQ(transport(60, "", X509_V_ERR_HOSTNAME_MISMATCH), EstError::fqdn_mismatch);
    EXPECT_EQ(transport(51), EstError::fqdn_mismatch);
}

TEST(EstErrorTest, TimeOutDependsOnThePhase) {
    EXPECT_EQ(transport(28, "Operation timed out after 10001 milliseconds with 0 bytes received"), EstError::ssl_read);
    EXPECT_EQ(transport(28, "Resolving timed out after 10000 milliseconds"), EstError::ip_getaddr);
    EXPECT_EQ(transport(28, "Connection timed out after 10000 milliseconds"), EstError::ip_connect);
    EXPECT_EQ(transport(28, "SSL connection timeout"), EstError::ssl_connect);
}

TEST(EstErrorTest, StatusTable) {
    EXPECT_EQ(from_status(200), EstError::none);
    EXPECT_EQ(from_status(204), EstError::http_no_content);
    EXPECT_EQ(from_status(400), EstError::http_bad_req);
    EXPECT_EQ(from_status(401), EstError::auth_fail);
    EXPECT_EQ(from_status(404), EstError::http_not_found);
    EXPECT_EQ(from_status(423), EstError::http_locked);
    for (const unsigned status : {403U, 405U, 413U, 415U, 500U, 501U, 502U, 503U, 504U})
        EXPECT_EQ(from_status(status), EstError::unknown) << status;
}

}  // namespace
}  // namespace opencapf::est
