// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/base/result.hpp"
#include "opencapf/http/client.hpp"

#include <string>

namespace opencapf::ces {

/// A libcurl failure in the numbers and words of the libcurl that CUCM ships (certsrv.md 7.2, item 6).
struct LegacyCurl {
    int code = 0;
    std::string text;
    std::string original;  ///< today's libcurl text where it differs, else empty
};
LegacyCurl legacy_curl(const http::ClientError& error, const std::string& host);

/// What kind of failure it is: timeout, unreachable, tls, too_large or protocol.
Errc curl_errc(const http::ClientError& error) noexcept;

}  // namespace opencapf::ces
