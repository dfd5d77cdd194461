// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/hresult.hpp"

#include <array>
#include <fmt/format.h>

namespace opencapf::ca_sim {
namespace {

struct Entry {
    Hresult code;
    std::string_view number;  ///< what stands before the symbol; empty = signed decimal
    std::string_view symbol;
    std::string_view text;
};

// Symbols and texts as Windows' own header files and message tables name them.
constexpr std::array<Entry, 19> kTable{{
    {hresult::kSuccess, "WIN32: 0", "", "The operation completed successfully."},
    {hresult::kUnsupportedTemplate, "", "CERTSRV_E_UNSUPPORTED_CERT_TYPE",
     "The requested certificate template is not supported by this CA."},
    {hresult::kNoTemplate, "", "CERTSRV_E_NO_CERT_TYPE", "The request contains no certificate template information."},
    {hresult::kTemplateConflict, "", "CERTSRV_E_TEMPLATE_CONFLICT",
     "The request contains conflicting template information."},
    {hresult::kTemplateDenied, "", "CERTSRV_E_TEMPLATE_DENIED",
     "The permissions on the certificate template do not allow the current user to enroll for this type of "
     "certificate."},
    {hresult::kAdminDenied, "", "CERTSRV_E_ADMIN_DENIED_REQUEST",
     "The request was denied by a certificate manager or CA administrator."},
    {hresult::kPropertyEmpty, "", "CERTSRV_E_PROPERTY_EMPTY", "The requested property value is empty."},
    {hresult::kBadSubject, "", "CERTSRV_E_BAD_REQUESTSUBJECT", "The request subject name is invalid or too long."},
    {hresult::kBadRequestStatus, "", "CERTSRV_E_BAD_REQUESTSTATUS",
     "The request's current status does not allow this operation."},
    {hresult::kSignaturePolicy, "", "CERTSRV_E_SIGNATURE_POLICY_REQUIRED",
     "The request is missing required signature policy information."},
    {hresult::kSignatureCount, "", "CERTSRV_E_SIGNATURE_COUNT",
     "The request is missing one or more required signatures."},
    {hresult::kSignatureRejected, "", "CERTSRV_E_SIGNATURE_REJECTED",
     "One or more signatures did not include the required application or issuance policies."},
    {hresult::kKeyLength, "", "CERTSRV_E_KEY_LENGTH",
     "The public key does not meet the minimum size required by the specified certificate template."},
    {hresult::kBadTag, "ASN: 267", "CRYPT_E_ASN1_BADTAG", "ASN1 bad tag value met."},
    {hresult::kBadSignature, "", "NTE_BAD_SIGNATURE", "Invalid Signature."},
    {hresult::kServerUnavailable, "WIN32: 1722", "RPC_S_SERVER_UNAVAILABLE", "The RPC server is unavailable."},
    {hresult::kAccessDenied, "WIN32: 5", "ERROR_ACCESS_DENIED", "Access is denied."},
    {hresult::kBadParameter, "WIN32: 87", "ERROR_INVALID_PARAMETER", "The parameter is incorrect."},
    {hresult::kInvalidData, "WIN32: 13", "ERROR_INVALID_DATA", "The data is invalid."},
}};

constexpr Entry kUnknown{0, "", "", "Unspecified error."};

const Entry& find(Hresult code) noexcept {
    for (const Entry& entry : kTable) {
        if (entry.code == code) return entry;
    }
    return kUnknown;
}

}  // namespace

std::string hresult_hex(Hresult code) { return fmt::format("{:#x}", code); }

std::string_view hresult_text(Hresult code) noexcept { return find(code).text; }

std::string hresult_line(Hresult code) {
    const Entry& entry = find(code);
    std::string detail =
        entry.number.empty() ? std::to_string(static_cast<std::int32_t>(code)) : std::string(entry.number);
    if (!entry.symbol.empty()) {
        detail += ' ';
        detail += entry.symbol;
    }
    return fmt::format("{} {:#x} ({})", entry.text, code, detail);
}

}  // namespace opencapf::ca_sim
