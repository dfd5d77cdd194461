// SPDX-License-Identifier: Apache-2.0
#include "ces/server/answers.hpp"

#include "opencapf/base/text.hpp"

namespace opencapf::ces {

std::string_view reason_of(unsigned status) {
    switch (status) {
        case 202:
            return "Accepted";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 408:
            return "Request Timeout";
        case 413:
            return "Payload Too Large";
        case 415:
            return "Unsupported Media Type";
        case 431:
            return "Request Header Fields Too Large";
        case 501:
            return "Not Implemented";
        case 502:
            return "Bad Gateway";
        case 503:
            return "Service Unavailable";
        case 504:
            return "Gateway Timeout";
        case 505:
            return "HTTP Version Not Supported";
        default:
            return "Internal Server Error";
    }
}

Verdict verdict_of(Errc code) {
    switch (code) {
        case Errc::malformed:
            return {400, est::EstError::bad_pkcs10, nullptr};
        case Errc::unauthorized:
            return {401, est::EstError::auth_fail, "The server was unable to authorize the request."};
        case Errc::forbidden:
            return {403, est::EstError::auth_fail, nullptr};
        case Errc::rejected:
            return {403, est::EstError::ca_enroll_fail, nullptr};
        case Errc::conflict:  // already in work: ask again soon
        case Errc::pending:
            return {202, est::EstError::ca_enroll_retry, nullptr};
        case Errc::timeout:
            return {504, est::EstError::ca_enroll_fail, "The certificate authority did not answer in time."};
        case Errc::unreachable:
        case Errc::unavailable:
            return {503, est::EstError::ca_enroll_fail, "The certificate authority is not available."};
        case Errc::tls:
        case Errc::too_large:
        case Errc::protocol:
            return {502, est::EstError::ca_enroll_fail, "The certificate authority did not answer as expected."};
        default:
            return {500, est::EstError::unknown, "The server could not process the request."};
    }
}

std::string error_body(unsigned status, const std::string& text) {
    return "Error " + std::to_string(status) + ": " + std::string(reason_of(status)) + "\n" + printable(text) + "\n";
}

}  // namespace opencapf::ces
