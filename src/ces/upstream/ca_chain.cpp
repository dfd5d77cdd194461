// SPDX-License-Identifier: Apache-2.0
#include "ces/upstream/ca_chain.hpp"

#include "opencapf/x509/certificate_check.hpp"

#include <algorithm>
#include <openssl/x509v3.h>

namespace opencapf::ces {
namespace {

constexpr std::size_t kMaxCertificates = 64;  // of a CA chain; far above any real one

bool is_named(const x509::Certificate& certificate, const std::string& host) {
    return X509_check_host(certificate.native(), host.data(), host.size(), 0, nullptr) == 1;
}

bool holds(const std::vector<x509::Certificate>& set, const x509::Certificate& certificate) {
    return std::any_of(set.begin(), set.end(), [&](const auto& one) { return one.der() == certificate.der(); });
}

const x509::Certificate* issuer_in(const std::vector<x509::Certificate>& set, const x509::Certificate& certificate) {
    const auto found = std::find_if(set.begin(), set.end(), [&](const x509::Certificate& one) {
        return X509_check_issued(one.native(), certificate.native()) == X509_V_OK;
    });
    return found == set.end() ? nullptr : &*found;
}

}  // namespace

x509::TrustStore trust_for_web_server(const x509::TrustStore& directory, const std::string& host,
                                      std::vector<std::string>& left_out) {
    std::vector<x509::Certificate> kept;
    for (const auto& certificate : directory.certificates()) {
        if (certificate.self_issued() && (!certificate.is_ca() || is_named(certificate, host))) {
            left_out.push_back(certificate.subject_oneline());
        } else {
            kept.push_back(certificate);
        }
    }
    return x509::TrustStore(std::move(kept));
}

Result<std::shared_ptr<const CaChain>> make_chain(std::vector<x509::Certificate> certificates,
                                                  const x509::TrustStore& trust, est::Wrap wrap) {
    if (certificates.size() > kMaxCertificates)
        return fail(Errc::protocol, "the CA sent a chain of " + std::to_string(certificates.size()) + " certificates");
    for (std::size_t i = 0; i < certificates.size() && certificates.size() <= kMaxCertificates; ++i) {
        if (certificates[i].self_issued() || issuer_in(certificates, certificates[i]) != nullptr) continue;
        const auto* issuer = issuer_in(trust.certificates(), certificates[i]);
        if (issuer != nullptr && !holds(certificates, *issuer)) certificates.push_back(*issuer);
    }
    std::stable_partition(certificates.begin(), certificates.end(),
                          [](const x509::Certificate& certificate) { return !certificate.self_issued(); });
    if (certificates.empty() || !certificates.back().self_issued())
        return fail(Errc::protocol,
                    "the CA's chain has no self-signed root; put the root certificate into the trust directory");
    x509::TrustStore store(certificates);
    for (const auto& certificate : certificates) {
        const auto verified = store.verify(certificate);
        if (!verified)
            return fail(verified.error().with("the CA's chain does not verify at " + certificate.subject_oneline()));
    }
    auto chain = std::make_shared<CaChain>(CaChain{certificates, std::move(store), {}});
    chain->body = est::encode_body(x509::make_certs_only(certificates), wrap);
    return std::shared_ptr<const CaChain>(std::move(chain));
}

Check check_ca_chain(std::string step, std::vector<x509::Certificate> certificates, const x509::TrustStore& directory) {
    const auto chain = make_chain(certificates, directory, est::Wrap::lines_of_64);
    if (!chain) return bad(std::move(step), chain.error().message);
    return x509::check_dates(std::move(step), (*chain)->certificates, std::chrono::system_clock::now());
}

}  // namespace opencapf::ces
