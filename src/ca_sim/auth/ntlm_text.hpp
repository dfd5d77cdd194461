// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/base/bytes.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace opencapf::ca_sim {

/// Strict UTF-8 to UTF-16; nothing on overlong forms, surrogates, values above U+10FFFF or broken sequences.
std::optional<std::u16string> utf16_from_utf8(std::string_view text);
/// One byte, one character (ISO 8859-1): what NTLM clients without Unicode and old Basic clients mean.
std::u16string utf16_from_latin1(std::string_view text);
/// UTF-8 when it is valid UTF-8, Latin-1 otherwise.
std::u16string utf16_from_text(std::string_view text);
/// Nothing when `bytes` has an odd length.
std::optional<std::u16string> utf16_from_le_bytes(ByteView bytes);
/// A lone surrogate becomes U+FFFD.
std::string utf8_from_utf16(std::u16string_view text);
Bytes le_bytes(std::u16string_view text);

/// Upper case as NTLM's key derivation needs it: single code units, no locale; ASCII, Latin-1, Latin Extended-A, Greek
/// and Cyrillic. Other characters stay.
std::u16string upper(std::u16string_view text);

}  // namespace opencapf::ca_sim
