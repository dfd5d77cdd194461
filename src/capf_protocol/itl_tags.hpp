// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/x509/certificate.hpp"

#include <cstdint>

namespace opencapf::capf_protocol {

/// One byte tag, two bytes length (big-endian), value. Numbers and names as `show itl` lists them.
enum class HeaderTag : std::uint8_t {
    version = 1,        ///< major and minor, one byte each
    header_length = 2,  ///< two bytes: of the whole header
    signer_id = 3,      ///< two bytes: length of the three elements that follow
    signer_name = 4,
    serial_number = 5,
    ca_name = 6,
    signature_info = 7,  ///< two bytes: length of the four elements that follow
    digest_algorithm = 8,
    signature_algorithm_info = 9,  ///< two bytes: length of the two elements that follow
    signature_algorithm = 10,
    signature_modulus = 11,  ///< of RSA, in 1024 bits
    signature = 12,
    padding = 13,
    file_name = 14,
    timestamp = 15,  ///< four bytes: seconds since 1970
};

enum class RecordTag : std::uint8_t {
    record_length = 1,  ///< two bytes: of the whole record
    dns_name = 2,
    subject_name = 3,
    function = 4,  ///< two bytes
    issuer_name = 5,
    serial_number = 6,
    public_key = 7,  ///< SubjectPublicKeyInfo
    signature = 8,
    certificate = 9,
    ip_address = 10,
};

constexpr std::uint8_t kDigestSha256 = 2, kDigestSha512 = 3;  // 1 is SHA-1, which signs nothing any more
constexpr std::uint8_t kSignatureRsa = 1, kSignatureEc = 2;

/// Big-endian bytes of a certificate's serial number.
Bytes serial_of(const x509::Certificate& certificate);

}  // namespace opencapf::capf_protocol
