// SPDX-License-Identifier: Apache-2.0
#include "ntlm_text.hpp"

namespace opencapf::ca_sim {
namespace {

constexpr bool is_high_surrogate(std::uint32_t c) { return c >= 0xd800 && c < 0xdc00; }
constexpr bool is_low_surrogate(std::uint32_t c) { return c >= 0xdc00 && c < 0xe000; }

void append(std::u16string& out, std::uint32_t code) {
    if (code < 0x10000) {
        out.push_back(static_cast<char16_t>(code));
        return;
    }
    out.push_back(static_cast<char16_t>(0xd800 + ((code - 0x10000) >> 10)));
    out.push_back(static_cast<char16_t>(0xdc00 + ((code - 0x10000) & 0x3ff)));
}

void append(std::string& out, std::uint32_t code) {
    const auto tail = [&out, code](int shift) { out.push_back(static_cast<char>(0x80 | ((code >> shift) & 0x3f))); };
    if (code < 0x80) {
        out.push_back(static_cast<char>(code));
    } else if (code < 0x800) {
        out.push_back(static_cast<char>(0xc0 | (code >> 6)));
        tail(0);
    } else if (code < 0x10000) {
        out.push_back(static_cast<char>(0xe0 | (code >> 12)));
        tail(6), tail(0);
    } else {
        out.push_back(static_cast<char>(0xf0 | (code >> 18)));
        tail(12), tail(6), tail(0);
    }
}

/// Length of the sequence a lead byte announces, 0 when it cannot lead.
std::size_t sequence_length(std::uint8_t lead) {
    if (lead < 0x80) return 1;
    if (lead < 0xc2) return 0;
    if (lead < 0xe0) return 2;
    if (lead < 0xf0) return 3;
    return lead < 0xf5 ? 4 : 0;
}

char16_t upper_unit(char16_t c) {
    if (c >= u'a' && c <= u'z') return static_cast<char16_t>(c - 0x20);
    if (c < 0x80) return c;
    if (c == 0xff) return 0x178;
    if (c >= 0xe0 && c <= 0xfe && c != 0xf7) return static_cast<char16_t>(c - 0x20);
    // Latin Extended-A: pairs, upper case even, except two stretches where it is odd. Dotless i keeps its form.
    if (c >= 0x100 && c <= 0x137 && c != 0x131) return static_cast<char16_t>(c & ~1U);
    if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e))
        return static_cast<char16_t>((c % 2) == 0 ? c - 1 : c);
    if (c >= 0x14a && c <= 0x177) return static_cast<char16_t>(c & ~1U);
    if (c == 0x3c2) return 0x3a3;
    if (c >= 0x3b1 && c <= 0x3c9) return static_cast<char16_t>(c - 0x20);
    if (c >= 0x430 && c <= 0x44f) return static_cast<char16_t>(c - 0x20);
    if (c >= 0x450 && c <= 0x45f) return static_cast<char16_t>(c - 0x50);
    return c;
}

}  // namespace

std::optional<std::u16string> utf16_from_utf8(std::string_view text) {
    std::u16string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const auto lead = static_cast<std::uint8_t>(text[at]);
        const std::size_t length = sequence_length(lead);
        if (length == 0 || text.size() - at < length) return std::nullopt;
        std::uint32_t code = length == 1 ? lead : lead & (0x7fU >> length);
        for (std::size_t i = 1; i < length; ++i) {
            const auto byte = static_cast<std::uint8_t>(text[at + i]);
            if ((byte & 0xc0) != 0x80) return std::nullopt;
            code = code << 6 | (byte & 0x3fU);
        }
        const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
        if (overlong || code > 0x10ffff || is_high_surrogate(code) || is_low_surrogate(code)) return std::nullopt;
        append(out, code);
        at += length;
    }
    return out;
}

std::u16string utf16_from_latin1(std::string_view text) {
    std::u16string out;
    out.reserve(text.size());
    for (const char c : text) out.push_back(static_cast<char16_t>(static_cast<std::uint8_t>(c)));
    return out;
}

std::u16string utf16_from_text(std::string_view text) {
    auto decoded = utf16_from_utf8(text);
    return decoded ? *std::move(decoded) : utf16_from_latin1(text);
}

std::optional<std::u16string> utf16_from_le_bytes(ByteView bytes) {
    if (bytes.size() % 2 != 0) return std::nullopt;
    std::u16string out;
    out.reserve(bytes.size() / 2);
    for (std::size_t i = 0; i < bytes.size(); i += 2) {
        out.push_back(static_cast<char16_t>(bytes[i] | bytes[i + 1] << 8));
    }
    return out;
}

std::string utf8_from_utf16(std::u16string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        std::uint32_t code = text[i];
        if (is_high_surrogate(code) && i + 1 < text.size() && is_low_surrogate(text[i + 1])) {
            code = 0x10000 + ((code - 0xd800) << 10) + (text[++i] - 0xdc00U);
        } else if (is_high_surrogate(code) || is_low_surrogate(code)) {
            code = 0xfffd;
        }
        append(out, code);
    }
    return out;
}

Bytes le_bytes(std::u16string_view text) {
    Bytes out;
    out.reserve(text.size() * 2);
    for (const char16_t c : text) {
        out.push_back(static_cast<std::uint8_t>(c & 0xff));
        out.push_back(static_cast<std::uint8_t>(c >> 8));
    }
    return out;
}

std::u16string upper(std::u16string_view text) {
    std::u16string out(text);
    for (char16_t& c : out) c = upper_unit(c);
    return out;
}

}  // namespace opencapf::ca_sim
