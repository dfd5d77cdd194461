// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ces/ca.hpp"
#include "ces/profile_config.hpp"
#include "ces/server/csr_attributes.hpp"
#include "opencapf/x509/certificate.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace opencapf::ces {

/// What is served under one label, /.well-known/est/<label>/ (RFC 7030 3.2.2), or without one. Immutable once made.
struct Profile {
    std::string label;          ///< empty: the profile of requests without a label
    std::string template_name;  ///< certificate template asked for; has passed template_name_problem()
    est::Wrap wrap = est::Wrap::lines_of_64;
    std::vector<std::string> cas;  ///< names of the CAs to ask, in order; empty: all, in the order of the configuration
    ProfileConfig settings;        ///< all else that was configured
    CsrAttributes csr_attributes{{}, false};
    std::shared_ptr<const x509::TrustStore> explicit_trust;  ///< null: the CA's own chain
    std::shared_ptr<const x509::TrustStore> implicit_trust;  ///< null: none
};

/// The template that a request of `profile` is for at `ca`: a profile that names none takes what each CA calls it. Of a
/// CA of type est it is a name for our own records.
inline const std::string& template_of(const Ca& ca, const Profile& profile) {
    const auto& own = profile.settings.template_name;
    return own.empty() ? ca.config.template_name : own;
}

/// All profiles of one configuration; the first is the one without a label.
using Profiles = std::vector<std::shared_ptr<const Profile>>;

/// The profile of `label`, or null.
inline std::shared_ptr<const Profile> find_profile(const Profiles& profiles, std::string_view label) {
    for (const auto& profile : profiles)
        if (profile->label == label) return profile;
    return nullptr;
}

}  // namespace opencapf::ces
