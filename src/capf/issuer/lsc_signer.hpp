// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/net/tls.hpp"
#include "opencapf/x509/certificate.hpp"

#include <chrono>
#include <string>

namespace opencapf::capf {

/// What varies from one LSC to the next.
struct LscContent {
    std::string common_name;  ///< "CP-8865-SEP001122334455"
    std::string device;       ///< into the subjectAltName, as a bare URI
    std::chrono::seconds validity{0};
};

/// The CAPF certificate and its key as the issuer of LSCs (cucm-capf.md 1.3, capf-protocol.md 5.3). Thread-safe.
class LscSigner {
public:
    /// Throws std::runtime_error, which says what is wrong with the certificate, when its key is another or when it may
    /// not sign certificates (RFC 5280: CA:TRUE, and keyCertSign when there is a key usage).
    LscSigner(x509::Certificate certificate, x509::PrivateKey key);
    /// The certificate that phones meet on port 3804. Throws as above, naming the file.
    static LscSigner load(const net::TlsServerConfig& tls);

    /// An LSC valid from `now`, never longer than the CAPF certificate. A private-key operation: call it on a pool.
    /// Errors: unavailable (the CAPF certificate has expired), crypto.
    [[nodiscard]] Result<x509::Certificate> sign(const LscContent& content, const x509::PublicKey& key,
                                                 WallTime now) const;
    [[nodiscard]] const x509::Certificate& certificate() const noexcept { return certificate_; }

private:
    x509::Certificate certificate_;
    x509::PrivateKey key_;
};

}  // namespace opencapf::capf
