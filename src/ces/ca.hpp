// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ces/ca_config.hpp"

#include <memory>
#include <string>
#include <vector>

namespace opencapf::ces {

class CmcWrapper;

/// One CA as configured, with everything read that its configuration names. Immutable.
struct Ca {
    CaConfig config;
    CaLogin login;                                         ///< cesd's own account there; user may be empty (type est)
    std::shared_ptr<const x509::TrustStore> directory;     ///< the trust directory as it stands
    std::shared_ptr<const x509::TrustStore> web_trust;     ///< what of it may vouch for the CA's web server
    std::shared_ptr<const http::ClientIdentity> identity;  ///< shown to an EST server; null: none
    std::shared_ptr<const CmcWrapper> cmc;                 ///< null: requests go out as they came
};
using Cas = std::vector<std::shared_ptr<const Ca>>;

/// Reads the files that `config` names. `fallback` is the account of CAs that name none. Warns of what cannot work.
/// Throws std::exception with what to do.
std::shared_ptr<const Ca> load_ca(const CaConfig& config, const CaLogin& fallback);

/// The CA called `name`, or null.
std::shared_ptr<const Ca> find_ca(const Cas& cas, std::string_view name);

}  // namespace opencapf::ces
