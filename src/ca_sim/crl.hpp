// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ca_sim/issuer.hpp"
#include "ca_sim/request_store.hpp"
#include "opencapf/base/bytes.hpp"
#include "opencapf/base/clock.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace opencapf::ca_sim {

/// One CRL to be signed (RFC 5280 section 5, certsrv.md 6.1).
struct CrlContent {
    std::int64_t number = 1;
    std::optional<std::int64_t> base_number;  ///< set for a delta CRL
    WallTime this_update;
    WallTime next_update;
    WallTime next_publish;
    std::vector<std::string> freshest_urls;  ///< where deltas are; for base CRLs
    std::vector<RevokedCertificate> entries;
};

/// Signed with SHA-256 by the issuer's key, with AD CS's CA version and next-publish extensions. DER. CPU heavy: call
/// it on a pool. Errors: crypto, malformed (a serial number or time that is none).
Result<Bytes> build_crl(const Issuer& issuer, const CrlContent& content);

}  // namespace opencapf::ca_sim
