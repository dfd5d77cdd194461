// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ca_sim/certificate_extensions.hpp"
#include "opencapf/base/clock.hpp"
#include "opencapf/x509/certificate.hpp"

#include <chrono>
#include <openssl/types.h>
#include <vector>

// openssl/types.h leaves this one out.
using X509_EXTENSION = struct X509_extension_st;

/// X.509 certificates piece by piece: what issuing, renewing and faults have in common.
namespace opencapf::ca_sim {

/// AD CS's ClockSkewMinutes: NotBefore and ThisUpdate lie so far back.
inline constexpr auto kClockSkew = std::chrono::minutes(10);

/// Names and key are borrowed.
struct CertificateContent {
    Bytes serial;  ///< big-endian, positive
    const X509_NAME* issuer = nullptr;
    const X509_NAME* subject = nullptr;
    WallTime not_before;
    WallTime not_after;
    EVP_PKEY* public_key = nullptr;
    std::vector<Extension> extensions;
};

/// Version 3, without a signature. Errors: crypto.
Result<x509::Handle<X509>> build_certificate(const CertificateContent& content);

/// Adds `extensions` and signs with SHA-256. Errors: crypto.
Result<x509::Certificate> sign_certificate(x509::Handle<X509> certificate, const std::vector<Extension>& extensions,
                                           const x509::PrivateKey& key);

/// Big-endian bytes to OpenSSL's form; false when it has no memory.
bool set_serial(ASN1_INTEGER* target, ByteView serial);

/// An extension as OpenSSL's object, for CRLs too. Null when the OID or value cannot be encoded.
X509_EXTENSION* make_extension(const Extension& extension);

}  // namespace opencapf::ca_sim
