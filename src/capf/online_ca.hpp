// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capf/service.hpp"

#include <tl/expected.hpp>

namespace opencapf::capf {

/// Why there is no certificate, as the operation's result; `detail` is for the operator.
struct EnrollFailure {
    OperationResult result = OperationResult::ca_communication;
    std::string detail;
};

/// The Online CA of one loop: takes the PKCS#10 from the spool through EST to the CA and brings the certificate back
/// into the spool, with the trace lines of the product on the way. Lives on the loop.
class OnlineCa {
public:
    OnlineCa(Service& service, LoopState& loop) : service_(service), loop_(loop) {}

    /// `csr` is already in the spool under the phone's name. The certificate carries the key of `csr`: checked.
    Task<tl::expected<x509::Certificate, EnrollFailure>> enroll(event::Phone phone, x509::CertificateRequest csr,
                                                                int descriptor);
    /// When the certificate that issued `lsc` ends, Unix seconds; 0 when the EST server does not tell.
    Task<std::int64_t> issuer_valid_until(x509::Certificate lsc);

private:
    Service& service_;
    LoopState& loop_;
};

/// How a libEST result ends an operation (cucm-capf.md 6; which status the product sets is inferred there).
OperationResult result_of(const est::EnrollResult& answer);

}  // namespace opencapf::capf
