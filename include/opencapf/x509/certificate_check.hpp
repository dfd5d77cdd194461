// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/base/check.hpp"
#include "opencapf/x509/certificate.hpp"

#include <string>
#include <vector>

/// What is wrong with certificates, one question at a time and in plain words, for whoever has to put it right. What a
/// connection may be used for is still decided by the TLS client alone. Thread-safe.
namespace opencapf::x509 {

struct ServerTrust {
    std::string problem;            ///< empty: trusted
    std::vector<Certificate> path;  ///< when trusted: the server's certificate first, the anchor last
};

/// Does `shown` (the server's own first; not empty) lead to a self-signed certificate of `trust`? Dates do not count.
/// `place` names the trust in texts ("the trust directory /x"). `security_level` is OpenSSL's, of the TLS client.
ServerTrust judge_trust(const TrustStore& trust, const std::vector<Certificate>& shown, const std::string& place,
                        int security_level);

/// Empty when `certificate` is for `host`, a DNS name or an IP address; else which names it has.
std::string name_problem(const Certificate& certificate, const std::string& host);

/// Empty when `certificate` is valid at `now`; else which date is wrong, and by how much.
std::string date_problem(const Certificate& certificate, WallTime now);

/// "/CN=a, issued by /CN=b, 2026-01-31 to 2027-01-31" (UTC), escaped and bounded.
std::string describe(const Certificate& certificate);

/// Are all of them valid at `now`, and none to be renewed: with 30 days left and a third of its life? Names the first
/// ten that are not.
Check check_dates(std::string step, const std::vector<Certificate>& certificates, WallTime now);

/// The same for a directory of trusted CAs: one that has ended, or has not begun, does no harm as long as another is
/// valid, and one that ends soon none when another of the same name goes on.
Check check_trusted(std::string step, const std::vector<Certificate>& certificates, WallTime now);

}  // namespace opencapf::x509
