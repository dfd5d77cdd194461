// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/san_attribute.hpp"

#include "ca_sim/der.hpp"
#include "opencapf/base/text.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <optional>

namespace opencapf::ca_sim {
namespace {

constexpr std::size_t kMaxNames = 64;
constexpr std::size_t kMaxNameBytes = 1024;

// GeneralName's context tags, RFC 5280 section 4.2.1.6.
constexpr std::uint8_t kOtherName = 0xa0, kEmail = 0x81, kDns = 0x82, kUri = 0x86, kAddress = 0x87;
constexpr const char* kUpnOid = "1.3.6.1.4.1.311.20.2.3";
constexpr const char* kGuidOid = "1.3.6.1.4.1.311.25.1";

bool ascii(std::string_view text) noexcept {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

Bytes other_name(const char* oid, const Bytes& value) {
    return der::constructed(kOtherName, {der::oid(oid), der::element(kOtherName, value)});
}

std::optional<Bytes> address(const std::string& text) {
    std::array<std::uint8_t, 16> bytes{};
    for (const auto& [family, length] : {std::pair{AF_INET, 4U}, std::pair{AF_INET6, 16U}}) {
        if (inet_pton(family, text.c_str(), bytes.data()) == 1)
            return der::element(kAddress, ByteView(bytes).first(length));
    }
    return std::nullopt;
}

std::optional<Bytes> general_name(std::string_view type, const std::string& value) {
    if (value.empty() || value.size() > kMaxNameBytes) return std::nullopt;
    if (iequals(type, "dns") && ascii(value)) return der::element(kDns, as_bytes(value));
    if (iequals(type, "email") && ascii(value)) return der::element(kEmail, as_bytes(value));
    if (iequals(type, "url") && ascii(value)) return der::element(kUri, as_bytes(value));
    if (iequals(type, "ipaddress")) return address(value);
    if (iequals(type, "upn")) return other_name(kUpnOid, der::element(der::kUtf8String, as_bytes(value)));
    if (iequals(type, "guid")) {
        const auto bytes = from_hex(value);
        if (bytes && bytes->size() == 16) return other_name(kGuidOid, der::element(der::kOctetString, *bytes));
    }
    return std::nullopt;
}

}  // namespace

Result<Bytes> names_of_attribute(std::string_view value) {
    const auto parts = split(value, '&');
    if (parts.size() > kMaxNames) return fail(Errc::malformed, "more than 64 names in the SAN attribute");
    Bytes content;
    for (const std::string& part : parts) {
        if (trim(part).empty()) continue;
        const std::size_t equals = part.find('=');
        const std::string_view type = trim(std::string_view(part).substr(0, equals));
        std::optional<Bytes> name;
        if (equals != std::string::npos)
            name = general_name(type, std::string(trim(std::string_view(part).substr(equals + 1))));
        if (!name) return fail(Errc::malformed, "SAN attribute: not understood: " + part);
        content.insert(content.end(), name->begin(), name->end());
    }
    if (content.empty()) return fail(Errc::malformed, "the SAN attribute names nothing");
    return der::element(der::kSequence, content);
}

}  // namespace opencapf::ca_sim
