// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/x509/certificate.hpp"

namespace opencapf::x509 {

/// Degenerate SignedData (RFC 5272 section 4.1): certificates in the given order, no digest algorithms, eContent
/// absent, no signers, no CRLs. DER.
Bytes make_certs_only(const std::vector<Certificate>& certificates);

/// Certificates of a certs-only PKCS#7. Accepts DER, bare base64, and PEM with label PKCS7 or CERTIFICATE (which is
/// what certnew.p7b?Enc=b64 sends, certsrv.md 1.5). Errors: malformed; not_found when the bag is empty.
Result<std::vector<Certificate>> read_certs_only(ByteView data);

}  // namespace opencapf::x509
