// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ca_sim/certificate_authority.hpp"
#include "opencapf/base/bytes.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

// openssl/types.h leaves it out.
using OCSP_REQUEST = struct ocsp_request_st;

namespace opencapf::ca_sim {

inline constexpr std::size_t kOcspMaxRequests = 32;  ///< certificates asked for in one request

/// Status of a certificate as OCSP says it (RFC 6960 section 2.2).
struct OcspStatus {
    enum class Kind { good, revoked, unknown } kind = Kind::unknown;
    WallTime when;   ///< revoked since
    int reason = 0;  ///< RFC 5280 section 5.3.1
};

/// A parsed request. Its signature, if any, is not looked at: everybody may ask.
class OcspRequest {
public:
    /// Errors: malformed, too_large (more than kOcspMaxRequests certificates).
    static Result<OcspRequest> parse(ByteView der);
    [[nodiscard]] std::size_t size() const noexcept;
    /// Serial number in hexadecimal as Certificate::serial_hex() writes it.
    [[nodiscard]] std::string serial(std::size_t index) const;
    /// The newest of `issuers` with the name and key that entry `index` means, or null.
    [[nodiscard]] std::shared_ptr<const Issuer> issuer(std::size_t index, const Issuers& issuers) const;
    [[nodiscard]] OCSP_REQUEST* native() const noexcept { return request_.get(); }

private:
    explicit OcspRequest(std::shared_ptr<OCSP_REQUEST> request) : request_(std::move(request)) {}
    std::shared_ptr<OCSP_REQUEST> request_;
};

/// OCSPResponse in DER, signed by `issuer` itself, with the request's nonce; `statuses` has one entry for each
/// certificate asked for. CPU heavy: call it on a pool. Errors: crypto.
Result<Bytes> ocsp_response(const OcspRequest& request, const Issuer& issuer, const std::vector<OcspStatus>& statuses,
                            WallTime this_update, WallTime next_update);

/// The responses without content: malformedRequest (1), internalError (2), unauthorized (6).
Bytes ocsp_error(int status);
inline constexpr int kOcspMalformed = 1, kOcspInternalError = 2, kOcspUnauthorized = 6;

/// Answers one request in DER: looks the certificates up and signs. Never fails; trouble becomes an OCSP error.
Task<Bytes> answer_ocsp(CertificateAuthority& ca, Bytes request);

}  // namespace opencapf::ca_sim
