// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ces/auth/static_accounts.hpp"
#include "ces/ca.hpp"
#include "ces/config.hpp"
#include "ces/profile.hpp"
#include "ces/server/key_generation.hpp"
#include "opencapf/x509/certificate.hpp"

namespace opencapf::ces {

/// The configuration and what was read from the files that it names. Immutable: a reload makes a new one, and a request
/// keeps the one it began with.
struct Policy {
    Config config;
    Cas cas;                                         ///< in order; never empty
    Profiles profiles;                               ///< never empty
    std::optional<KeySigner> key_signer;             ///< set when a profile offers serverkeygen
    std::shared_ptr<const StaticAccounts> accounts;  ///< null: no file is configured
    std::vector<x509::Certificate> extra_cacerts;    ///< for /cacerts
    x509::TrustStore directory{{}};                  ///< the trust directory of the first CA as it stands
};

/// Reads the files that `config` names; warns of what cannot work. Throws std::exception with what to do.
Policy make_policy(Config config);

}  // namespace opencapf::ces
