// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/certificate_authority.hpp"

#include "opencapf/base/text.hpp"
#include "opencapf/log/operator_log.hpp"

#include <fmt/format.h>

namespace opencapf::ca_sim {
namespace {

constexpr const char* kDatabaseTime = "%Y-%m-%d %H:%M:%S";

StoredOutcome failed(Hresult code, std::string message) {
    StoredOutcome outcome;
    outcome.disposition = Disposition::failed;
    outcome.code = code;
    outcome.message = std::move(message);
    return outcome;
}

/// The one place that says what an issuing error means for the requester.
StoredOutcome outcome_of(const Error& error) {
    if (error.code == Errc::malformed) {
        StoredOutcome outcome = failed(hresult::kBadSubject,
                                       fmt::format("Denied by Policy Module  {}, {}", hresult_hex(hresult::kBadSubject),
                                                   hresult_text(hresult::kBadSubject)));
        outcome.disposition = Disposition::denied;
        return outcome;
    }
    log::error("cannot issue a certificate: " + error.message);
    return failed(error.code == Errc::unavailable ? hresult::kServerUnavailable : hresult::kInvalidData,
                  "Error Constructing or Publishing Certificate");
}

void log_outcome(const CertificateAuthority::Outcome& outcome, const std::string& user, const Verdict& verdict,
                 const StoredOutcome* signed_outcome) {
    const std::string subject = verdict.request ? verdict.request->subject_rfc2253() : std::string("-");
    const std::string name = verdict.template_name.empty() ? std::string("-") : verdict.template_name;
    std::string line = fmt::format("request {} {}: requester {}, template {}, subject {}", outcome.id,
                                   to_string(outcome.disposition), user, printable(name, 128), printable(subject, 256));
    if (outcome.disposition == Disposition::issued && signed_outcome != nullptr) {
        line += fmt::format(", serial {}, not after {}", signed_outcome->serial, signed_outcome->not_after);
        log::info(line);
        return;
    }
    line += ", " + outcome.message;
    if (!verdict.detail.empty()) line += " (" + verdict.detail + ")";
    if (outcome.disposition == Disposition::pending) {
        log::info(line);
    } else {
        log::warn(line);
    }
}

}  // namespace

std::string_view account_of(std::string_view user) noexcept {
    const std::size_t slash = user.find('\\');
    return slash == std::string_view::npos ? user : user.substr(slash + 1);
}

CertificateAuthority::CertificateAuthority(const Config& config, net::WorkPool& pool, WallClock clock, Metrics metrics)
    : config_(config),
      metrics_(std::move(metrics)),
      pool_(pool),
      clock_(std::move(clock)),
      templates_(config.templates),
      issuer_(config.ca),
      store_(config.database) {}

void CertificateAuthority::replace_templates(Templates templates) {
    templates_.set(std::make_shared<const Templates>(std::move(templates)));
}

std::vector<const Template*> CertificateAuthority::templates_of(const Templates& templates, std::string_view user) {
    std::vector<const Template*> list;
    for (const Template& entry : templates) {
        if (may_enroll(entry, account_of(user))) list.push_back(&entry);
    }
    return list;
}

StoredOutcome CertificateAuthority::sign(const x509::CertificateRequest& request, const Template& entry,
                                         std::int64_t id, std::string_view user) const {
    const Requester requester{std::string(account_of(user)), config_.domain.dns};
    const auto certificate = issuer_.issue(request, entry, id, requester, clock_());
    if (!certificate) return outcome_of(certificate.error());
    StoredOutcome outcome;
    outcome.disposition = Disposition::issued;
    outcome.message = "Issued";
    outcome.certificate = certificate->der();
    outcome.serial = certificate->serial_hex();
    outcome.not_after = format_utc(certificate->not_after(), kDatabaseTime);
    return outcome;
}

StoredOutcome CertificateAuthority::recover_one(const StoredRequest& request) const {
    const auto templates = templates_.get();
    const Template* entry = find_template(*templates, request.template_name);
    if (entry == nullptr) {
        return failed(hresult::kUnsupportedTemplate, "The server stopped while signing; the template is gone since");
    }
    const auto csr = x509::CertificateRequest::from_der(request.csr);
    if (!csr) return failed(hresult::kBadTag, "The server stopped while signing; the stored request is damaged");
    return sign(*csr, *entry, request.id, request.requester);
}

void CertificateAuthority::recover() {
    for (const StoredRequest& request : store_.interrupted()) {
        const StoredOutcome outcome = recover_one(request);
        store_.finish_blocking(request.id, outcome);
        const std::string line = fmt::format("request {} was being signed when the server stopped; now {}: {}",
                                             request.id, to_string(outcome.disposition), outcome.message);
        if (outcome.disposition == Disposition::issued) {
            log::info(line);
        } else {
            log::warn(line);
        }
    }
}

Task<Verdict> CertificateAuthority::decide_on_pool(Submission submission, std::string account,
                                                   std::shared_ptr<const Templates> templates) {
    Verdict verdict;
    auto job = [&] {
        const PolicyInput input{submission.certificate_request, submission.template_name, account};
        verdict = decide(input, *templates, config_.ca.no_template_hresult);
        force(submission.forced, verdict);
    };
    std::function<void()> erased(std::ref(job));
    co_await pool_.run(std::move(erased));
    co_return verdict;
}

Task<StoredOutcome> CertificateAuthority::sign_on_pool(x509::CertificateRequest request, const Template* entry,
                                                       std::int64_t id, std::string user) {
    StoredOutcome outcome;
    auto job = [&] { outcome = sign(request, *entry, id, user); };
    std::function<void()> erased(std::ref(job));
    const metrics::Stopwatch watch;
    co_await pool_.run(std::move(erased));
    metrics_.signing.observe(watch.total());
    co_return outcome;
}

Task<CertificateAuthority::Outcome> CertificateAuthority::process(Submission submission, std::string user) {
    std::string account(account_of(user));
    const auto templates = templates_.get();  // the verdict points into them
    const Verdict verdict = co_await decide_on_pool(std::move(submission), std::move(account), templates);
    StoredRequest row;
    row.submitted = format_utc(clock_(), kDatabaseTime);
    row.requester = user;
    row.template_name = verdict.template_name;
    row.disposition = verdict.disposition;
    row.message = verdict.message;
    row.code = verdict.code;
    if (verdict.request) row.csr = verdict.request->der();

    Outcome outcome;
    outcome.disposition = verdict.disposition;
    outcome.message = verdict.message;
    outcome.code = verdict.code;
    // The intent is on disk before the key is used: a crash in between leaves a row that recover() resolves.
    outcome.id = co_await store_.add(std::move(row));
    if (verdict.disposition != Disposition::signing) {
        log_outcome(outcome, user, verdict, nullptr);
        co_return outcome;
    }
    x509::CertificateRequest request = *verdict.request;
    std::string signer_user = user;
    StoredOutcome stored = co_await sign_on_pool(std::move(request), verdict.entry, outcome.id, std::move(signer_user));
    outcome.disposition = stored.disposition;
    outcome.message = stored.message;
    outcome.code = stored.code;
    StoredOutcome to_store = stored;
    co_await store_.finish(outcome.id, std::move(to_store));
    log_outcome(outcome, user, verdict, &stored);
    co_return outcome;
}

Task<Result<CertificateAuthority::Outcome>> CertificateAuthority::submit(Submission submission, std::string user) {
    try {
        auto outcome = co_await process(std::move(submission), std::move(user));
        metrics_.decided(outcome.disposition);
        co_return outcome;
    } catch (const std::exception& problem) {
        log::error(std::string("a request could not be recorded: ") + problem.what());
    }
    metrics_.decided(std::nullopt);
    co_return fail(Errc::unavailable, "the database of requests is not available");
}

Task<Result<std::optional<StoredRequest>>> CertificateAuthority::find(std::int64_t id) {
    try {
        co_return co_await store_.find(id);
    } catch (const std::exception& problem) {
        log::error(std::string("a request could not be read: ") + problem.what());
    }
    co_return fail(Errc::unavailable, "the database of requests is not available");
}

}  // namespace opencapf::ca_sim
