// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/x509/builder.hpp"
#include "opencapf/x509/certificate.hpp"
#include "opencapf/x509/request.hpp"

#include <optional>
#include <string>
#include <vector>

// openssl/types.h leaves this one out.
using GENERAL_NAMES = struct stack_st_GENERAL_NAME;

/// What an authority looks at in a request before it lets anybody sign it. All functions are thread-safe.
namespace opencapf::x509 {

inline constexpr const char* kChallengePasswordOid = "1.2.840.113549.1.9.7";
inline constexpr const char* kExtensionRequestOid = "1.2.840.113549.1.9.14";
inline constexpr const char* kMicrosoftExtensionRequestOid = "1.3.6.1.4.1.311.2.1.14";
inline constexpr const char* kSubjectAltNameOid = "2.5.29.17";
inline constexpr const char* kClientAuthOid = "1.3.6.1.5.5.7.3.2";
inline constexpr const char* kCmcRaOid = "1.3.6.1.5.5.7.3.28";

/// Walks the elements of `der` without building anything: definite lengths only, every element inside its parent,
/// nothing after the first one, at most `max_depth` levels and `max_elements` elements. Errors: malformed, too_large.
Result<void> check_der(ByteView der, std::size_t max_depth, std::size_t max_elements);

struct RequestAttribute {
    std::string oid;
    std::vector<Bytes> values;  ///< DER of each value
};
/// The attributes in the order of the request.
std::vector<RequestAttribute> request_attributes(const CertificateRequest& request);
/// The extensions asked for, of both PKCS#9's attribute and Microsoft's. Errors: malformed.
Result<std::vector<Extension>> requested_extensions(const CertificateRequest& request);
/// The content of a string value (challengePassword, say); nothing when `der` is no string.
std::optional<std::string> string_value(ByteView der);
/// The content of an OCTET STRING.
std::optional<Bytes> octets_value(ByteView der);

/// Dotted OIDs.
std::string key_algorithm(const CertificateRequest& request);
std::string signature_algorithm(const CertificateRequest& request);
/// Name of the digest of the signature: "SHA256"; empty when the algorithm has none of its own or is not known.
std::string signature_digest(const CertificateRequest& request);

/// DER inside the subjectAltName extension; empty without one.
Bytes subject_alt_name_der(const Certificate& certificate);
/// "DNS:a.example", "email:a@example", "URI:...", "IP:192.0.2.1", "other": one text for each name. Malformed DER gives
/// nothing.
std::vector<std::string> alternative_names(ByteView subject_alt_name);
/// Does the extended key usage name `oid`? False without the extension.
bool has_extended_key_usage(const Certificate& certificate, const std::string& oid);
/// The subjectKeyIdentifier extension, or the SHA-1 over the key where there is none (RFC 5280 section 4.2.1.2).
Bytes key_identifier_of(const Certificate& certificate);

/// Numbers of a name that is sane, or what is wrong with it: a value with control bytes, text that is not of its
/// string type's alphabet, more than `max_entries` entries, or an entry longer than `max_bytes`. Errors: malformed.
Result<std::size_t> check_name(const X509_NAME* name, std::size_t max_entries, std::size_t max_bytes);
/// The same for the text of a subjectAltName. Errors: malformed, too_large.
Result<std::size_t> check_alternative_names(ByteView subject_alt_name, std::size_t max_names, std::size_t max_bytes);
/// Does this DER BasicConstraints claim a CA? An unreadable one does.
bool claims_ca(ByteView basic_constraints);
/// Does this DER KeyUsage ask for keyCertSign or cRLSign? An unreadable one does.
bool asks_to_sign_certificates(ByteView key_usage);

/// A request for `key` with subject and attributes of `pattern`, without the attributes that `left_out` names; signed
/// with SHA-256. CPU heavy. Errors: crypto.
Result<CertificateRequest> remake_request(const CertificateRequest& pattern, const PrivateKey& key,
                                          const std::vector<std::string>& left_out);

}  // namespace opencapf::x509
