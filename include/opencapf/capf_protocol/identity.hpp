// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/capf_protocol/messages.hpp"
#include "opencapf/x509/certificate.hpp"

namespace opencapf::capf_protocol {

// How a phone shows with its LSC or MIC who it is, inside AUTH_RESPONSE (reference/capf-protocol.md 5.2). Plain
// functions of bytes: no I/O, no state, thread-safe.

/// A key and its certificate; both must outlive the call they are given to.
struct IdentityKey {
    const x509::PrivateKey& key;
    const x509::Certificate& certificate;
};

/// The elements of AUTH_RESPONSE that prove an identity.
struct IdentityProof {
    Bytes certificate;                                ///< DER
    Bytes signed_data;                                ///< SHA-1; RSA: the bare digest in a type-1 block
    std::optional<HashedSignature> sha2_signed_data;  ///< SHA-512; version 3 only, older phones do not know the element
    std::optional<Bytes> sudi_data;
    /// Puts the elements into `response`, which must carry the device name and version they were made for.
    void attach_to(AuthResponse& response) const;
};

/// `sudi`: secure device identity, the only part that binds the proof to the session; nullptr leaves it out. Signs up
/// to four times: milliseconds, so call it on a pool. Errors: crypto (key neither RSA nor EC, or too small: 512-bit RSA
/// cannot carry the SHA-512 that version 3 needs).
Result<IdentityProof> make_identity_proof(const IdentityKey& identity, std::string_view device_name,
                                          std::uint32_t session_id, std::uint8_t version,
                                          const IdentityKey* sudi = nullptr);

/// What a proof showed: that the sender has the keys of these certificates. Whether to trust them, whether they are
/// valid today and whether they belong to the device is the caller's to decide.
struct ProvenIdentity {
    x509::Certificate certificate;
    std::optional<x509::Certificate> sudi;  ///< without it the proof can be a replay of an older session's
};

/// Checks every signature of a response; `version` is the session's. Type-1 padding is checked in full; the block may
/// hold the bare digest or a DigestInfo. SIGNED_DATA is always required, SHA2_SIGNED_DATA from version 3 on, SUDI_DATA
/// never, but all that is there must be right. A few public-key operations: at most some milliseconds for P-521.
/// Errors say which check failed: unauthorized (something missing or a wrong signature), malformed (certificate or
/// SUDI_DATA unreadable).
Result<ProvenIdentity> verify_identity(const AuthResponse& response, std::uint32_t session_id, std::uint8_t version);

}  // namespace opencapf::capf_protocol
