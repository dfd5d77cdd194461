// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/base/secret.hpp"
#include "opencapf/capf_protocol/frame.hpp"

namespace opencapf::capf_protocol {

// One struct per message (reference/capf-protocol.md 3.1). `decode` fails with protocol when the frame is another
// command or an element is missing, and with malformed when an element has the wrong form. `encode` cannot fail for
// values that `decode` accepts. Session ids are the session's business, not checked here.

struct AuthRequest {
    static constexpr Command kCommand = Command::auth_request;
    std::uint8_t version = kNewestVersion;
    std::optional<std::uint8_t> auth_type;  ///< 3.5; CUCM does not send it
    static Result<AuthRequest> decode(const Frame& frame, const DecodeOptions& options = {});
    [[nodiscard]] Frame encode(std::uint32_t session_id) const;
};

/// SHA2_SIGNED_DATA (20): hash code and signature.
struct HashedSignature {
    HashCode hash = HashCode::sha512;
    Bytes signature;
};

/// Orders in which clients were seen to send the elements of AUTH_RESPONSE: 8800-like ascending, Jabber 7, 13, 1.
enum class ElementOrder { ascending, jabber };

struct AuthResponse {
    static constexpr Command kCommand = Command::auth_response;
    std::string device_name;       ///< 1..kMaxDeviceName printable ASCII characters
    std::uint8_t version = 0;      ///< as sent; decode refuses 0 and versions above kNewestVersion
    std::optional<Reason> reason;  ///< any value
    /// Absent and empty both mean the null string (3.5).
    std::optional<Secret> password;
    std::optional<Bytes> certificate;  ///< DER, existing LSC or MIC
    std::optional<Bytes> signed_data;
    std::optional<HashedSignature> sha2_signed_data;
    std::optional<Bytes> sudi_data;  ///< nested structure of 5.2, not taken apart
    static Result<AuthResponse> decode(const Frame& frame, const DecodeOptions& options = {});
    [[nodiscard]] Frame encode(std::uint32_t session_id, ElementOrder order = ElementOrder::ascending) const;
};

/// What key a phone shall make.
struct KeySpec {
    KeyType type = KeyType::rsa;
    std::uint16_t rsa_bits = 2048;  ///< 512, 1024, 2048, 3072 or 4096; used when type is rsa
    Curve curve = Curve::p256;      ///< used when type is ec
    friend bool operator==(const KeySpec&, const KeySpec&) = default;
};

struct KeyGenerateRequest {
    static constexpr Command kCommand = Command::key_generate_request;
    KeySpec key;
    /// Send KEY_TYPE: version 3 requires it, version 2 does not know it. Receivers take a missing one as RSA.
    bool with_key_type = true;
    static Result<KeyGenerateRequest> decode(const Frame& frame, const DecodeOptions& options = {});
    [[nodiscard]] Frame encode(std::uint32_t session_id) const;
};

struct KeyGenerateResponse {
    static constexpr Command kCommand = Command::key_generate_response;
    std::optional<Bytes> public_key;  ///< DER SubjectPublicKeyInfo, not looked into here
    std::optional<Reason> reason;     ///< why there is no key
    static Result<KeyGenerateResponse> decode(const Frame& frame, const DecodeOptions& options = {});
    [[nodiscard]] Frame encode(std::uint32_t session_id) const;
};

struct InProgress {
    static constexpr Command kCommand = Command::request_in_progress;
    static Result<InProgress> decode(const Frame& frame, const DecodeOptions& options = {});
    [[nodiscard]] Frame encode(std::uint32_t session_id) const;
};

struct StoreCertificateRequest {
    static constexpr Command kCommand = Command::store_certificate_request;
    CertificateType type = CertificateType::lsc;
    Bytes certificate;  ///< DER
    static Result<StoreCertificateRequest> decode(const Frame& frame, const DecodeOptions& options = {});
    [[nodiscard]] Frame encode(std::uint32_t session_id) const;
};

struct StoreCertificateResponse {
    static constexpr Command kCommand = Command::store_certificate_response;
    Reason reason = Reason::success;
    static Result<StoreCertificateResponse> decode(const Frame& frame, const DecodeOptions& options = {});
    [[nodiscard]] Frame encode(std::uint32_t session_id) const;
};

struct FetchCertificateRequest {
    static constexpr Command kCommand = Command::fetch_certificate_request;
    std::optional<CertificateType> type{};  ///< INVENTED, see invented.hpp; without it the phone shows its LSC
    static Result<FetchCertificateRequest> decode(const Frame& frame, const DecodeOptions& options = {});
    [[nodiscard]] Frame encode(std::uint32_t session_id) const;
};

struct FetchCertificateResponse {
    static constexpr Command kCommand = Command::fetch_certificate_response;
    Reason reason = Reason::success;
    std::optional<Bytes> certificate;  ///< DER; present when reason is success
    static Result<FetchCertificateResponse> decode(const Frame& frame, const DecodeOptions& options = {});
    [[nodiscard]] Frame encode(std::uint32_t session_id) const;
};

struct DeleteCertificateRequest {
    static constexpr Command kCommand = Command::delete_certificate_request;
    static Result<DeleteCertificateRequest> decode(const Frame& frame, const DecodeOptions& options = {});
    [[nodiscard]] Frame encode(std::uint32_t session_id) const;
};

struct DeleteCertificateResponse {
    static constexpr Command kCommand = Command::delete_certificate_response;
    Reason reason = Reason::success;
    static Result<DeleteCertificateResponse> decode(const Frame& frame, const DecodeOptions& options = {});
    [[nodiscard]] Frame encode(std::uint32_t session_id) const;
};

struct EndSession {
    static constexpr Command kCommand = Command::end_session;
    Reason reason = Reason::refused;
    static Result<EndSession> decode(const Frame& frame, const DecodeOptions& options = {});
    [[nodiscard]] Frame encode(std::uint32_t session_id) const;
};

/// INVENTED use of commands 22 and 23, see invented.hpp.
struct SignCertificateRequest {
    static constexpr Command kCommand = Command::sign_certificate_request;
    HashCode digest = HashCode::sha256;
    Bytes request_info;  ///< DER CertificationRequestInfo
    static Result<SignCertificateRequest> decode(const Frame& frame, const DecodeOptions& options = {});
    [[nodiscard]] Frame encode(std::uint32_t session_id) const;
};

struct SignCertificateResponse {
    static constexpr Command kCommand = Command::sign_certificate_response;
    std::optional<Bytes> signature;
    std::optional<Reason> reason;  ///< why there is no signature
    static Result<SignCertificateResponse> decode(const Frame& frame, const DecodeOptions& options = {});
    [[nodiscard]] Frame encode(std::uint32_t session_id) const;
};

}  // namespace opencapf::capf_protocol
