// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ces/config.hpp"
#include "ces/profile.hpp"
#include "ces/server/key_generation.hpp"
#include "opencapf/x509/certificate.hpp"

namespace opencapf::ces {

/// The configuration and what was read from the files that it names. Immutable: a reload makes a new one, and a request
/// keeps the one it began with.
struct Policy {
    Config config;
    Secret password;                                    ///< of cesd's own account
    x509::TrustStore directory;                         ///< the trust directory as it stands
    std::shared_ptr<const x509::TrustStore> web_trust;  ///< what of it may vouch for the CA's web server
    Profiles profiles;                                  ///< never empty
    std::optional<KeySigner> key_signer;                ///< set when a profile offers serverkeygen
};

/// Reads the files that `config` names; warns of what cannot work. Throws std::exception with what to do.
Policy make_policy(Config config);

}  // namespace opencapf::ces
