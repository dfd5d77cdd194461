// SPDX-License-Identifier: Apache-2.0
#include "ces/upstream/enroller.hpp"

#include "ces/upstream/certsrv_upstream.hpp"
#include "ces/upstream/est_upstream.hpp"
#include "opencapf/base/text.hpp"
#include "opencapf/log/operator_log.hpp"

#include <algorithm>
#include <openssl/x509.h>

namespace opencapf::ces {
namespace {

void warn_about_certificate(const x509::Certificate& certificate) {
    if (certificate.is_ca())
        log::warn("the certificate issued for " + certificate.subject_rfc2253() +
                  " is a CA certificate: check the template");
    const auto usage = certificate.key_usage();
    if (usage.present && !usage.key_encipherment && certificate.public_key().type() == x509::KeyType::rsa)
        log::warn("the certificate issued for " + certificate.subject_rfc2253() +
                  " has no keyEncipherment: phones will not register securely with it; check the template");
}

bool trusts_unsigned(const Config& config, std::string_view user) {
    const auto& trusted = config.trusted_unsigned_accounts;
    return std::any_of(trusted.begin(), trusted.end(), [user](const auto& account) { return iequals(account, user); });
}

std::string key_of(const EnrolRequest& request) {
    const auto& der = request.csr->der();
    return PendingStore::key(request.caller.name, request.profile->label, std::string(der.begin(), der.end()));
}

/// Names both sides of a mix-up that no CA should make (EST-S-103). A CA may add to an empty or short subject.
void warn_about_subject(const x509::CertificateRequest& csr, const x509::Certificate& certificate) {
    X509_NAME* wanted = X509_REQ_get_subject_name(csr.native());
    if (X509_NAME_entry_count(wanted) == 0 || csr.common_name() == certificate.common_name()) return;
    log::warn("the certificate issued for the request of " + printable(csr.subject_rfc2253(), 200) + " names " +
              printable(certificate.subject_rfc2253(), 200) + ": check where the template takes the subject from");
}

tl::unexpected<Refusal> refuse(Error error) { return tl::unexpected<Refusal>(Refusal(std::move(error))); }

/// Ends the work on a pending entry however the coroutine ends.
class PendingGuard {
public:
    PendingGuard(PendingStore& store, std::string key) : store_(store), key_(std::move(key)) {}
    PendingGuard(const PendingGuard&) = delete;
    PendingGuard& operator=(const PendingGuard&) = delete;
    ~PendingGuard() { store_.end(key_); }

private:
    PendingStore& store_;
    std::string key_;
};

}  // namespace

struct Enroller::Work {
    EnrolRequest request;
    EventRecorder record;
    std::string key{};                    ///< empty until there is a CSR
    std::optional<PendingGuard> guard{};  ///< set once the request is in work here
    PendingStore::Begin begun{};
    std::shared_ptr<const Ca> ca{};  ///< the one asked now
};

std::shared_ptr<Upstream> make_upstream(net::Loop& loop, Shared& shared, std::shared_ptr<const Ca> ca) {
    if (ca->config.type == CaType::est) return std::make_shared<EstUpstream>(loop, shared, std::move(ca));
    return std::make_shared<CertsrvUpstream>(loop, shared, std::move(ca));
}

std::shared_ptr<Upstream> Enroller::upstream(const std::shared_ptr<const Ca>& ca) {
    auto& [known, upstream] = upstreams_[ca->config.name];
    if (known != ca) {
        upstream = shared_.make_upstream(loop_, shared_, ca);
        known = ca;
    }
    return upstream;
}

Task<Enroller::Outcome> Enroller::enroll(EnrolRequest request, EventRecorder record) {
    Work work{std::move(request), std::move(record)};
    if (work.request.csr) work.key = key_of(work.request);
    auto outcome = co_await enroll_at_some_ca(work);
    if (!outcome && work.request.make_csr && outcome.error().code == Errc::pending) {
        // The key goes with this request: nobody could ask for the certificate again.
        log::warn("the CA '" + work.ca->config.name +
                  "' has taken a request under submission whose key was made here and is gone (" +
                  printable(outcome.error().message, 200) + "); deny it there");
        shared_.pending.forget(work.key);
    }
    if (!outcome && outcome.error().code == Errc::unauthorized) shared_.metrics.logins_refused.increment();
    co_return outcome;
}

/// The CA that has the request already, or the first one that is up. To the next one only while none has seen it.
Task<Enroller::Outcome> Enroller::enroll_at_some_ca(Work& work) {
    const Policy& policy = *work.request.policy;
    Cas candidates = shared_.cas.in_order(policy.cas, work.request.profile->cas);
    const std::string holder = work.key.empty() ? std::string() : shared_.pending.ca_of(work.key);
    if (auto ca = find_ca(policy.cas, holder)) candidates = {std::move(ca)};
    if (candidates.empty()) co_return refuse({Errc::unavailable, "no CA is configured for this label"});
    for (std::size_t i = 0;; ++i) {
        const bool last = i + 1 == candidates.size();
        auto outcome = co_await enroll_at(work, candidates[i], last);
        if (outcome) co_return std::move(*outcome);
        shared_.metrics.failovers.increment();
    }
}

bool Enroller::may_go_on(const Work& work, const Error& error, bool last) const {
    if (last || ca_answered(&error)) return false;
    if (std::chrono::steady_clock::now() >= work.request.received + work.ca->config.total_timeout) return false;
    log::warn("CA '" + work.ca->config.name + "': " + error.message + "; the next CA is asked");
    return true;
}

/// Nothing when this CA is down, has seen nothing of the request, and is not the last one.
Task<std::optional<Enroller::Outcome>> Enroller::enroll_at(Work& work, std::shared_ptr<const Ca> ca, bool last) {
    work.ca = ca;
    const auto upstream = this->upstream(ca);  // kept while a reload makes another one
    UpstreamWork task{&work.request, work.record, work.request.received + ca->config.total_timeout};
    auto session = co_await upstream->open(std::move(task));
    if (!session) {
        if (may_go_on(work, session.error(), last)) co_return std::nullopt;
        co_return refuse(session.error());
    }
    EnrolRequest& request = work.request;
    const bool checked = (*session)->caller_checked();
    if (!request.csr) {
        if (!checked) co_return refuse({Errc::unauthorized, "this CA cannot check the caller before a key is made"});
        auto made = co_await request.make_csr();
        if (!made) co_return refuse(made.error());
        request.csr = std::move(*made);
        work.key = key_of(request);
    }
    // Only now: a stranger must not learn which accounts are trusted, or what is in work.
    if (request.csr->is_unsigned() && !trusts_unsigned(request.policy->config, request.caller.name))
        co_return refuse({checked ? Errc::forbidden : Errc::unauthorized,
                          "The request has no proof of possession, and this account is not trusted to omit it."});
    if (!work.guard) {
        const PendingSubject who{request.caller.name, request.csr->subject_rfc2253(), request.correlation};
        work.begun = shared_.pending.begin(work.key, who);
        if (work.begun.state == PendingStore::State::busy)
            co_return refuse({Errc::conflict, "the same request is being worked on for another connection"});
        work.guard.emplace(shared_.pending, work.key);
    }
    if (work.begun.state == PendingStore::State::issued && checked) {
        CaAnswer answer;
        answer.request_id = work.begun.request_id;
        answer.certificate = work.begun.certificate;
        auto outcome = co_await finish(work, std::move(answer));
        co_return outcome;
    }
    if (work.begun.state == PendingStore::State::at_the_ca && work.begun.request_id != 0) {
        auto outcome = co_await collect(work, **session, work.begun.request_id);
        co_return outcome;
    }
    auto outcome = co_await submit(work, **session, last);
    co_return outcome;
}

Task<std::optional<Enroller::Outcome>> Enroller::submit(Work& work, UpstreamSession& session, bool last) {
    auto& pending = shared_.pending;
    // An EST server is polled with the request itself: that one is on record already.
    const bool poll = work.begun.state == PendingStore::State::at_the_ca;
    if (work.begun.unanswered)
        log::warn("the request for " + printable(work.request.csr->subject_rfc2253(), 200) +
                  " goes to the CA again: the first one got no answer, and what it gave cannot be collected");
    if (!poll) {
        const auto recorded = co_await pending.posting(work.key, work.ca->config.name);
        if (!recorded) co_return refuse(recorded.error());
    }
    auto answer = co_await session.submit();
    if (!answer) {
        const auto& [error, fate] = answer.error();
        if (fate == Fate::unknown)
            log::warn("the CA '" + work.ca->config.name + "' did not say what became of the request for " +
                      printable(work.request.csr->subject_rfc2253(), 200) +
                      "; it may issue a certificate that cannot be collected, because its request id is not known");
        if (fate == Fate::refused || (fate == Fate::not_sent && !poll)) pending.forget(work.key);
        if (fate == Fate::not_sent && may_go_on(work, error, last)) {
            work.guard.reset();
            co_return std::nullopt;
        }
        co_return refuse(error);
    }
    if (answer->pending || !answer->certificate) {
        const auto recorded = co_await pending.submitted(work.key, answer->request_id);
        if (!recorded) log::error(recorded.error().message);  // the CA has it; memory knows it
    }
    if (answer->pending) {
        Refusal refusal(Error{Errc::pending, answer->message});
        refusal.retry_after = answer->retry_after;
        co_return tl::unexpected<Refusal>(std::move(refusal));
    }
    if (!answer->certificate) {
        auto outcome = co_await collect(work, session, answer->request_id);
        co_return outcome;
    }
    auto outcome = co_await finish(work, std::move(*answer));
    co_return outcome;
}

Task<Enroller::Outcome> Enroller::collect(Work& work, UpstreamSession& session, std::uint64_t request_id) {
    auto answer = co_await session.collect(request_id);
    if (!answer) {
        const auto code = answer.error().code;
        // Denied meanwhile, or the CA does not know it: a repetition is a new request.
        if (code == Errc::rejected || code == Errc::malformed || code == Errc::forbidden)
            shared_.pending.forget(work.key);
        co_return refuse(answer.error());
    }
    if (answer->pending) {
        Refusal refusal(Error{Errc::pending, answer->message});
        refusal.retry_after = answer->retry_after;
        co_return tl::unexpected<Refusal>(std::move(refusal));
    }
    auto outcome = co_await finish(work, std::move(*answer));
    co_return outcome;
}

/// EST-S-103: the right key, and a chain to the CA that was asked.
Result<void> Enroller::check(const Work& work, const x509::Certificate& certificate) const {
    const auto key = certificate.usable_public_key();
    if (!key) return fail(Errc::protocol, "the CA returned a certificate with a key that cannot be used");
    if (!(*key == work.request.csr->public_key()))
        return fail(Errc::conflict,
                    "the CA returned a certificate for another key (" + certificate.subject_rfc2253() + ")");
    const auto chain = shared_.cas.get(work.ca->config.name)->chain.get();
    const auto verified = chain ? chain->store.verify(certificate) : work.ca->directory->verify(certificate);
    if (!verified) return fail(Errc::protocol, verified.error().message);
    return {};
}

Task<Enroller::Outcome> Enroller::finish(Work& work, CaAnswer answer) {
    const auto& certificate = *answer.certificate;
    const auto good = check(work, certificate);
    if (!good) {
        if (good.error().code == Errc::conflict) shared_.pending.forget(work.key);
        co_return refuse(
            {Errc::protocol, "request id " + std::to_string(answer.request_id) + ": " + good.error().message});
    }
    if (work.begun.state != PendingStore::State::issued) {
        const auto recorded = co_await shared_.pending.issued(work.key, answer.request_id, certificate);
        if (!recorded) log::error(recorded.error().message);  // the client is here, and gets it now
        shared_.issued.note(work.ca->config.name, template_of(*work.ca, *work.request.profile), certificate,
                            std::chrono::system_clock::now());
        warn_about_certificate(certificate);
        warn_about_subject(*work.request.csr, certificate);
    }
    Enrolled enrolled;
    enrolled.request_id = answer.request_id;
    enrolled.pending_key = work.key;
    enrolled.certificate = certificate;
    enrolled.ca = work.ca->config.name;
    co_return enrolled;
}

}  // namespace opencapf::ces
