// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/x509/certificate.hpp"
#include "opencapf/x509/request.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace opencapf::ces {

/// Microsoft's application policy Certificate Request Agent (MS-WCCE 2.2.2.7.10): who has it may sign for others.
inline constexpr const char* kCertificateRequestAgent = "1.3.6.1.4.1.311.20.2.1";

/// Puts a PKCS#10 into a Full PKI Request (RFC 5272 section 3.2) that an enrolment agent signs, for requests whose
/// subject cannot sign and for templates that want an authorised signature. Immutable; wrap() may run on several
/// threads at once.
class CmcWrapper {
public:
    /// Leaf first. Throws std::runtime_error when key and certificate do not belong together, or when the certificate
    /// may not sign for others.
    CmcWrapper(std::vector<x509::Certificate> chain, x509::PrivateKey key);

    /// DER of the ContentInfo. `witness` adds the RA POP Witness control (RFC 5272 section 6.8): only for a request
    /// whose proof of possession was verified. `template_name` goes into a RegInfo control. Uses a private key: run it
    /// on a pool. Errors: crypto.
    [[nodiscard]] Result<Bytes> wrap(const x509::CertificateRequest& request, bool witness,
                                     std::string_view template_name) const;

private:
    std::vector<x509::Certificate> chain_;
    x509::PrivateKey key_;
};

/// PEM as certreq writes such a message.
std::string cmc_pem(const Bytes& content_info);

}  // namespace opencapf::ces
