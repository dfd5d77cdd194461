// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/base/bytes.hpp"
#include "opencapf/base/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace opencapf::est {

inline constexpr std::string_view kTypeCsrAttrs = "application/csrattrs";
inline constexpr std::string_view kOidChallengePassword = "1.2.840.113549.1.9.7";
/// CertificationRequestInfo template (RFC 9908).
inline constexpr std::string_view kOidRequestTemplate = "1.2.840.113549.1.9.16.2.61";

/// One wish of the server: a bare object identifier, or an attribute with the DER of each of its values.
struct CsrAttribute {
    std::string oid;
    std::vector<Bytes> values;
};

/// CsrAttrs of RFC 8951 section 4, in the server's order. What the reader does not know it keeps and asks nobody to
/// obey.
struct CsrAttributes {
    std::vector<CsrAttribute> items;

    [[nodiscard]] const CsrAttribute* find(std::string_view oid) const noexcept;
    /// The server wants the request linked to the TLS session (RFC 7030 section 3.5).
    [[nodiscard]] bool wants_channel_binding() const noexcept { return find(kOidChallengePassword) != nullptr; }
};

/// Reads DER. When there is a template it is the only item (RFC 9908: the rest does not count then). An empty SEQUENCE
/// gives no items. At most 100 items and 100 values of each. Errors: malformed, too_large.
Result<CsrAttributes> read_csrattrs(ByteView der);

}  // namespace opencapf::est
