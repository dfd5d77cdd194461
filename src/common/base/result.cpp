// SPDX-License-Identifier: Apache-2.0
#include "opencapf/base/result.hpp"

namespace opencapf {

std::string_view to_string(Errc code) noexcept {
    switch (code) {
        case Errc::malformed:
            return "malformed";
        case Errc::protocol:
            return "protocol";
        case Errc::unauthorized:
            return "unauthorized";
        case Errc::forbidden:
            return "forbidden";
        case Errc::not_found:
            return "not_found";
        case Errc::conflict:
            return "conflict";
        case Errc::too_large:
            return "too_large";
        case Errc::timeout:
            return "timeout";
        case Errc::closed:
            return "closed";
        case Errc::unreachable:
            return "unreachable";
        case Errc::tls:
            return "tls";
        case Errc::rejected:
            return "rejected";
        case Errc::pending:
            return "pending";
        case Errc::unavailable:
            return "unavailable";
        case Errc::crypto:
            return "crypto";
        case Errc::io:
            return "io";
        case Errc::config:
            return "config";
        case Errc::internal:
            return "internal";
    }
    return "internal";
}

Error Error::with(std::string_view context) const { return Error{code, std::string(context) + ": " + message}; }

}  // namespace opencapf
