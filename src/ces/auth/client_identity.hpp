// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ces/profile.hpp"
#include "opencapf/x509/chain_check.hpp"

#include <optional>
#include <string>
#include <vector>

namespace opencapf::ces {

/// Which set of certificates vouches for a client's (RFC 7030 section 3.3.2, EST-S-44).
enum class TrustedBy {
    nobody,
    explicit_set,  ///< the EST CA's own
    implicit_set,  ///< third parties'
};

/// A client certificate that was shown in TLS, and what it is worth.
struct ClientIdentity {
    x509::Certificate certificate;
    TrustedBy trusted_by = TrustedBy::nobody;
    x509::ChainProblem problem;           ///< when nobody vouches for it
    bool registration_authority = false;  ///< id-kp-cmcRA, from the explicit set (RFC 7030 section 3.7)

    [[nodiscard]] bool valid() const noexcept { return trusted_by != TrustedBy::nobody; }
};

/// What client certificates are checked against. The sets may be null.
struct ClientTrust {
    const x509::TrustStore* explicit_set = nullptr;
    const x509::TrustStore* implicit_set = nullptr;
    const x509::RevocationLists* lists = nullptr;
    x509::RevocationCheck check = x509::RevocationCheck::off;
};

/// `chain` is what the peer sent, its own certificate first; not empty. Some 100 us of signatures.
ClientIdentity identify_client(const std::vector<x509::Certificate>& chain, const ClientTrust& trust);

/// The account a certificate stands for: of the first rule that fits; without rules its subject. Nothing when no rule
/// fits.
std::optional<std::string> account_of(const x509::Certificate& certificate, const std::vector<MappingRule>& rules);

}  // namespace opencapf::ces
