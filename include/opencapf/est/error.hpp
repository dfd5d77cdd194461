// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/http/client.hpp"

#include <string>
#include <string_view>

namespace opencapf::est {

/// libEST's result numbers. 0..54 are the same in 2.0, 2.1 and 3.2, and so in the product's 2.2.0; the later ones
/// follow the 2.0/2.1 column (est.md 4.1; unconfirmed for 2.2.0, never depend on their numbers).
enum class EstError : int {
    none = 0,
    no_ctx = 1,
    no_csr = 2,
    no_cert = 3,
    no_key = 4,
    invalid_parameters = 5,
    load_cacerts = 6,
    load_trust_certs = 7,
    bad_mode = 8,
    bad_pkcs10 = 9,
    http_write = 10,
    http_unsupported = 11,
    http_cannot_build_header = 12,
    http_bad_req = 13,
    http_not_found = 14,
    http_no_content = 15,
    http_locked = 16,
    http_invalid_path_segment = 17,
    http_path_segment_not_supported = 18,
    bad_content_type = 19,
    bad_content_len = 20,
    no_ssl_ctx = 21,
    auth_fail = 22,
    auth_fail_tlsuid = 23,
    auth_pending = 24,
    ca_enroll_fail = 25,
    ca_enroll_retry = 26,
    wrong_method = 27,
    x509_sign = 28,
    x509_ver = 29,
    x509_cn = 30,
    x509_attr = 31,
    x509_pubkey = 32,
    malloc_failed = 33,
    ssl_write = 34,
    ssl_read = 35,
    ssl_new = 36,
    ssl_ctx_new = 37,
    ssl_connect = 38,
    ssl_cipher_list = 39,
    pem_read = 40,
    null_callback = 41,
    ip_getaddr = 42,
    ip_connect = 43,
    invalid_server_name = 44,
    invalid_port_num = 45,
    client_invalid_key = 46,
    client_not_initialized = 47,
    zero_length_buf = 48,
    read_buffer_too_small = 49,
    buf_exceeds_max_len = 50,
    no_certificate = 51,
    no_certs_found = 52,
    fqdn_mismatch = 53,
    syscall = 54,
    cacert_verification = 58,
    invalid_retry_value = 60,
    bad_x509 = 61,
    bad_base64 = 62,
    unknown = 73,
};

/// "EST_ERR_SSL_READ" and so on, as CUCM prints them. Never empty.
std::string_view est_error_name(EstError error) noexcept;

/// "rv = 35 (EST_ERR_SSL_READ)" needs the number and the name: the number.
constexpr int est_error_number(EstError error) noexcept { return static_cast<int>(error); }

/// What libEST's client returns when libcurl reports this failure (est.md section 3, outcome table).
EstError from_transport(const http::ClientError& error);

/// What libEST's client returns for an HTTP status that is no success and no 202; `none` for 200 and 202.
EstError from_status(unsigned status) noexcept;

/// True when TLS failed because the certificate is for another name (libcurl >= 7.62 folds that into code 60).
bool is_name_mismatch(const http::ClientError& error);

}  // namespace opencapf::est
