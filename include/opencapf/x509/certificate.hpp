// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/base/clock.hpp"
#include "opencapf/x509/key.hpp"

#include <optional>
#include <vector>

namespace opencapf::x509 {

/// Bits of RFC 5280 section 4.2.1.3 as OpenSSL numbers them (KU_*).
struct KeyUsage {
    bool present = false;
    bool digital_signature = false;
    bool key_encipherment = false;
    bool key_cert_sign = false;
};

/// Immutable X.509 certificate. Copies share the parsed object.
class Certificate {
public:
    static Result<Certificate> from_der(ByteView der);                           ///< strict: no trailing bytes
    static Result<Certificate> from_pem(std::string_view pem);                   ///< first certificate in the text
    static Result<std::vector<Certificate>> all_from_pem(std::string_view pem);  ///< at least one
    static Certificate load(const std::string& path);  ///< PEM or DER; throws std::runtime_error that names the path

    [[nodiscard]] const Bytes& der() const noexcept;
    [[nodiscard]] std::string pem(std::string_view eol = "\n") const;
    [[nodiscard]] std::string subject_oneline() const;  ///< "/DC=com/CN=x", the form of the CiscoRA log
    [[nodiscard]] std::string issuer_oneline() const;
    [[nodiscard]] std::string subject_rfc2253() const;
    [[nodiscard]] std::string issuer_rfc2253() const;
    [[nodiscard]] std::string common_name() const;  ///< last CN, or empty
    [[nodiscard]] std::string serial_hex() const;
    [[nodiscard]] WallTime not_before() const;
    [[nodiscard]] WallTime not_after() const;
    [[nodiscard]] bool is_ca() const;
    [[nodiscard]] bool self_issued() const;  ///< subject equals issuer
    [[nodiscard]] KeyUsage key_usage() const;
    [[nodiscard]] PublicKey public_key() const;  ///< throws std::runtime_error when the key cannot be used
    /// The same for a certificate that a peer sent: malformed when the key cannot be used.
    [[nodiscard]] Result<PublicKey> usable_public_key() const;
    [[nodiscard]] std::string text() const;  ///< like `openssl x509 -text -noout`
    [[nodiscard]] X509* native() const noexcept;

    /// Takes over one reference of `cert`.
    static Certificate adopt(Handle<X509> cert);

private:
    struct State;
    explicit Certificate(std::shared_ptr<const State> state) : state_(std::move(state)) {}
    std::shared_ptr<const State> state_;
};

/// A set of trust anchors and intermediates, e.g. a CAPF-trust directory. Thread-safe after construction.
class TrustStore {
public:
    explicit TrustStore(std::vector<Certificate> certificates);
    /// Every *.pem, *.crt, *.cer and *.der file of `directory` in name order. Throws std::runtime_error on an
    /// unreadable file.
    static TrustStore load_directory(const std::string& directory);
    /// All certificates of one PEM file. Throws std::runtime_error that names the path.
    static TrustStore load_file(const std::string& path);
    [[nodiscard]] const std::vector<Certificate>& certificates() const noexcept { return certificates_; }
    /// Chain building and RFC 5280 checks up to a self-signed certificate of the set. Error tls with OpenSSL's text.
    [[nodiscard]] Result<void> verify(const Certificate& leaf, const std::vector<Certificate>& untrusted = {}) const;
    [[nodiscard]] X509_STORE* native() const noexcept { return store_.get(); }
    /// All of them as concatenated PEM.
    [[nodiscard]] std::string pem() const;

private:
    std::vector<Certificate> certificates_;
    std::shared_ptr<X509_STORE> store_;
};

}  // namespace opencapf::x509
