// SPDX-License-Identifier: Apache-2.0
#include "opencapf/capf_protocol/frame.hpp"

#include <stdexcept>

namespace opencapf::capf_protocol {

namespace {

constexpr std::size_t kElementHeader = 3;
constexpr std::uint8_t kCertificateItem = 1;
// The two bytes before the DER of a certificate item: always 00 01 on the wire, meaning not public (3.4).
constexpr std::size_t kItemPrefix = 2;

struct Raw {
    std::uint8_t tag;
    ByteView value;
};

/// Takes one `tag8 len16 value` from the front of `rest`, which is not empty.
Result<Raw> take(ByteView& rest) {
    if (rest.size() < kElementHeader) {
        return fail(Errc::malformed, std::to_string(rest.size()) + " dangling bytes after the last element");
    }
    const std::uint8_t tag = rest[0];
    const std::size_t length = static_cast<std::size_t>(rest[1]) << 8U | rest[2];
    if (length > rest.size() - kElementHeader) {
        return fail(Errc::malformed, "element " + std::to_string(tag) + " of " + std::to_string(length) +
                                         " bytes runs past the end of the body");
    }
    const Raw raw{tag, rest.subspan(kElementHeader, length)};
    rest = rest.subspan(kElementHeader + length);
    return raw;
}

void put_header(Bytes& out, std::uint8_t tag, std::size_t length) {
    if (length > kMaxBody || out.size() + kElementHeader + length > kMaxBody) {
        throw std::length_error("CAPF frame body longer than 65535 bytes");
    }
    out.push_back(tag);
    out.push_back(static_cast<std::uint8_t>(length >> 8U));
    out.push_back(static_cast<std::uint8_t>(length & 0xffU));
}

Error wrong_length(Tag tag, std::size_t length, std::size_t expected) {
    return {Errc::malformed, "element " + std::string(to_string(tag)) + " has " + std::to_string(length) +
                                 " bytes instead of " + std::to_string(expected)};
}

}  // namespace

Result<Elements> Elements::parse(ByteView body, const DecodeOptions& options) {
    Elements elements;
    while (!body.empty()) {
        const auto raw = take(body);
        if (!raw) return fail(raw.error());
        const bool known = is_known(Tag{raw->tag}) && raw->tag <= options.highest_tag;
        if (!known && options.unknown_tag == UnknownTag::refuse) {
            return fail(Errc::protocol, "unknown element " + std::to_string(raw->tag));
        }
        elements.values_[raw->tag] = raw->value;
    }
    return elements;
}

std::optional<ByteView> Elements::find(Tag tag) const noexcept { return values_[static_cast<std::uint8_t>(tag)]; }

Result<std::optional<std::uint8_t>> Elements::find_u8(Tag tag) const {
    const auto value = find(tag);
    if (!value) return std::nullopt;
    if (value->size() != 1) return fail(wrong_length(tag, value->size(), 1));
    return (*value)[0];
}

Result<std::optional<std::uint16_t>> Elements::find_u16(Tag tag) const {
    const auto value = find(tag);
    if (!value) return std::nullopt;
    if (value->size() != 2) return fail(wrong_length(tag, value->size(), 2));
    return static_cast<std::uint16_t>((*value)[0] << 8U | (*value)[1]);
}

std::optional<std::string_view> Elements::find_text(Tag tag) const noexcept {
    const auto value = find(tag);
    if (!value) return std::nullopt;
    std::string_view text = as_text(*value);
    if (text.ends_with('\0')) text.remove_suffix(1);
    return text;
}

ElementWriter& ElementWriter::bytes(Tag tag, ByteView value) {
    put_header(body_, static_cast<std::uint8_t>(tag), value.size());
    body_.insert(body_.end(), value.begin(), value.end());
    return *this;
}

ElementWriter& ElementWriter::u8(Tag tag, std::uint8_t value) { return bytes(tag, ByteView(&value, 1)); }

ElementWriter& ElementWriter::u16(Tag tag, std::uint16_t value) {
    const std::array<std::uint8_t, 2> wire{static_cast<std::uint8_t>(value >> 8U),
                                           static_cast<std::uint8_t>(value & 0xffU)};
    return bytes(tag, wire);
}

ElementWriter& ElementWriter::text(Tag tag, std::string_view value) {
    put_header(body_, static_cast<std::uint8_t>(tag), value.size() + 1);
    body_.insert(body_.end(), value.begin(), value.end());
    body_.push_back(0);
    return *this;
}

ElementWriter& ElementWriter::certificate(ByteView der) {
    put_header(body_, static_cast<std::uint8_t>(Tag::certificate), kElementHeader + kItemPrefix + der.size());
    put_header(body_, kCertificateItem, kItemPrefix + der.size());
    body_.push_back(0);
    body_.push_back(1);
    body_.insert(body_.end(), der.begin(), der.end());
    return *this;
}

Result<Bytes> first_certificate(ByteView element) {
    std::optional<Bytes> first;
    while (!element.empty()) {
        const auto item = take(element);
        if (!item) return fail(item.error().with("CERTIFICATE"));
        if (first) continue;
        if (item->value.size() <= kItemPrefix) return fail(Errc::malformed, "CERTIFICATE holds no certificate");
        const ByteView der = item->value.subspan(kItemPrefix);
        first = Bytes(der.begin(), der.end());
    }
    if (!first) return fail(Errc::malformed, "CERTIFICATE is empty");
    return *std::move(first);
}

}  // namespace opencapf::capf_protocol
