// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace opencapf::ca_sim {

/// Results of Windows' certificate services this server can give (certsrv.md 2.6).
using Hresult = std::uint32_t;

namespace hresult {
inline constexpr Hresult kSuccess = 0;
inline constexpr Hresult kUnsupportedTemplate = 0x80094800;
inline constexpr Hresult kNoTemplate = 0x80094801;
inline constexpr Hresult kTemplateConflict = 0x80094802;
inline constexpr Hresult kTemplateDenied = 0x80094012;
inline constexpr Hresult kAdminDenied = 0x80094014;
inline constexpr Hresult kPropertyEmpty = 0x80094004;
inline constexpr Hresult kBadSubject = 0x80094001;
inline constexpr Hresult kBadRequestStatus = 0x80094003;
inline constexpr Hresult kSignatureRejected = 0x8009480b;
inline constexpr Hresult kSignatureCount = 0x8009480a;
inline constexpr Hresult kSignaturePolicy = 0x80094809;
inline constexpr Hresult kKeyLength = 0x80094811;
inline constexpr Hresult kBadTag = 0x8009310b;
inline constexpr Hresult kBadSignature = 0x80090006;
inline constexpr Hresult kServerUnavailable = 0x800706ba;
inline constexpr Hresult kAccessDenied = 0x80070005;
inline constexpr Hresult kBadParameter = 0x80070057;
inline constexpr Hresult kInvalidData = 0x8007000d;
}  // namespace hresult

/// "0x80094800"; success is "0x0".
std::string hresult_hex(Hresult code);
/// System text without the code, e.g. "The requested property value is empty."
std::string_view hresult_text(Hresult code) noexcept;
/// Text, code, signed decimal and symbol: the HRESULT line of the error page (certsrv.md 2.5).
std::string hresult_line(Hresult code);

}  // namespace opencapf::ca_sim
