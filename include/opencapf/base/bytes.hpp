// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace opencapf {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

inline ByteView as_bytes(std::string_view text) noexcept {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(ByteView bytes) noexcept {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Lower-case hex without separators.
std::string to_hex(ByteView bytes);
/// Accepts upper and lower case and ASCII white space between digits; nothing on any other character or an odd count.
std::optional<Bytes> from_hex(std::string_view text);

/// RFC 4648 section 4. `columns` > 0 breaks lines every `columns` characters with `eol`, also after the last line
/// (RFC 7468 wants 64); 0 gives one line without a final line end.
std::string to_base64(ByteView bytes, std::size_t columns = 0, std::string_view eol = "\n");
/// Liberal reader of RFC 8951 section 3.1: skips CR, LF, blank and tab anywhere; nothing on other characters or padding
/// in the wrong place. Missing padding is refused.
std::optional<Bytes> from_base64(std::string_view text);

/// Compares in time that depends on the lengths only.
bool equal_constant_time(ByteView a, ByteView b) noexcept;

/// `count` bytes from the operating system's generator (OpenSSL RAND_bytes). Throws std::runtime_error when it fails.
Bytes random_bytes(std::size_t count);

}  // namespace opencapf
