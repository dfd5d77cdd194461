// SPDX-License-Identifier: Apache-2.0
#include "capf/trial_enrolment.hpp"

#include "opencapf/base/busy.hpp"
#include "opencapf/base/text.hpp"
#include "opencapf/log/operator_log.hpp"
#include "opencapf/net/endpoint_check.hpp"
#include "opencapf/x509/certificate_check.hpp"
#include "opencapf/x509/usage.hpp"

#include <algorithm>

namespace opencapf::capf {
namespace {

constexpr const char *kGroup = "capfd: trial enrolment", *kAnswer = "answer";
constexpr std::size_t kRandomBytes = 4;
using Clock = std::chrono::steady_clock;

std::string issuer(const x509::Certificate& certificate) { return printable(certificate.issuer_oneline(), 200); }

Check judge_trust(const Service& service, const Config& config, const x509::Certificate& certificate) {
    const std::string step = "trust",
                      place = config.phone_trust.empty() ? "CAPF's own certificate" : config.phone_trust;
    const auto verified = service.phone_trust.get()->verify(certificate);
    if (verified) return good(step, "verifies up to " + issuer(certificate) + " in " + place);
    return bad(step, printable(verified.error().message, 300) + "; phones that prove themselves with such an LSC are " +
                         "refused: put its issuer into " + place);
}

Check judge_purposes(const x509::Usage& usage) {
    const std::string step = "extended key usage";
    if (usage.purposes.empty()) return good(step, "none: every purpose is allowed");
    std::string list;
    for (const auto& purpose : usage.purposes) list += (list.empty() ? "" : ", ") + purpose;
    const bool client = std::any_of(usage.purposes.begin(), usage.purposes.end(), [](const auto& purpose) {
        return purpose == "clientAuth" || purpose == "anyExtendedKeyUsage";
    });
    if (client) return good(step, list);
    return bad(step, list + " without clientAuth: phones cannot authenticate as TLS clients with it");
}

Check judge_dates(const x509::Certificate& certificate) {
    const std::string step = "validity";
    const auto problem = x509::date_problem(certificate, std::chrono::system_clock::now());
    if (!problem.empty()) return bad(step, problem);
    return good(step, format_utc(certificate.not_before(), "%Y-%m-%d %H:%M:%S") + " to " +
                          format_utc(certificate.not_after(), "%Y-%m-%d %H:%M:%S") + " UTC");
}

Checks judge(const Service& service, const Config& config, const x509::Certificate& certificate,
             const x509::PublicKey& key) {
    const auto usage = x509::usage_of(certificate);
    const auto problem = usage.ca ? std::string() : x509::phone_problem(usage);
    const auto certified = certificate.usable_public_key();
    return {good("serial", certificate.serial_hex() + ", " + printable(certificate.subject_rfc2253(), 200) +
                               "; nobody needs this certificate: revoke it at its CA"),
            certified && *certified == key ? good("public key", "ours")
                                           : bad("public key", "another one than was asked for"),
            judge_trust(service, config, certificate),
            usage.ca ? bad("basic constraints", "CA:TRUE: whoever has the phone could issue certificates")
                     : good("basic constraints", "CA:FALSE"),
            problem.empty() ? good("key usages", x509::to_text(usage)) : bad("key usages", problem),
            judge_purposes(usage),
            judge_dates(certificate)};
}

std::string answer_text(const est::EnrollResult& answer, const std::string& time) {
    return "rv = " + std::to_string(answer.rv()) + " (" + std::string(answer.name()) + ") after " + time;
}

/// What came of the request, and the certificate when there is one.
struct Made {
    Check answer;
    std::optional<x509::Certificate> certificate{};
};

/// `name` is the request's id in the logs, too.
Task<Made> ask_est(net::Loop& loop, std::shared_ptr<const IssuerParts> parts, std::string name,
                   x509::CertificateRequest csr) {
    est::Client client(loop, *parts->est);
    const auto begun = Clock::now();
    auto answer = co_await client.enroll(std::move(csr), std::move(name));
    const auto text = answer_text(answer, net::milliseconds_text(Clock::now() - begun));
    if (answer.ok()) {
        Made made{good(kAnswer, text), std::move(answer.issued)};
        co_return made;
    }
    const std::string found = text + ": " + printable(answer.detail, 500);
    const bool waits = answer.error == est::EstError::ca_enroll_retry && parts->online_ca_type == OnlineCaType::est;
    Made made{waits ? unknown(kAnswer, found + "; deny the request there") : bad(kAnswer, found)};
    co_return made;
}

Task<Made> sign_here(Service& service, std::shared_ptr<const IssuerParts> parts, std::string name,
                     x509::PublicKey key) {
    const LscContent content{name, name, parts->validity};
    Result<x509::Certificate> signed_here = fail(Errc::internal, "");
    const auto begun = Clock::now();
    auto sign = [&] { signed_here = parts->signer->sign(content, key, std::chrono::system_clock::now()); };
    std::function<void()> job(std::ref(sign));
    co_await service.workers.run(std::move(job));
    if (!signed_here) {
        Made made{bad(kAnswer, "CAPF cannot sign: " + signed_here.error().message)};
        co_return made;
    }
    Made made{good(kAnswer, "signed by CAPF itself after " + net::milliseconds_text(Clock::now() - begun)),
              std::move(*signed_here)};
    co_return made;
}

}  // namespace

Task<Result<Trial>> try_enrolment(Service& service, net::Loop& loop) {
    const Busy busy(service.enrolling);
    if (!busy.first()) co_return fail(Errc::conflict, "another trial enrolment runs; try again when it has ended");
    const auto config = service.config();
    const auto parts = service.issuer_parts.get();
    Trial trial;
    if (parts->issuer == CertificateIssuer::offline) {
        append_checks(trial.checks, kGroup, {unknown(kAnswer, "not tried: an administrator signs (Offline CA)")});
        co_return trial;
    }
    const std::string name = "opencapf-doctor-" + to_hex(random_bytes(kRandomBytes));
    std::optional<x509::PrivateKey> key;
    std::optional<x509::CertificateRequest> csr;
    auto prepare = [&] {
        key = x509::PrivateKey::generate_rsa(config->service.key_size);
        csr = x509::make_request({{"CN", name}}, *key);
    };
    std::function<void()> job(std::ref(prepare));
    co_await service.workers.run(std::move(job));
    Made made;
    if (parts->est) {
        made = co_await ask_est(loop, parts, name, *csr);
    } else {
        made = co_await sign_here(service, parts, name, key->public_key());
    }
    Checks checks{std::move(made.answer)};
    if (made.certificate) {
        trial.serial = made.certificate->serial_hex();
        auto judged = judge(service, *config, *made.certificate, key->public_key());
        std::move(judged.begin(), judged.end(), std::back_inserter(checks));
        log::info("admin socket: trial enrolment of " + name + ": certificate " + trial.serial);
    } else {
        log::warn("admin socket: trial enrolment of " + name + ": " + checks.front().found);
    }
    append_checks(trial.checks, kGroup, std::move(checks));
    co_return trial;
}

}  // namespace opencapf::capf
