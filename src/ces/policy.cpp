// SPDX-License-Identifier: Apache-2.0
#include "ces/policy.hpp"

#include "ces/upstream/ca_chain.hpp"

#include <algorithm>

namespace opencapf::ces {
namespace {

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

}  // namespace

Policy make_policy(Config config) {
    auto directory = x509::TrustStore::load_directory(config.ca.trust_directory);
    std::vector<std::string> left_out;
    auto web_trust = trust_for_web_server(directory, config.ca.host, left_out);
    for (const auto& subject : left_out)
        log::warn("the trust directory holds the self-signed server certificate " + subject +
                  ": it vouches for nobody; give the CA's web server a certificate issued by a CA");
    if (web_trust.certificates().empty())
        log::warn(config.ca.trust_directory + " holds no CA certificate: no connection to the CA can be verified");
    Secret password = config.password.line();
    Profiles profiles = make_profiles(config);
    auto key_signer = make_key_signer(config);
    return {std::move(config),    std::move(password),
            std::move(directory), std::make_shared<const x509::TrustStore>(std::move(web_trust)),
            std::move(profiles),  std::move(key_signer)};
}

}  // namespace opencapf::ces
