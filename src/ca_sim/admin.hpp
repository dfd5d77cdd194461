// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ca_sim/certificate_authority.hpp"
#include "ca_sim/crl_publisher.hpp"
#include "ca_sim/faults/fault_service.hpp"

#include <functional>
#include <string>

namespace opencapf::ca_sim {

/// The certificate manager's side: what the admin socket's ca.* commands work on (docs/admin-socket.md).
struct Admin {
    CertificateAuthority& ca;
    CrlPublisher& crls;
    FaultService& faults;
    /// Makes accounts and templates of the database count, beside those of the configuration. Blocks; throws
    /// std::exception, and changes nothing, when they do not fit together.
    std::function<void()> apply_overrides;
    /// Throws when what a backup holds could not be worked with.
    StateStore::Check check_state;
    /// Forgets failed log-ins of an account; false when there is no such account.
    std::function<bool(const std::string& account)> unlock;
    /// Accounts as they count now.
    std::function<std::vector<StoredAccount>()> accounts;
    /// Templates of the configuration that runs.
    std::function<std::vector<Template>()> configured_templates;
    std::string officer;  ///< "DOMAIN\\Administrator": whose decision a denial is
};

/// One request line in, one answer line out. Never throws.
Task<std::string> handle_admin(Admin& admin, std::string line);

}  // namespace opencapf::ca_sim
