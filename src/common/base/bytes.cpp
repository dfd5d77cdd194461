// SPDX-License-Identifier: Apache-2.0
#include "opencapf/base/bytes.hpp"

#include <array>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdexcept>

namespace opencapf {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kBase64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

constexpr std::array<std::int8_t, 256> make_base64_table() {
    std::array<std::int8_t, 256> table{};
    for (auto& entry : table) entry = -1;
    for (std::size_t i = 0; i < kBase64Digits.size(); ++i)
        table[static_cast<unsigned char>(kBase64Digits[i])] = static_cast<std::int8_t>(i);
    return table;
}
constexpr auto kBase64Values = make_base64_table();

}  // namespace

std::string to_hex(ByteView bytes) {
    std::string text;
    text.reserve(bytes.size() * 2);
    for (auto byte : bytes) {
        text += kHexDigits[byte >> 4];
        text += kHexDigits[byte & 15];
    }
    return text;
}

std::optional<Bytes> from_hex(std::string_view text) {
    Bytes bytes;
    int high = -1;
    for (char c : text) {
        if (is_space(c)) continue;
        const int value = hex_value(c);
        if (value < 0) return std::nullopt;
        if (high < 0) {
            high = value;
        } else {
            bytes.push_back(static_cast<std::uint8_t>(high * 16 + value));
            high = -1;
        }
    }
    if (high >= 0) return std::nullopt;
    return bytes;
}

std::string to_base64(ByteView bytes, std::size_t columns, std::string_view eol) {
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4 + (columns > 0 ? bytes.size() / columns * 2 + 4 : 0));
    std::size_t column = 0;
    auto put = [&](char c) {
        text += c;
        if (columns > 0 && ++column == columns) {
            text += eol;
            column = 0;
        }
    };
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::size_t left = bytes.size() - i;
        const std::uint32_t group = (std::uint32_t{bytes[i]} << 16) |
                                    (left > 1 ? std::uint32_t{bytes[i + 1]} << 8 : 0) |
                                    (left > 2 ? std::uint32_t{bytes[i + 2]} : 0);
        put(kBase64Digits[group >> 18]);
        put(kBase64Digits[(group >> 12) & 63]);
        put(left > 1 ? kBase64Digits[(group >> 6) & 63] : '=');
        put(left > 2 ? kBase64Digits[group & 63] : '=');
    }
    if (columns > 0 && column > 0) text += eol;
    return text;
}

std::optional<Bytes> from_base64(std::string_view text) {
    Bytes bytes;
    bytes.reserve(text.size() / 4 * 3);
    std::uint32_t group = 0;
    int count = 0;
    int padding = 0;
    for (char c : text) {
        if (is_space(c)) continue;
        if (c == '=') {
            ++padding;
            if (++count > 4 || padding > 2 || count - padding < 2) return std::nullopt;
            group <<= 6;
        } else {
            const int value = kBase64Values[static_cast<unsigned char>(c)];
            if (value < 0 || padding > 0) return std::nullopt;
            group = (group << 6) | static_cast<std::uint32_t>(value);
            ++count;
        }
        if (count < 4) continue;
        bytes.push_back(static_cast<std::uint8_t>(group >> 16));
        if (padding < 2) bytes.push_back(static_cast<std::uint8_t>((group >> 8) & 0xff));
        if (padding < 1) bytes.push_back(static_cast<std::uint8_t>(group & 0xff));
        group = 0;
        count = padding > 0 ? 5 : 0;  // 5: nothing may follow padding
    }
    if (count != 0 && count != 5) return std::nullopt;
    return bytes;
}

bool equal_constant_time(ByteView a, ByteView b) noexcept {
    return a.size() == b.size() && (a.empty() || CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0);
}

Bytes random_bytes(std::size_t count) {
    Bytes bytes(count);
    if (count > 0 && RAND_bytes(bytes.data(), static_cast<int>(count)) != 1)
        throw std::runtime_error("the system's random number generator failed");
    return bytes;
}

}  // namespace opencapf
