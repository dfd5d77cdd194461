// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/base/result.hpp"
#include "opencapf/est/error.hpp"

#include <string>
#include <string_view>

namespace opencapf::ces {

/// The phrase of a status line.
std::string_view reason_of(unsigned status);

/// The one table from our errors to the wire (EST-S-49, EST-S-78).
struct Verdict {
    unsigned status;
    est::EstError number;
    const char* text;  ///< sentence for the client; null = the error's own message, which is meant for it
};
Verdict verdict_of(Errc code);

/// libEST's form of an error body; `text` is escaped.
std::string error_body(unsigned status, const std::string& text);

}  // namespace opencapf::ces
