// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace opencapf::capf_protocol {

// The numbers of the CAPF wire protocol, from reference/capf-protocol.md 3.1 to 3.5. What no public source shows the
// use of stands in invented.hpp.

/// First byte of every frame, both directions.
inline constexpr std::uint8_t kMagic = 0x55;
/// Newest protocol version known. A server announces it and works at min(kNewestVersion, phone).
inline constexpr std::uint8_t kNewestVersion = 3;
/// Our limit for DEVICE_NAME, without the trailing NUL.
inline constexpr std::size_t kMaxDeviceName = 128;

/// Message types (3.1). A frame may carry any other byte; `is_known` tells.
enum class Command : std::uint8_t {
    auth_request = 1,
    auth_response = 2,
    key_generate_request = 3,
    key_generate_response = 4,
    encrypt_response = 5,
    encrypt_request = 6,
    decrypt_request = 7,
    decrypt_response = 8,
    store_certificate_request = 9,
    store_certificate_response = 10,
    fetch_certificate_request = 11,
    fetch_certificate_response = 12,
    delete_certificate_request = 13,
    delete_certificate_response = 14,
    end_session = 15,
    retry_later = 16,
    request_in_progress = 17,
    status_request = 18,
    status_response = 19,
    abort_request = 20,
    abort_response = 21,
    sign_certificate_request = 22,
    sign_certificate_response = 23,
};

/// Element types (3.2).
enum class Tag : std::uint8_t {
    reason = 1,
    reason_info = 2,
    certificate_type = 3,
    certificate = 4,
    certificate_id = 5,
    signed_data = 6,
    version = 7,
    auth_type = 8,
    public_key = 9,
    key_size = 10,
    password = 11,
    retry_delay = 12,
    device_name = 13,
    sudi_data = 16,
    key_type = 17,
    curve = 18,
    digest_type = 19,
    sha2_signed_data = 20,
};

/// Value of REASON (3.3). Any byte may arrive; only these have a known meaning.
enum class Reason : std::uint8_t {
    no_action = 0,       ///< END_SESSION: nothing was changed
    success = 1,         ///< done; END_SESSION: the certificate was changed
    refused = 7,         ///< error or refusal; CUCM's answer when nothing is pending
    unknown_device = 9,  ///< END_SESSION: no such device
};

enum class KeyType : std::uint8_t { rsa = 0, ec = 1 };
enum class Curve : std::uint8_t { p256 = 0, p384 = 1, p521 = 2 };
enum class HashCode : std::uint8_t { sha1 = 1, sha256 = 2, sha512 = 3 };
enum class CertificateType : std::uint8_t { lsc = 1, mic = 2 };

/// Stable names. Commands are the trace's message types: "CAPF_MSG_END_SESSION" is attested, the others are derived
/// from the public verbs. Values without a name give "CAPF_MSG_UNKNOWN", "unknown" and so on.
std::string_view to_string(Command command) noexcept;
std::string_view to_string(Tag tag) noexcept;        ///< "DEVICE_NAME"
std::string_view to_string(Reason reason) noexcept;  ///< "unknown device"
std::string_view to_string(KeyType type) noexcept;   ///< "RSA", "EC"
std::string_view to_string(Curve curve) noexcept;    ///< "P-256", the name x509::PrivateKey::generate_ec takes
std::string_view to_string(HashCode hash) noexcept;  ///< "SHA-256"

bool is_known(Command command) noexcept;
/// True for the elements whose layout is public, and the one of invented.hpp.
bool is_known(Tag tag) noexcept;

}  // namespace opencapf::capf_protocol
