// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/http/message.hpp"
#include "opencapf/x509/certificate.hpp"
#include "opencapf/x509/request.hpp"

#include <optional>
#include <string>

/// /serverkeygen (RFC 7030 section 4.4). Keys live in memory only, and are wiped.
namespace opencapf::ces {

/// How a client wants its key beyond TLS: encrypted for the certificate it showed.
struct KeyEncryption {
    x509::Certificate recipient;
    bool aes256 = true;
};

/// What the attributes of `csr` ask for; nothing when they ask for no further encryption. A key identifier that is not
/// that of `client`, the client's verified certificate, is an error: a key never goes out plainer than asked for
/// (EST-S-91). Errors: malformed.
Result<std::optional<KeyEncryption>> key_encryption_of(const x509::CertificateRequest& csr,
                                                       const std::optional<x509::Certificate>& client);

struct GeneratedKey {
    x509::PrivateKey key;
    x509::CertificateRequest csr;  ///< the client's, with this key
};
/// `kind` is "rsa-2048" or "P-256" and so on. CPU heavy: tens to hundreds of ms. Errors: crypto.
Result<GeneratedKey> generate_key(const x509::CertificateRequest& pattern, const std::string& kind);

/// Who vouches for a key that is encrypted: the server (RFC 7030 section 4.4.2 wants it signed by its maker).
struct KeySigner {
    x509::Certificate certificate;
    x509::PrivateKey key;
};
/// The first body part, head and all: application/pkcs8, or application/pkcs7-mime with an EnvelopedData around a
/// SignedData around an AsymmetricKeyPackage (RFC 5958). CPU heavy. Errors: crypto.
Result<Secret> key_part(const x509::PrivateKey& key, const std::optional<KeyEncryption>& encryption,
                        const KeySigner& signer);

/// multipart/mixed of the key's part and the certificate's base64 (EST-S-90, EST-S-92).
http::Response key_response(const Secret& key_part, const std::string& certificate_base64);

}  // namespace opencapf::ces
