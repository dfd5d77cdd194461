// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/base/clock.hpp"
#include "opencapf/x509/certificate.hpp"

#include <string>
#include <string_view>
#include <vector>

/// The Initial Trust List: the signed file from which a phone knows the servers of its cluster by certificate and role.
/// Tags, names and order are those of CUCM's `show itl`; how the values are encoded and what the signature covers is in
/// no public source and so invented (docs/architecture.md).
namespace opencapf::capf_protocol {

inline constexpr std::size_t kMaxItlBytes = 64 * 1024;
inline constexpr std::size_t kMaxItlRecords = 128;

/// What the owner of a record's certificate may do.
enum class ItlFunction : std::uint16_t {
    security_token = 0,  ///< "System Administrator Security Token": may sign trust lists
    ccm = 1,
    ccm_tftp = 2,  ///< may sign trust lists
    tftp = 3,      ///< may sign trust lists
    capf = 4,
    app_server = 5,
    tvs = 6,
};

/// As `show itl` writes it. Unknown functions: "function 9".
std::string itl_function_name(ItlFunction function);
/// May the owner sign the next trust list?
bool may_sign_itl(ItlFunction function) noexcept;

struct ItlRecord {
    ItlFunction function = ItlFunction::capf;
    x509::Certificate certificate;
    std::string dns_name;    ///< empty = none
    std::string ip_address;  ///< as text, empty = none
};

/// What a trust list says.
struct ItlContent {
    std::string file_name = "ITLFile.tlv";
    WallTime made_at;  ///< whole seconds
    std::vector<ItlRecord> records;
};

/// A trust list as it was read; who signed it has not been checked.
struct Itl {
    ItlContent content;
    std::string signer_name;    ///< subject, RFC 2253
    std::string signer_issuer;  ///< its issuer
    Bytes signer_serial;        ///< big-endian
    x509::Digest digest = x509::Digest::sha512;
    Bytes signature;
    Bytes signed_bytes;  ///< the file with zeros for the signature

    /// The certificates of all records with this function.
    [[nodiscard]] std::vector<x509::Certificate> with_function(ItlFunction function) const;
};

/// Signed with SHA-512; `signer` is the certificate of `key`. Errors: crypto, too_large.
Result<Bytes> make_itl(const ItlContent& content, const x509::Certificate& signer, const x509::PrivateKey& key);

/// Strict about structure and sizes, unknown tags are passed over. Names, serial number and key that stand beside a
/// certificate must be the certificate's. Errors: malformed, too_large.
Result<Itl> read_itl(ByteView file);

/// Is `itl` signed by one of the signers of `records`? Errors: unauthorized (none of them, or the signature is wrong).
Result<void> check_itl_signer(const Itl& itl, const std::vector<ItlRecord>& records);

}  // namespace opencapf::capf_protocol
