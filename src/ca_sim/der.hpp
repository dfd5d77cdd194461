// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/base/bytes.hpp"

#include <cstdint>
#include <initializer_list>
#include <openssl/types.h>
#include <optional>
#include <string>
#include <string_view>

/// The few DER shapes of Microsoft's certificate extensions that OpenSSL has no types for (certsrv.md 6.3).
namespace opencapf::ca_sim::der {

inline constexpr std::uint8_t kInteger = 0x02, kBitString = 0x03, kOctetString = 0x04, kOid = 0x06, kBmpString = 0x1e,
                              kUtf8String = 0x0c, kSequence = 0x30, kSet = 0x31;

inline constexpr const char* kCaVersionOid = "1.3.6.1.4.1.311.21.1";
inline constexpr const char* kTemplateNameOid = "1.3.6.1.4.1.311.20.2";
inline constexpr const char* kTemplateOid = "1.3.6.1.4.1.311.21.7";
inline constexpr const char* kApplicationPoliciesOid = "1.3.6.1.4.1.311.21.10";

/// One element: tag, definite length, content.
Bytes element(std::uint8_t tag, ByteView content);
/// A constructed element of encoded children.
Bytes constructed(std::uint8_t tag, std::initializer_list<Bytes> children);
Bytes unsigned_integer(std::uint64_t value);
/// `dotted` must be a valid OID (config checks it); throws std::invalid_argument otherwise.
Bytes oid(const std::string& dotted);
/// UTF-8 in, UTF-16BE out; what is outside the basic plane or malformed becomes U+FFFD.
Bytes bmp_string(std::string_view utf8);
/// Text of [6] IA5String: a URL in a GeneralName.
Bytes uri(std::string_view text);

/// Dotted text of an OpenSSL object.
std::string oid_text(const ASN1_OBJECT* object);

/// Bounds-checked reader over elements; every method returns nothing when the next element is not of that kind.
class Cursor {
public:
    explicit Cursor(ByteView data) : rest_(data) {}
    /// Content of the next element, which must have `tag`.
    std::optional<Cursor> enter(std::uint8_t tag);
    /// Next element, a BMPString, as UTF-8.
    std::optional<std::string> bmp_string();
    /// Next element, an OBJECT IDENTIFIER, as dotted text.
    std::optional<std::string> oid();
    [[nodiscard]] ByteView rest() const noexcept { return rest_; }

private:
    std::optional<ByteView> take(std::uint8_t tag, bool whole);
    ByteView rest_;
};

}  // namespace opencapf::ca_sim::der
