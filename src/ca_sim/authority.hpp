// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ca_sim/config.hpp"
#include "opencapf/x509/certificate.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace opencapf::ca_sim {

/// AD CS's ClockSkewMinutes: NotBefore and ThisUpdate lie so far back.
inline constexpr auto kClockSkew = std::chrono::minutes(10);

/// One certificate of the CA with its key. Renewals add more: with a new key, or with the key of an earlier one.
struct Authority {
    std::vector<x509::Certificate> chain;  ///< the CA certificate, then its parents
    std::shared_ptr<const x509::PrivateKey> key;
    int index = 0;      ///< of the certificate: Renewal= on the pages, CA version's low half
    int key_index = 0;  ///< `index` of the first certificate with this key: CA version's high half

    [[nodiscard]] const x509::Certificate& certificate() const noexcept { return chain.front(); }
};

/// Checks and assembles one: the first certificate of `chain_pem` is a CA certificate and belongs to the key. `where`
/// and `key_where` name the sources in messages. Errors: malformed, rejected.
Result<Authority> make_authority(const std::string& chain_pem, std::shared_ptr<const x509::PrivateKey> key,
                                 const std::string& where, const std::string& key_where);

/// The one of the configuration: index 0. Throws std::runtime_error naming the file when one is unusable.
Authority load_authority(const CaConfig& config);

/// CA certificate for the same subject as `old`, with its extensions, the next CA version and the hash of its
/// predecessor (certsrv.md 6.3): valid from now (less ten minutes) for as long as `old` was, but not longer than its
/// parent. `key` may be old's. A self-signed one signs itself; for others `parent_key` signs (nullptr: error rejected).
/// CPU heavy. Errors: rejected, crypto.
Result<Authority> renew(const Authority& old, std::shared_ptr<const x509::PrivateKey> key,
                        const x509::PrivateKey* parent_key, int index, int key_index, WallTime now);

/// `url` with AD CS's tokens replaced: %1 host name, %2 its first label, %3 CA name, %4 "(n)" of the certificate's
/// index, %8 "(n)" of the key's, %9 "+" for a delta CRL; (0) is left out. A token right before a hexadecimal digit is
/// taken as an escape such as %20 and stays. Values are percent-encoded.
std::string expand_url(const std::string& url, const CaConfig& config, const std::string& ca_name,
                       const Authority& authority, bool delta);

}  // namespace opencapf::ca_sim
