// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ca_sim/faults/fault.hpp"
#include "opencapf/base/clock.hpp"
#include "opencapf/x509/certificate.hpp"
#include "opencapf/x509/key.hpp"

#include <string>
#include <vector>

/// Certificates that are wrong in one way each. Like those that are made outside of the CA they get no request id and
/// are in no database. Pure but for random numbers; CPU heavy (keys, signatures): call them on a pool.
namespace opencapf::ca_sim {

struct FaultCertificate {
    std::vector<x509::Certificate> chain;  ///< to send, leaf first
    x509::PrivateKey key;
};

/// For a TLS fault (is_tls) of the server `host`. `authority` is the CA certificate and its parents, `ca_key` its key.
/// Errors: crypto.
Result<FaultCertificate> make_tls_fault(FaultKind kind, const std::vector<x509::Certificate>& authority,
                                        const x509::PrivateKey& ca_key, const std::string& host, WallTime now);

/// `original` for another key: same subject, validity and extensions, but for the serial number (which depends on the
/// original only) and the key identifier. Errors: crypto.
Result<x509::Certificate> with_another_key(const x509::Certificate& original, const x509::PublicKey& key,
                                           const x509::Certificate& ca, const x509::PrivateKey& ca_key);

}  // namespace opencapf::ca_sim
