// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/base/check.hpp"
#include "opencapf/est/codec.hpp"
#include "opencapf/x509/certificate.hpp"

#include <memory>
#include <string>
#include <vector>

namespace opencapf::ces {

/// The trust directory as it counts for the CA's web server: a self-signed server certificate is no issuer, even when
/// somebody put it there (cucm-capf.md section 6, case 2). Names what was left out in `left_out`.
x509::TrustStore trust_for_web_server(const x509::TrustStore& directory, const std::string& host,
                                      std::vector<std::string>& left_out);

/// What /cacerts serves and what issued certificates must chain to.
struct CaChain {
    std::vector<x509::Certificate> certificates;  ///< issuing CA first, root last
    x509::TrustStore store;
    std::string body;  ///< the finished answer of /cacerts
};

/// Puts the chain in order, adds the root from `trust` when the CA left it out, and encodes it. Errors: protocol when
/// the certificates lead to no self-signed root.
Result<std::shared_ptr<const CaChain>> make_chain(std::vector<x509::Certificate> certificates,
                                                  const x509::TrustStore& trust, est::Wrap wrap);

/// What the CA says are its certificates: do they lead to a root, itself or in `directory`, and how long are they
/// valid?
Check check_ca_chain(std::string step, std::vector<x509::Certificate> certificates, const x509::TrustStore& directory);

}  // namespace opencapf::ces
