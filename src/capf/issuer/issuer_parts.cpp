// SPDX-License-Identifier: Apache-2.0
#include "capf/issuer/issuer_parts.hpp"

#include "opencapf/base/text.hpp"

namespace opencapf::capf {
namespace {

est::ClientConfig est_config(const ServiceParameters& service, const EstConfig& config) {
    const bool direct = service.online_ca_type == OnlineCaType::est;
    est::ClientConfig result;
    result.host = direct ? service.online_ca_hostname : config.host;
    result.port = direct ? service.online_ca_port : config.port;
    result.path = config.path;
    if (direct && !service.enrollment_profile_label.empty()) result.path += '/' + service.enrollment_profile_label;
    result.trust = std::make_shared<x509::TrustStore>(x509::TrustStore::load_file(config.trust_file));
    result.user = config.user;
    result.password = config.password.line();
    result.preemptive_auth = config.preemptive_auth;
    result.connect_timeout = config.connect_timeout;
    result.read_timeout = config.read_timeout;
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
