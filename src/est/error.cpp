// SPDX-License-Identifier: Apache-2.0
#include "opencapf/est/error.hpp"

#include <array>
#include <openssl/x509_vfy.h>
#include <utility>

namespace opencapf::est {
namespace {

constexpr std::array<std::string_view, 55> kNames = {
    "EST_ERR_NONE",
    "EST_ERR_NO_CTX",
    "EST_ERR_NO_CSR",
    "EST_ERR_NO_CERT",
    "EST_ERR_NO_KEY",
    "EST_ERR_INVALID_PARAMETERS",
    "EST_ERR_LOAD_CACERTS",
    "EST_ERR_LOAD_TRUST_CERTS",
    "EST_ERR_BAD_MODE",
    "EST_ERR_BAD_PKCS10",
    "EST_ERR_HTTP_WRITE",
    "EST_ERR_HTTP_UNSUPPORTED",
    "EST_ERR_HTTP_CANNOT_BUILD_HEADER",
    "EST_ERR_HTTP_BAD_REQ",
    "EST_ERR_HTTP_NOT_FOUND",
    "EST_ERR_HTTP_NO_CONTENT",
    "EST_ERR_HTTP_LOCKED",
    "EST_ERR_HTTP_INVALID_PATH_SEGMENT",
    "EST_ERR_HTTP_PATH_SEGMENT_NOT_SUPPORTED",
    "EST_ERR_BAD_CONTENT_TYPE",
    "EST_ERR_BAD_CONTENT_LEN",
    "EST_ERR_NO_SSL_CTX",
    "EST_ERR_AUTH_FAIL",
    "EST_ERR_AUTH_FAIL_TLSUID",
    "EST_ERR_AUTH_PENDING",
    "EST_ERR_CA_ENROLL_FAIL",
    "EST_ERR_CA_ENROLL_RETRY",
    "EST_ERR_WRONG_METHOD",
    "EST_ERR_X509_SIGN",
    "EST_ERR_X509_VER",
    "EST_ERR_X509_CN",
    "EST_ERR_X509_ATTR",
    "EST_ERR_X509_PUBKEY",
    "EST_ERR_MALLOC",
    "EST_ERR_SSL_WRITE",
    "EST_ERR_SSL_READ",
    "EST_ERR_SSL_NEW",
    "EST_ERR_SSL_CTX_NEW",
    "EST_ERR_SSL_CONNECT",
    "EST_ERR_SSL_CIPHER_LIST",
    "EST_ERR_PEM_READ",
    "EST_ERR_NULL_CALLBACK",
    "EST_ERR_IP_GETADDR",
    "EST_ERR_IP_CONNECT",
    "EST_ERR_INVALID_SERVER_NAME",
    "EST_ERR_INVALID_PORT_NUM",
    "EST_ERR_CLIENT_INVALID_KEY",
    "EST_ERR_CLIENT_NOT_INITIALIZED",
    "EST_ERR_ZERO_LENGTH_BUF",
    "EST_ERR_READ_BUFFER_TOO_SMALL",
    "EST_ERR_BUF_EXCEEDS_MAX_LEN",
    "EST_ERR_NO_CERTIFICATE",
    "EST_ERR_NO_CERTS_FOUND",
    "EST_ERR_FQDN_MISMATCH",
    "EST_ERR_SYSCALL",
};

/// libcurl folds every time-out into code 28 and tells the phase by text only.
EstError timeout_phase(std::string_view text) {
    const auto starts = [&](std::string_view prefix) { return text.substr(0, prefix.size()) == prefix; };
    if (starts("Resolving timed out")) return EstError::ip_getaddr;
    if (starts("SSL connection timeout")) return EstError::ssl_connect;
    if (starts("Connection time") || starts("Failed to connect")) return EstError::ip_connect;
    return EstError::ssl_read;
}

}  // namespace

std::string_view est_error_name(EstError error) noexcept {
    const auto number = est_error_number(error);
    if (number >= 0 && static_cast<std::size_t>(number) < kNames.size())
        return kNames[static_cast<std::size_t>(number)];
    switch (error) {
        case EstError::cacert_verification:
            return "EST_ERR_CACERT_VERIFICATION";
        case EstError::invalid_retry_value:
            return "EST_ERR_INVALID_RETRY_VALUE";
        case EstError::bad_x509:
            return "EST_ERR_BAD_X509";
        case EstError::bad_base64:
            return "EST_ERR_BAD_BASE64";
        default:
            return "EST_ERR_UNKNOWN";
    }
}

bool is_name_mismatch(const http::ClientError& error) {
    if (error.curl_code == 51) return true;
    if (error.curl_code != 60) return false;
    return error.verify_result == X509_V_ERR_HOSTNAME_MISMATCH ||
           error.verify_result == X509_V_ERR_IP_ADDRESS_MISMATCH ||
           error.text.find("subject name") != std::string::npos;
}

EstError from_transport(const http::ClientError& error) {
    if (is_name_mismatch(error)) return EstError::fqdn_mismatch;
    switch (error.curl_code) {
        case 1:
            return EstError::http_unsupported;  // also "HTTP/0.9 not allowed"
        case 3:
            return EstError::invalid_server_name;
        case 5:
        case 6:
            return EstError::ip_getaddr;
        case 7:
            return EstError::ip_connect;
        case 8:
        case 18:
            return EstError::http_unsupported;  // body shorter than Content-Length said
        case 23:
        case 63:
            return EstError::buf_exceeds_max_len;  // our own size cap
        case 27:
            return EstError::malloc_failed;
        case 28:
            return timeout_phase(error.text);
        case 52:
            return EstError::http_not_found;  // closed without a byte: libEST's quirk
        case 55:
            return EstError::ssl_write;
        case 56:
            return EstError::ssl_read;
        case 35:
        case 53:
        case 54:
        case 58:
        case 59:
        case 60:
        case 64:
        case 66:
        case 77:
        case 80:
        case 83:
        case 90:
        case 91:
            return EstError::ssl_connect;
        default:
            return EstError::unknown;
    }
}

EstError from_status(unsigned status) noexcept {
    switch (status) {
        case 200:
        case 202:
            return EstError::none;
        case 204:
            return EstError::http_no_content;
        case 400:
            return EstError::http_bad_req;
        case 401:
            return EstError::auth_fail;
        case 404:
            return EstError::http_not_found;
        case 423:
            return EstError::http_locked;
        default:
            return EstError::unknown;
    }
}

}  // namespace opencapf::est
