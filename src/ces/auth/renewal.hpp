// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ces/auth/client_identity.hpp"
#include "opencapf/x509/request.hpp"

namespace opencapf::ces {

/// May `account`, who showed `client` (null: no certificate), have `csr` in place of an older certificate? Subject and
/// subjectAltName must be those of the certificate shown, byte for byte (RFC 7030 section 4.2.2). A registration
/// authority vouches for the names itself: cesd keeps no certificates to look them up in. Errors: forbidden.
Result<void> check_renewal(const x509::CertificateRequest& csr, const ClientIdentity* client,
                           const std::string& account, const ReenrollConfig& config);

/// ChangeSubjectName (RFC 6402 section 2.8) asks for other names than the request's. Errors: forbidden.
Result<void> check_name_change(const x509::CertificateRequest& csr, const ReenrollConfig& config);

}  // namespace opencapf::ces
