// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/x509/key.hpp"

#include <string>
#include <vector>

namespace opencapf::x509 {

/// One relative distinguished name in issue order, e.g. {"CN", "CP-8865-SEP001122334455"}. Types: OpenSSL short names.
struct NameEntry {
    std::string type;
    std::string value;
};

/// A parsed PKCS#10 (RFC 2986). Immutable; copies share the parsed object.
class CertificateRequest {
public:
    static Result<CertificateRequest> from_der(ByteView der);  ///< strict: no trailing bytes
    /// PEM with either label, LF or CRLF or glued to one line, or bare base64 (certsrv.md 1.2).
    static Result<CertificateRequest> from_text(std::string_view text);

    [[nodiscard]] const Bytes& der() const noexcept;
    [[nodiscard]] std::string pem() const;
    [[nodiscard]] std::string subject_rfc2253() const;
    [[nodiscard]] std::string common_name() const;
    [[nodiscard]] PublicKey public_key() const;
    /// True when the signature algorithm is id-alg-noSignature (RFC 5272 appendix C.1): no proof of possession.
    [[nodiscard]] bool is_unsigned() const;
    /// Checks the self-signature; false for an unsigned request.
    [[nodiscard]] bool verify_signature() const;
    /// For an unsigned request: does its hash match (RFC 5272 C.1)?
    [[nodiscard]] bool verify_no_signature_hash() const;
    [[nodiscard]] X509_REQ* native() const noexcept;

private:
    struct State;
    explicit CertificateRequest(std::shared_ptr<const State> state) : state_(std::move(state)) {}
    std::shared_ptr<const State> state_;
};

/// DER CertificationRequestInfo: version 0, `subject`, the SPKI bytes as given, no attributes (capf-protocol.md 5.4).
Result<Bytes> make_request_info(const std::vector<NameEntry>& subject, ByteView spki_der);
/// DER DigestInfo over SHA-256 of `request_info` (the 51 bytes T of capf-protocol.md 5.4).
Bytes make_digest_info_sha256(ByteView request_info);
/// PKCS#10 out of the info and a signature made elsewhere: sha256WithRSAEncryption or ecdsa-with-SHA256 by key type.
Bytes assemble_request(ByteView request_info, KeyType key_type, ByteView signature);
/// PKCS#10 with id-alg-noSignature (RFC 5272 C.1) for a key holder that cannot sign.
Bytes assemble_unsigned_request(ByteView request_info);
/// PKCS#10 signed with `key`, for tests and tools. Throws std::runtime_error on failure.
CertificateRequest make_request(const std::vector<NameEntry>& subject, const PrivateKey& key);

}  // namespace opencapf::x509
