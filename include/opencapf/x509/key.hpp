// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/base/bytes.hpp"
#include "opencapf/base/result.hpp"
#include "opencapf/base/secret.hpp"
#include "opencapf/x509/handle.hpp"

#include <string>

namespace opencapf::x509 {

enum class KeyType { rsa, ec, other };
enum class Digest { sha1, sha256, sha512 };

/// The digest of `data`. Throws std::runtime_error when OpenSSL has no such digest (a provider that forbids SHA-1).
Bytes hash(Digest digest, ByteView data);

/// A public key with its DER SubjectPublicKeyInfo. Value class; const members may be used from several threads.
class PublicKey {
public:
    /// Strict: DER without trailing bytes. Errors: malformed.
    static Result<PublicKey> from_spki_der(ByteView der);

    [[nodiscard]] const Bytes& spki_der() const noexcept { return spki_; }
    /// RSA: DER PKCS#1 RSAPublicKey (what CUCM stores; 270 bytes for 2048 bits). EC: the point.
    [[nodiscard]] Bytes inner_key() const;
    [[nodiscard]] KeyType type() const noexcept;
    /// Modulus or field size in bits.
    [[nodiscard]] int bits() const noexcept;
    /// "P-256", "P-384" or "P-521"; another curve's OpenSSL name; empty for RSA.
    [[nodiscard]] std::string curve() const;
    /// Verifies a PKCS#1 v1.5 (RSA) or DER ECDSA (EC) signature over `data`.
    [[nodiscard]] bool verify(Digest digest, ByteView data, ByteView signature) const;
    /// RSA "public decrypt", type-1 padding fully checked: the content of the block, e.g. a DigestInfo.
    [[nodiscard]] Result<Bytes> recover(ByteView signature) const;
    [[nodiscard]] EVP_PKEY* native() const noexcept { return key_.get(); }
    /// The same key, however its SubjectPublicKeyInfo was spelled.
    friend bool operator==(const PublicKey& a, const PublicKey& b);

    PublicKey(const PublicKey& other);
    PublicKey& operator=(const PublicKey& other);
    PublicKey(PublicKey&&) noexcept = default;
    PublicKey& operator=(PublicKey&&) noexcept = default;

private:
    friend class PrivateKey;
    friend class Certificate;
    friend class CertificateRequest;
    static Result<PublicKey> from_native(EVP_PKEY* key, Bytes spki);  // takes a reference of its own
    PublicKey() = default;
    Handle<EVP_PKEY> key_;
    Bytes spki_;
};

/// Copies share the key. Const members may be used from several threads.
class PrivateKey {
public:
    /// CPU heavy (tens to hundreds of ms): call it on a pool, not on a loop. Throws std::runtime_error on failure.
    static PrivateKey generate_rsa(int bits);
    /// `curve`: "P-256", "P-384" or "P-521".
    static PrivateKey generate_ec(const std::string& curve);
    static Result<PrivateKey> from_pem(std::string_view pem);
    /// Throws std::exception that names the file or variable.
    static PrivateKey load(const SecretSource& source);

    [[nodiscard]] std::string to_pem() const;  ///< PKCS#8, unencrypted: write it with mode 0600 only
    [[nodiscard]] const PublicKey& public_key() const noexcept { return public_; }
    /// PKCS#1 v1.5 (RSA) or DER ECDSA (EC) over `data`.
    [[nodiscard]] Result<Bytes> sign(Digest digest, ByteView data) const;
    /// RSA "private encrypt" with type-1 padding over bytes as they are (capf-protocol.md 5.2 and 5.4).
    [[nodiscard]] Result<Bytes> encrypt_type1(ByteView block) const;
    [[nodiscard]] EVP_PKEY* native() const noexcept { return key_.get(); }

    PrivateKey(const PrivateKey& other);
    PrivateKey& operator=(const PrivateKey& other);
    PrivateKey(PrivateKey&&) noexcept = default;
    PrivateKey& operator=(PrivateKey&&) noexcept = default;

private:
    explicit PrivateKey(Handle<EVP_PKEY> key);
    Handle<EVP_PKEY> key_;
    PublicKey public_;
};

}  // namespace opencapf::x509
