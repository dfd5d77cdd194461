// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/x509/certificate.hpp"
#include "opencapf/x509/request.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace opencapf::ca_sim {

/// What a client asks for, taken out of its wrapping.
struct DecodedRequest {
    x509::CertificateRequest request;
    bool wrapped = false;                      ///< it came in a SignedData
    bool signatures_right = false;             ///< every signature over that message fits its certificate
    std::vector<x509::Certificate> signers;    ///< of the message, when its signatures are right
    std::vector<x509::Certificate> enclosed;   ///< all certificates in the message, for building chains
    std::optional<std::string> requester;      ///< regInfo's RequesterName: on whose behalf an agent asks
    std::optional<std::string> template_name;  ///< regInfo's CertificateTemplate
    bool proof_witnessed = false;              ///< RA POP Witness: the signer saw the proof of possession
};

/// PKCS#10 in every form of certsrv.md 1.2, or one inside a SignedData: CMC full requests (RFC 5272 section 3.2, one
/// TaggedCertificationRequest) and PKCS#7 around PKCS#10 (MS-WCCE 2.2.2.6.2). Whether the signers may be trusted is for
/// the caller to find out. CPU heavy: it verifies signatures. Errors: malformed.
Result<DecodedRequest> decode_request(std::string_view text);

}  // namespace opencapf::ca_sim
