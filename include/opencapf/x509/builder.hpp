// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/x509/certificate.hpp"

#include <openssl/types.h>
#include <string>
#include <vector>

// openssl/types.h leaves this one out.
using X509_EXTENSION = struct X509_extension_st;

/// X.509 certificates piece by piece: what everybody who signs some has in common.
namespace opencapf::x509 {

struct Extension {
    std::string oid;
    bool critical = false;
    Bytes value;  ///< DER inside the OCTET STRING
};

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
Result<Handle<X509>> build_certificate(const CertificateContent& content);

/// Adds `extensions` and signs with SHA-256. Errors: crypto.
Result<Certificate> sign_certificate(Handle<X509> certificate, const std::vector<Extension>& extensions,
                                     const PrivateKey& key);

/// Big-endian bytes to OpenSSL's form; false when it has no memory.
bool set_serial(ASN1_INTEGER* target, ByteView serial);

/// An extension as OpenSSL's object, for CRLs too. Null when the OID or value cannot be encoded.
X509_EXTENSION* make_extension(const Extension& extension);

/// SHA-1 over the key's BIT STRING content (RFC 5280 section 4.2.1.2, method 1).
Bytes key_identifier(const X509_PUBKEY* key);
Extension subject_key_identifier(const X509_PUBKEY* key);
/// keyid of the issuer's certificate (RFC 5280 section 4.2.1.1).
Extension authority_key_identifier(const Certificate& issuer);

/// One DER element: tag, definite length, content.
Bytes make_der(std::uint8_t tag, ByteView content);

}  // namespace opencapf::x509
