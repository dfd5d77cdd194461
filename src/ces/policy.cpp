// SPDX-License-Identifier: Apache-2.0
#include "ces/policy.hpp"

#include "ces/upstream/ca_chain.hpp"

namespace opencapf::ces {
namespace {

Profiles make_profiles(const Config& config) {
    Profile base;
    base.template_name = config.ca.template_name;
    base.wrap = config.est.wrap;
    return {std::make_shared<const Profile>(std::move(base))};
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
    return {std::move(config), std::move(password), std::move(directory),
            std::make_shared<const x509::TrustStore>(std::move(web_trust)), std::move(profiles)};
}

}  // namespace opencapf::ces
