// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ca_sim/config.hpp"
#include "opencapf/base/clock.hpp"
#include "opencapf/x509/certificate.hpp"
#include "opencapf/x509/request.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace opencapf::ca_sim {

/// Who asks, for templates that build the subject from the account.
struct Requester {
    std::string account;     ///< own spelling, without domain
    std::string dns_domain;  ///< "example.test"
};

/// The key and certificate of the CA, and what an issued certificate looks like (certsrv.md 6.2 to 6.4). Immutable;
/// issue() may run on several threads at once.
class Issuer {
public:
    /// Throws std::runtime_error naming the file when one is unusable, when the certificate is no CA certificate, or
    /// when key and certificate do not belong together.
    explicit Issuer(const CaConfig& config);

    /// Builds and signs; SHA-256. CPU heavy: call it on a pool. Errors: crypto, malformed (a subject that cannot be
    /// encoded), unavailable (the CA certificate has expired).
    [[nodiscard]] Result<x509::Certificate> issue(const x509::CertificateRequest& request, const Template& entry,
                                                  std::int64_t request_id, const Requester& requester,
                                                  WallTime now) const;

    /// The CA certificate, then its parents.
    [[nodiscard]] const std::vector<x509::Certificate>& chain() const noexcept { return chain_; }
    /// For certificates that are wrong on purpose (faults/fault_certificates.hpp).
    [[nodiscard]] const x509::PrivateKey& key() const noexcept { return key_; }
    [[nodiscard]] const std::string& display_name() const noexcept { return display_name_; }

    /// NotBefore and NotAfter of certsrv.md 6.2.
    struct Validity {
        WallTime not_before;
        WallTime not_after;
    };
    [[nodiscard]] Validity validity(const Template& entry, WallTime now) const;

private:
    CaConfig config_;
    std::vector<x509::Certificate> chain_;
    x509::PrivateKey key_;
    std::string display_name_;
};

/// 19 bytes: 1..0x7f, request id (4), 8 random, CA certificate index 0 (2), request id (4). Big-endian.
Bytes make_serial(std::int64_t request_id);

}  // namespace opencapf::ca_sim
