// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/base/bytes.hpp"
#include "opencapf/base/result.hpp"

#include <string_view>

namespace opencapf::ca_sim {

/// SubjectAltName in DER out of the value of a SAN request attribute: "dns=a&dns=b&ipaddress=..&email=..&upn=..&url=.."
/// in any order and case, at most 64 names (certsrv.md 6.6). Errors: malformed, naming the part.
Result<Bytes> names_of_attribute(std::string_view value);

}  // namespace opencapf::ca_sim
