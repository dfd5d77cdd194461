// SPDX-License-Identifier: Apache-2.0
#include "capf/self_check.hpp"

#include "opencapf/base/busy.hpp"
#include "opencapf/base/text.hpp"
#include "opencapf/http/clock_check.hpp"
#include "opencapf/x509/certificate_check.hpp"

#include <algorithm>
#include <openssl/x509v3.h>

namespace opencapf::capf {
namespace {

using Certificates = std::vector<x509::Certificate>;

WallTime now() { return std::chrono::system_clock::now(); }

std::string subject(const x509::Certificate& certificate) { return printable(certificate.subject_oneline(), 200); }

/// Reads files: not on a loop.
Checks check_own_certificate(const Config& config) {
    const std::string &file = config.tls.certificate_file, certificate_step = "CAPF certificate", key_step = "CAPF key";
    try {
        const auto certificate = x509::Certificate::load(file);
        auto dates = x509::check_dates(certificate_step, {certificate}, now());
        dates.found = file + ": " + dates.found;
        const auto key = x509::PrivateKey::load(config.tls.private_key);
        const bool fits = certificate.public_key() == key.public_key();
        const std::string& origin = config.tls.private_key.origin();
        return {dates, fits ? good(key_step, origin + " belongs to the certificate")
                            : bad(key_step, origin + " is another key than that of " + file)};
    } catch (const std::exception& error) {
        return {bad(certificate_step, error.what())};
    }
}

Check check_phone_trust(const Config& config, const x509::TrustStore& trust) {
    auto check = x509::check_trusted("phone trust", trust.certificates(), now());
    check.found =
        (config.phone_trust.empty() ? "CAPF's own certificate alone" : config.phone_trust) + ": " + check.found;
    return check;
}

/// What there is to say of issuers that ask nobody over the network.
Check check_issuer(const Service& service, const Config& config, const IssuerParts& parts) {
    const std::string step = "issuer of LSCs";
    if (parts.issuer == CertificateIssuer::offline) {
        const auto waiting = service.spool.request_names(true).size();
        return good(step, "an administrator (Offline CA); " + std::to_string(waiting) + " requests wait for one");
    }
    if (parts.issuer == CertificateIssuer::online)
        return good(step, parts.online_ca_type == OnlineCaType::est ? "an EST server (Online CA)"
                                                                    : "the Online CA through CES");
    const auto end = parts.signer->certificate().not_after();
    const auto days = std::chrono::duration_cast<std::chrono::hours>(end - now()).count() / 24;
    std::string found = "CAPF itself, with the key of " + config.tls.certificate_file;
    if (now() + parts.validity > end)
        found += "; LSCs are shorter than configured: they end with the CAPF certificate, in " + std::to_string(days) +
                 " days";
    return good(step, found);
}

bool is_parent(const x509::Certificate& certificate, const Certificates& set) {
    return std::any_of(set.begin(), set.end(), [&certificate](const auto& one) {
        return !one.self_issued() && X509_check_issued(certificate.native(), one.native()) == X509_V_OK;
    });
}

/// A renewed CA certificate vouches as the old one does while the key is the same.
bool trusts(const Certificates& trust, const x509::Certificate& ca) {
    const auto key = ca.usable_public_key();
    return key && std::any_of(trust.begin(), trust.end(), [&](const auto& one) {
               const auto other = one.usable_public_key();
               return other && *other == *key && one.subject_rfc2253() == ca.subject_rfc2253();
           });
}

/// Phones prove themselves with their LSC alone, so its issuer must be known here.
Check check_lsc_issuers(const Config& config, const x509::TrustStore& trust, const Certificates& cas) {
    const std::string step = "LSC issuers in phone trust";
    std::string known, missing;
    for (const auto& ca : cas) {
        if (is_parent(ca, cas)) continue;
        std::string& list = trusts(trust.certificates(), ca) ? known : missing;
        list += (list.empty() ? "" : ", ") + subject(ca);
    }
    if (missing.empty()) return good(step, known + (known.empty() ? "none issues" : ""));
    const std::string cure =
        ": an LSC of today is refused tomorrow, when the phone proves itself with it; put it into " +
        (config.phone_trust.empty() ? "a directory that phone_trust names" : config.phone_trust);
    if (known.empty()) return bad(step, missing + " is missing" + cure);
    return unknown(step, known + " is there; " + missing + " is not. If it issues LSCs" + cure);
}

net::EndpointQuestion question_of(const Config& config, const est::ClientConfig& est) {
    net::EndpointQuestion question;
    question.host = est.host;
    question.port = est.port;
    question.resolve = est.resolve;
    question.trust = est.trust;
    question.trust_place = "the trust file " + config.est.trust_file;
    question.maximum_tls_version = est.maximum_tls_version;
    question.role_is_enough = est.accept_cmc_ra;
    question.timeout = est.connect_timeout;
    return question;
}

Task<Checks> check_est(Service& service, net::Loop& loop, std::shared_ptr<const Config> config, est::ClientConfig est) {
    auto dates = x509::check_dates("trust file", est.trust->certificates(), now());
    dates.found = config->est.trust_file + ": " + dates.found;
    Checks checks{std::move(dates)};
    const auto question = question_of(*config, est);
    auto endpoint = co_await net::check_endpoint(loop, question);
    std::move(endpoint.checks.begin(), endpoint.checks.end(), std::back_inserter(checks));
    std::string path = est.path + "/cacerts";
    auto clock = co_await http::check_clock(question, endpoint, std::move(path));
    checks.push_back(std::move(clock));
    const std::string round_trip = "EST round trip", issuers = "LSC issuers in phone trust";
    if (!endpoint.usable) {
        checks.push_back(unknown(round_trip, "not tried: capfd does not speak to this server"));
        checks.push_back(unknown(issuers, "not known: nobody told the CA's certificates"));
        co_return checks;
    }
    est::Client client(loop, std::move(est));
    const auto begun = std::chrono::steady_clock::now();
    const auto answer = co_await client.cacerts();
    const auto time = net::milliseconds_text(std::chrono::steady_clock::now() - begun);
    if (!answer.ok()) {
        checks.push_back(bad(round_trip, "cacerts: rv = " + std::to_string(est::est_error_number(answer.error)) + " (" +
                                             std::string(est::est_error_name(answer.error)) + ") after " + time + ": " +
                                             printable(answer.detail, 400)));
        checks.push_back(unknown(issuers, "not known: nobody told the CA's certificates"));
        co_return checks;
    }
    checks.push_back(
        good(round_trip, "cacerts: " + std::to_string(answer.certificates.size()) + " CA certificates after " + time));
    checks.push_back(check_lsc_issuers(*config, *service.phone_trust.get(), answer.certificates));
    co_return checks;
}

}  // namespace

Task<Result<Checks>> self_check(Service& service, net::Loop& loop) {
    const Busy busy(service.checking);
    if (!busy.first()) co_return fail(Errc::conflict, "another check of capfd runs; try again when it has ended");
    const auto config = service.config();
    const auto parts = service.issuer_parts.get();
    Checks own;
    auto read = [&] {
        own = check_own_certificate(*config);
        own.push_back(check_phone_trust(*config, *service.phone_trust.get()));
        own.push_back(check_issuer(service, *config, *parts));
    };
    std::function<void()> job(std::ref(read));
    co_await service.workers.run(std::move(job));
    Checks all;
    append_checks(all, "capfd", std::move(own));
    if (parts->est) {
        const est::ClientConfig& est = *parts->est;
        const bool direct = parts->online_ca_type == OnlineCaType::est;
        auto checks = co_await check_est(service, loop, config, est);
        append_checks(all,
                      std::string(direct ? "capfd: EST server https://" : "capfd: CES https://") + est.host + ':' +
                          std::to_string(est.port) + est.path,
                      std::move(checks));
    }
    co_return all;
}

}  // namespace opencapf::capf
