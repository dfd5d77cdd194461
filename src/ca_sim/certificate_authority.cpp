// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/certificate_authority.hpp"

#include "ca_sim/san_attribute.hpp"
#include "ca_sim/schema.hpp"
#include "opencapf/base/text.hpp"
#include "opencapf/log/operator_log.hpp"

#include <ctime>
#include <fmt/format.h>
#include <openssl/evp.h>

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

/// SHA-256 of the SubjectPublicKeyInfo: what says that two requests are for the same key.
Bytes key_hash(const x509::CertificateRequest& request) {
    const x509::PublicKey key = request.public_key();
    Bytes digest(EVP_MAX_MD_SIZE);
    unsigned length = 0;
    if (EVP_Digest(key.spki_der().data(), key.spki_der().size(), digest.data(), &length, EVP_sha256(), nullptr) != 1)
        throw std::runtime_error("SHA-256 failed: " + x509::drain_errors());
    digest.resize(length);
    return digest;
}

/// What a template that wants one certificate for each key says to a second request.
StoredOutcome duplicate_denied() {
    StoredOutcome outcome;
    outcome.disposition = Disposition::denied;
    outcome.code = hresult::kBadRequestStatus;
    outcome.message = fmt::format("Denied by Policy Module  {}, the public key has a valid certificate already.",
                                  hresult_hex(outcome.code));
    return outcome;
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

std::string database_time(WallTime time) { return format_utc(time, kDatabaseTime); }

std::optional<WallTime> parse_database_time(const std::string& text) {
    std::tm parts{};
    const char* end = ::strptime(text.c_str(), kDatabaseTime, &parts);
    if (end == nullptr || *end != '\0') return std::nullopt;
    return std::chrono::system_clock::from_time_t(::timegm(&parts));
}

CertificateAuthority::CertificateAuthority(const Config& config, net::WorkPool& pool, WallClock clock, Metrics metrics)
    : config_(config),
      metrics_(std::move(metrics)),
      pool_(pool),
      clock_(std::move(clock)),
      templates_(config.templates),
      database_(config.database, migrations()),
      store_(database_),
      state_(database_),
      issuers_(Issuers()),
      agents_(x509::TrustStore({})) {
    use(make_issuers(std::make_shared<const Issuer>(config.ca), state_.authorities()));
}

void CertificateAuthority::use(Issuers issuers) {
    std::vector<x509::Certificate> anchors;
    for (const auto& issuer : issuers) anchors.insert(anchors.end(), issuer->chain().begin(), issuer->chain().end());
    agents_.set(std::make_shared<const x509::TrustStore>(std::move(anchors)));
    issuers_.set(std::make_shared<const Issuers>(std::move(issuers)));
}

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

PolicySettings CertificateAuthority::policy_settings() {
    PolicySettings settings;
    settings.no_template = config_.ca.no_template_hresult;
    settings.san_attribute = config_.ca.san_attribute;
    settings.agents = agents_.get();
    settings.vouched = [this](const x509::Certificate& agent) {
        return store_.is_valid_blocking(agent.serial_hex(), agent.der());
    };
    return settings;
}

StoredOutcome CertificateAuthority::sign(const x509::CertificateRequest& request, const Template& entry,
                                         const StoredRequest& row) const {
    // Whatever happens, the row must not stay in signing: nobody could decide it any more.
    try {
        return issue(request, entry, row);
    } catch (const std::exception& problem) {
        return outcome_of(Error{Errc::internal, problem.what()});
    }
}

StoredOutcome CertificateAuthority::issue(const x509::CertificateRequest& request, const Template& entry,
                                          const StoredRequest& row) const {
    const auto issuer = this->issuer();
    const Requester requester{std::string(account_of(row.requester)), config_.domain.dns};
    std::optional<Bytes> names;
    if (!row.names.empty()) {
        auto parsed = names_of_attribute(row.names);
        if (!parsed) return outcome_of(parsed.error());
        names = std::move(*parsed);
    }
    const auto certificate = issuer->issue(request, entry, row.id, requester, clock_(), std::move(names));
    if (!certificate) return outcome_of(certificate.error());
    StoredOutcome outcome;
    outcome.disposition = Disposition::issued;
    outcome.message = "Issued";
    outcome.certificate = certificate->der();
    outcome.serial = certificate->serial_hex();
    outcome.not_after = database_time(certificate->not_after());
    outcome.subject = certificate->subject_rfc2253();
    outcome.authority = issuer->authority().index;
    if (entry.duplicates == Duplicates::supersede) outcome.supersedes = database_time(clock_());
    return outcome;
}

StoredOutcome CertificateAuthority::sign_stored(const StoredRequest& request) const {
    const auto templates = templates_.get();
    const Template* entry = find_template(*templates, request.template_name);
    if (entry == nullptr) {
        return failed(hresult::kUnsupportedTemplate, "The template is gone since the request came");
    }
    const auto csr = x509::CertificateRequest::from_der(request.csr);
    if (!csr) return failed(hresult::kBadTag, "The stored request is damaged");
    return sign(*csr, *entry, request);
}

void CertificateAuthority::recover() {
    for (const StoredRequest& request : store_.interrupted()) {
        const StoredOutcome outcome = sign_stored(request);
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
        PolicyInput input;
        input.request_text = submission.certificate_request;
        input.attribute_template = submission.template_name;
        input.account = account;
        input.names = submission.names;
        verdict = decide(input, *templates, policy_settings());
        force(submission.forced, verdict);
    };
    std::function<void()> erased(std::ref(job));
    co_await pool_.run(std::move(erased));
    co_return verdict;
}

Task<StoredOutcome> CertificateAuthority::sign_on_pool(x509::CertificateRequest request, const Template* entry,
                                                       StoredRequest row) {
    StoredOutcome outcome;
    auto job = [&] { outcome = sign(request, *entry, row); };
    std::function<void()> erased(std::ref(job));
    const metrics::Stopwatch watch;
    co_await pool_.run(std::move(erased));
    metrics_.signing.observe(watch.total());
    co_return outcome;
}

Task<CertificateAuthority::Outcome> CertificateAuthority::process(Submission submission, std::string user) {
    std::string account(account_of(user));
    const auto templates = templates_.get();  // the verdict points into them
    Verdict verdict = co_await decide_on_pool(std::move(submission), std::move(account), templates);
    StoredRequest row;
    row.submitted = database_time(clock_());
    row.requester = verdict.on_behalf_of ? config_.domain.netbios + "\\" + *verdict.on_behalf_of : user;
    row.template_name = verdict.template_name;
    row.disposition = verdict.disposition;
    row.message = verdict.message;
    row.code = verdict.code;
    row.names = verdict.names;
    if (verdict.request) {
        row.csr = verdict.request->der();
        row.subject = verdict.request->subject_rfc2253();
        row.key_hash = key_hash(*verdict.request);
    }

    Outcome outcome;
    outcome.disposition = verdict.disposition;
    outcome.message = verdict.message;
    outcome.code = verdict.code;
    // The intent is on disk before the key is used: a crash in between leaves a row that recover() resolves.
    StoredRequest to_add = row;
    std::optional<StoredOutcome> when_duplicate;
    const bool denies = verdict.entry != nullptr && verdict.entry->duplicates == Duplicates::deny;
    if (denies) when_duplicate = duplicate_denied();
    const AddedRequest added = co_await store_.add(std::move(to_add), std::move(when_duplicate));
    row.id = added.id;
    outcome.id = added.id;
    if (added.duplicate != 0) {
        const StoredOutcome refusal = duplicate_denied();
        outcome.disposition = refusal.disposition;
        outcome.message = refusal.message;
        outcome.code = refusal.code;
        verdict.detail = fmt::format("the key is that of request {}", added.duplicate);
    }
    if (outcome.disposition != Disposition::signing) {
        log_outcome(outcome, user, verdict, nullptr);
        co_return outcome;
    }
    x509::CertificateRequest request = *verdict.request;
    StoredOutcome stored = co_await sign_on_pool(std::move(request), verdict.entry, std::move(row));
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
