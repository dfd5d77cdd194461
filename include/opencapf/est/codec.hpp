// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/base/secret.hpp"
#include "opencapf/x509/pkcs7.hpp"
#include "opencapf/x509/request.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace opencapf::est {

/// Media types as they must be spelled on the wire: libEST compares them byte by byte (est.md section 0).
inline constexpr std::string_view kTypeRequest = "application/pkcs10";
inline constexpr std::string_view kTypeCaCerts = "application/pkcs7-mime";
inline constexpr std::string_view kTypeEnrolled = "application/pkcs7-mime; smime-type=certs-only";

/// How many characters stand on one line of base64: libEST needs short lines, strongSwan needs one (EST-S-19).
enum class Wrap { lines_of_64, one_line };

/// base64 of `der`, with a line feed after each line and after the last one, in both forms.
std::string encode_body(ByteView der, Wrap wrap = Wrap::lines_of_64);

/// Liberal reader of RFC 8951 section 3.1: white space anywhere, wrapped or not, with or without final line end.
/// Errors: malformed.
Result<Bytes> decode_body(std::string_view text);

/// True when `content_type` names `media_type`, letter case and parameters aside (EST-S-24, EST-C-19).
bool is_media_type(std::string_view content_type, std::string_view media_type) noexcept;

/// PKCS#10 out of a request body: base64 of any form, or PEM armour (EST-S-20..22); raw DER is refused.
/// Errors: malformed.
Result<x509::CertificateRequest> read_request_body(std::string_view body);

/// Certificates of a certs-only body: base64 of any form, or PEM armour with label PKCS7 or CERTIFICATE.
/// Errors: malformed, not_found (an empty bag).
Result<std::vector<x509::Certificate>> read_certificates_body(std::string_view body);

/// The certificate made for `key`, wherever it stands in the bag (EST-C-20). Errors: not_found.
Result<x509::Certificate> find_issued(const std::vector<x509::Certificate>& bag, const x509::PublicKey& key);

/// The certificates of a /cacerts bag that chain to a self-signed one of the same bag or to one of `anchors`, at this
/// moment, in the bag's order; roots of a renewed CA and their cross-certificates do. The bag came over an authorized
/// session, which is what makes its self-signed ones good (RFC 7030 section 4.1.3). Errors: not_found (none chains),
/// too_large (above 100).
Result<std::vector<x509::Certificate>> verified_ca_certificates(const std::vector<x509::Certificate>& bag,
                                                                const std::vector<x509::Certificate>& anchors);

/// The certificate of `bag` whose name, key identifier and key made `issued`: a renewed CA of the same name is another.
/// Errors: not_found.
Result<x509::Certificate> find_issuer(const std::vector<x509::Certificate>& bag, const x509::Certificate& issued);

/// Retry-After as delta-seconds or HTTP-date (EST-C-15). Nothing when missing, malformed, in the past or above `cap`.
std::optional<std::chrono::seconds> parse_retry_after(std::string_view value, WallTime now,
                                                      std::chrono::seconds cap = std::chrono::hours(24 * 30));

/// User and password out of `Basic <base64>`; nothing when the header is of another scheme or broken. The text before
/// the first colon is the user (RFC 7617), so a password may hold colons.
struct BasicCredentials {
    std::string user;
    Secret password;
};
std::optional<BasicCredentials> parse_basic(std::string_view authorization);

/// True when one of the challenges in `www_authenticate` is of `scheme` ("Basic", "Digest").
bool offers_scheme(std::string_view www_authenticate, std::string_view scheme) noexcept;

}  // namespace opencapf::est
