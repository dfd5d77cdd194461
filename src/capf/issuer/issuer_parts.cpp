// SPDX-License-Identifier: Apache-2.0
#include "capf/issuer/issuer_parts.hpp"

#include "opencapf/base/text.hpp"

#include <stdexcept>

namespace opencapf::capf {
namespace {

std::shared_ptr<const http::ClientIdentity> client_identity(const EstConfig& config) {
    const auto& file = config.client_certificate_file;
    auto chain = x509::Certificate::all_from_pem(read_file(file));
    if (!chain) throw std::runtime_error("the client certificate " + file + ": " + chain.error().message);
    http::ClientIdentity identity{std::move(*chain), x509::PrivateKey::load(config.client_key)};
    if (!(identity.chain.front().public_key() == identity.key.public_key()))
        throw std::runtime_error("the client certificate " + file + " has another key than " +
                                 config.client_key.origin());
    return std::make_shared<const http::ClientIdentity>(std::move(identity));
}

est::ClientConfig est_config(const ServiceParameters& service, const EstConfig& config) {
    const bool direct = service.online_ca_type == OnlineCaType::est;
    est::ClientConfig result;
    result.host = direct ? service.online_ca_hostname : config.host;
    result.port = direct ? service.online_ca_port : config.port;
    result.path = config.path;
    if (direct && !service.enrollment_profile_label.empty()) result.path += '/' + service.enrollment_profile_label;
    result.trust = std::make_shared<x509::TrustStore>(x509::TrustStore::load_file(config.trust_file));
    if (direct && !config.client_certificate_file.empty()) result.identity = client_identity(config);
    if (!direct || !result.identity || !config.user.empty()) {
        result.user = config.user;
        result.password = config.password.line();
    }
    result.preemptive_auth = config.preemptive_auth;
    result.connect_timeout = config.connect_timeout;
    result.read_timeout = config.read_timeout;
    result.total_timeout = config.total_timeout;
    result.accept_cmc_ra = config.accept_cmc_ra;
    result.maximum_tls_version = config.maximum_tls_version;
    result.resolve = config.resolve;
    return result;
}

}  // namespace

IssuerParts load_issuer_parts(const Config& config) {
    IssuerParts parts;
    parts.issuer = config.service.certificate_issuer;
    parts.online_ca_type = config.service.online_ca_type;
    parts.validity = config.service.validity();
    switch (parts.issuer) {
        case CertificateIssuer::capf:
            parts.signer = LscSigner::load(config.tls);
            break;
        case CertificateIssuer::online:
            parts.est = est_config(config.service, config.est);
            parts.trust_length = read_file(config.est.trust_file).size();
            break;
        case CertificateIssuer::offline:
            break;
    }
    return parts;
}

}  // namespace opencapf::capf
