// SPDX-License-Identifier: Apache-2.0
#include "ces/policy.hpp"

#include "opencapf/log/operator_log.hpp"

#include <algorithm>
#include <filesystem>
#include <stdexcept>

namespace opencapf::ces {
namespace {

/// Of a file or a directory.
std::shared_ptr<const x509::TrustStore> load_trust(const std::string& path) {
    auto trust = std::filesystem::is_directory(path) ? x509::TrustStore::load_directory(path)
                                                     : x509::TrustStore::load_file(path);
    if (trust.certificates().empty()) throw std::runtime_error(path + " holds no certificate");
    return std::make_shared<const x509::TrustStore>(std::move(trust));
}

std::shared_ptr<const Profile> make_profile(const Config& config, const ProfileConfig& settings) {
    Profile profile;
    profile.label = settings.label;
    profile.template_name = settings.template_name.empty() ? config.ca.template_name : settings.template_name;
    profile.wrap = settings.wrap;
    profile.cas = settings.cas;
    try {
        profile.csr_attributes = CsrAttributes(settings.csrattrs, settings.pop_enabled);
    } catch (const std::runtime_error& error) {
        const std::string where = settings.label.empty() ? "est" : "label " + settings.label;
        throw std::runtime_error(where + ": csrattrs: " + error.what());
    }
    if (!settings.explicit_trust.empty()) profile.explicit_trust = load_trust(settings.explicit_trust);
    if (!settings.implicit_trust.empty()) profile.implicit_trust = load_trust(settings.implicit_trust);
    profile.settings = settings;
    return std::make_shared<const Profile>(std::move(profile));
}

Profiles make_profiles(const Config& config) {
    Profiles profiles{make_profile(config, config.est.base)};
    for (const auto& label : config.est.labels) profiles.push_back(make_profile(config, label));
    return profiles;
}

/// Vouches for keys that cesd makes; only then is its key needed outside of TLS.
std::optional<KeySigner> make_key_signer(const Config& config) {
    const auto makes_keys = [](const ProfileConfig& profile) { return profile.keygen.enabled; };
    const auto& labels = config.est.labels;
    if (!makes_keys(config.est.base) && std::none_of(labels.begin(), labels.end(), makes_keys)) return std::nullopt;
    return KeySigner{x509::Certificate::load(config.tls.certificate_file),
                     x509::PrivateKey::load(config.tls.private_key)};
}

Cas load_cas(const Config& config) {
    const CaLogin login{config.user, config.password.line()};
    Cas cas{load_ca(config.ca, login)};
    for (const auto& standby : config.standby_cas) cas.push_back(load_ca(standby, login));
    return cas;
}

void require_known_cas(const Profiles& profiles, const Cas& cas) {
    for (const auto& profile : profiles)
        for (const auto& name : profile->cas)
            if (!find_ca(cas, name))
                throw std::runtime_error("the label '" + profile->label + "' names the CA '" + name +
                                         "', and no CA is called so");
}

}  // namespace

Policy make_policy(Config config) {
    for (const auto& warning : config_warnings(config)) log::warn(warning);
    Policy policy;
    policy.cas = load_cas(config);
    policy.profiles = make_profiles(config);
    require_known_cas(policy.profiles, policy.cas);
    if (!config.est.extra_cacerts.empty())
        policy.extra_cacerts = x509::TrustStore::load_file(config.est.extra_cacerts).certificates();
    policy.key_signer = make_key_signer(config);
    if (!config.est.accounts.origin().empty())
        policy.accounts = std::make_shared<const StaticAccounts>(StaticAccounts::load(config.est.accounts));
    policy.directory = *policy.cas.front()->directory;
    policy.config = std::move(config);
    return policy;
}

}  // namespace opencapf::ces
