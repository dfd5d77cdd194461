// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ces/profile_config.hpp"
#include "opencapf/x509/request.hpp"

#include <string_view>

/// Sanity of certificate requests before anybody signs them (EST-S-102). Plain functions over bytes, thread-safe; what
/// they cost is bounded by the size of the body. All errors are malformed, with a sentence for the client.
namespace opencapf::ces {

/// PKCS#10 out of a body in any form of RFC 8951; deep or countless ASN.1 is refused before it is parsed.
Result<x509::CertificateRequest> read_csr(std::string_view body);

/// Names, extensions and attributes.
Result<void> check_csr_content(const x509::CertificateRequest& csr, const CsrRules& rules);

/// Key, signature algorithm, and the signature itself (or the hash that stands for it, RFC 5272 C.1).
Result<void> check_csr_proof(const x509::CertificateRequest& csr, const CsrRules& rules);

}  // namespace opencapf::ces
