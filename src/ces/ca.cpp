// SPDX-License-Identifier: Apache-2.0
#include "ces/ca.hpp"

#include "ces/upstream/ca_chain.hpp"
#include "ces/upstream/cmc_wrapper.hpp"
#include "opencapf/log/operator_log.hpp"

#include <algorithm>

namespace opencapf::ces {

std::shared_ptr<const Ca> load_ca(const CaConfig& config, const CaLogin& fallback) {
    auto ca = std::make_shared<Ca>();
    ca->config = config;
    ca->login = config.user.empty() ? fallback : CaLogin{config.user, config.password.line()};
    ca->directory = std::make_shared<const x509::TrustStore>(x509::TrustStore::load_directory(config.trust_directory));
    std::vector<std::string> left_out;
    ca->web_trust =
        std::make_shared<const x509::TrustStore>(trust_for_web_server(*ca->directory, config.host, left_out));
    for (const auto& subject : left_out)
        log::warn("the trust directory holds the self-signed server certificate " + subject +
                  ": it vouches for nobody; give the CA's web server a certificate issued by a CA");
    if (ca->web_trust->certificates().empty())
        log::warn(config.trust_directory + " holds no CA certificate: no connection to the CA can be verified");
    if (!config.client_certificate.empty())
        ca->identity = std::make_shared<const http::ClientIdentity>(
            http::ClientIdentity{x509::TrustStore::load_file(config.client_certificate).certificates(),
                                 x509::PrivateKey::load(config.client_key)});
    if (!config.cmc_certificate.empty())
        ca->cmc = std::make_shared<const CmcWrapper>(x509::TrustStore::load_file(config.cmc_certificate).certificates(),
                                                     x509::PrivateKey::load(config.cmc_key));
    return ca;
}

std::shared_ptr<const Ca> find_ca(const Cas& cas, std::string_view name) {
    const auto found = std::find_if(cas.begin(), cas.end(), [&](const auto& ca) { return ca->config.name == name; });
    return found == cas.end() ? nullptr : *found;
}

}  // namespace opencapf::ces
