// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ces/profile_config.hpp"
#include "opencapf/x509/request.hpp"

namespace opencapf::ces {

/// What /csrattrs answers (RFC 8951 section 4, RFC 9908). Immutable, thread-safe.
class CsrAttributes {
public:
    /// With `pop` it asks for challengePassword (EST-S-62, EST-S-82). Throws std::runtime_error on an OID, subject type
    /// or value that cannot be encoded.
    CsrAttributes(CsrAttributesConfig config, bool pop);

    /// DER of CsrAttrs; empty when there is nothing to say (204).
    [[nodiscard]] const Bytes& der() const noexcept { return der_; }
    /// Does `request` have what is listed? True when nothing is enforced. Errors: malformed, naming what lacks.
    [[nodiscard]] Result<void> check(const x509::CertificateRequest& request) const;

private:
    CsrAttributesConfig config_;
    Bytes der_;
};

}  // namespace opencapf::ces
