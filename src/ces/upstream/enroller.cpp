// SPDX-License-Identifier: Apache-2.0
#include "ces/upstream/enroller.hpp"

#include "opencapf/base/text.hpp"
#include "opencapf/log/operator_log.hpp"

#include <algorithm>

namespace opencapf::ces {
namespace {

std::string id_text(std::uint64_t id) { return "request id " + std::to_string(id); }

void warn_about_template(const TemplateSearch& search, const std::string& configured) {
    const auto& option = search.option;
    if (search.match == TemplateMatch::other_case)
        log::warn("template '" + configured + "' is called '" + option.name + "' at the CA; correct the letter case");
    if (!option.subject_supplied)
        log::warn("template '" + option.name +
                  "' takes the subject from Active Directory; phones need 'supply in the request'");
    if (option.ra_signatures > 0)
        log::warn("template '" + option.name + "' wants authorised signatures; web enrolment cannot give them");
}

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

CaAccess access_to_ca(net::Loop& loop, Shared& shared, const std::shared_ptr<const Policy>& policy) {
    CaAccess access;
    access.loop = &loop;
    access.config = {policy, &policy->config.ca};
    access.trust = policy->web_trust;
    access.observe = [&shared](CaStep step, metrics::Seconds time, const Error* error) {
        shared.metrics.asked(step, time, error);
        shared.ca.report(ca_answered(error));
    };
    return access;
}

Enroller::Enroller(net::Loop& loop, Shared& shared, std::size_t max_tls_accounts)
    : loop_(loop), shared_(shared), accounts_(max_tls_accounts) {}

CaAccess Enroller::access_for(const EnrolRequest& request) {
    CaAccess access = access_to_ca(loop_, shared_, request.policy);
    access.correlation = request.correlation;
    return access;
}

Task<Result<Enroller::SessionPtr>> Enroller::authenticate(const EnrolRequest& request, const CaLogin& login,
                                                          std::shared_ptr<http::TlsSessionCache> tls,
                                                          EventRecorder record) {
    auto session =
        std::make_unique<CertsrvSession>(access_for(request), CaPhase::auth, login.user, login.password, tls, record);
    const auto logged_in = co_await session->login();
    if (!logged_in) co_return fail(logged_in.error());
    accounts_.keep(login.user, login.password, tls);
    const auto options = co_await session->templates();
    if (!options) co_return fail(options.error());
    const auto& name = request.profile->template_name;
    const auto search = find_template(*options, name);
    if (search.match == TemplateMatch::absent)
        co_return fail(Errc::unauthorized,
                       "template '" + name + "' is not among the " + std::to_string(options->size()) +
                           " templates the CA offers to " + login.user +
                           ": it is misspelled, not published, or the account may not enrol for it");
    warn_about_template(search, name);
    co_return session;
}

Task<Result<Enroller::SessionPtr>> Enroller::enrol_session(const EnrolRequest& request, const CaLogin& login,
                                                           SessionPtr authenticated,
                                                           std::shared_ptr<http::TlsSessionCache> tls,
                                                           EventRecorder record) {
    if (!request.policy->config.ca.login_twice) co_return authenticated;
    authenticated.reset();  // its connection is of no use any more: the product opens a new one
    auto session =
        std::make_unique<CertsrvSession>(access_for(request), CaPhase::enrol, login.user, login.password, tls, record);
    const auto logged_in = co_await session->login();
    if (!logged_in) co_return fail(logged_in.error());
    co_return session;
}

Task<Result<Enrolled>> Enroller::enroll(EnrolRequest request, EventRecorder record) {
    const CaLogin login =
        request.caller.login ? *request.caller.login : CaLogin{request.policy->config.user, request.policy->password};
    const auto tls = accounts_.get(login.user, login.password);
    auto authenticated = co_await authenticate(request, login, tls, record);
    if (!authenticated) {
        if (authenticated.error().code == Errc::unauthorized) shared_.metrics.logins_refused.increment();
        co_return fail(authenticated.error());
    }

    if (!request.csr) {
        auto made = co_await request.make_csr();
        if (!made) co_return fail(made.error());
        request.csr = std::move(*made);
    }

    // Only now: a stranger must not learn which accounts are trusted.
    if (request.csr->is_unsigned() && !trusts_unsigned(request.policy->config, request.caller.name))
        co_return fail(Errc::forbidden,
                       "The request has no proof of possession, and this account is not trusted to omit it.");

    const auto& der = request.csr->der();
    std::string key = PendingStore::key(request.caller.name, std::string(der.begin(), der.end()));
    const auto begun = shared_.pending.begin(key);
    if (begun.state == PendingStore::State::busy)
        co_return fail(Errc::conflict, "the same request is being worked on for another connection");
    const PendingGuard guard(shared_.pending, key);
    auto enrolled = co_await work(request, login, std::move(key), begun.request_id, std::move(*authenticated), tls,
                                  std::move(record));
    co_return enrolled;
}

Task<Result<Enrolled>> Enroller::work(const EnrolRequest& request, const CaLogin& login, std::string key,
                                      std::uint64_t known_id, SessionPtr authenticated,
                                      std::shared_ptr<http::TlsSessionCache> tls, EventRecorder record) {
    auto session = co_await enrol_session(request, login, std::move(authenticated), tls, std::move(record));
    if (!session) co_return fail(session.error());
    std::uint64_t id = known_id;
    if (id == 0) {
        const auto submitted = co_await (*session)->submit(*request.csr, request.profile->template_name);
        if (!submitted) {
            if (submitted.error().code == Errc::timeout)
                log::warn("the CA did not answer the request for " + request.csr->subject_rfc2253() +
                          " in time; it may issue a certificate that nobody fetches");
            co_return fail(submitted.error());
        }
        id = submitted->request_id;
        if (id != 0) shared_.pending.submitted(key, id);
        if (submitted->disposition != Disposition::issued) {
            auto refused = verdict(*submitted, key);
            co_return fail(refused.error());
        }
    }
    auto fetched = co_await (*session)->fetch(id);
    if (!fetched) co_return fail(fetched.error());
    if (!fetched->certificate) {
        auto refused = verdict(fetched->outcome, key);
        co_return fail(refused.error());
    }
    co_return check(request, key, std::move(*fetched));
}

/// Always an error: what a page without certificate means for the client.
Result<void> Enroller::verdict(const PageOutcome& outcome, const std::string& key) {
    const std::string what = id_text(outcome.request_id) + ": " + outcome.message;
    if (outcome.disposition == Disposition::pending && outcome.request_id != 0) return fail(Errc::pending, what);
    shared_.pending.forget(key);
    switch (outcome.disposition) {
        case Disposition::denied:
            if (outcome.message.find("Error Parsing Request") != std::string::npos)
                return fail(Errc::malformed, "the CA cannot read the request: " + outcome.message);
            return fail(Errc::rejected, what);
        case Disposition::failed:
            if (outcome.hresult == "0x800706ba") return fail(Errc::unavailable, "the CA service is stopped: " + what);
            return fail(Errc::protocol, "certsrv reports an error: " + what);
        case Disposition::pending:
            return fail(Errc::protocol, "the CA took the request under submission but named no id");
        case Disposition::issued:
            return fail(Errc::protocol, id_text(outcome.request_id) + ": a page instead of the certificate");
        case Disposition::unrecognized:
            break;
    }
    return fail(Errc::protocol, "certsrv sent a page that is not known: " + outcome.message);
}

Result<Enrolled> Enroller::check(const EnrolRequest& request, const std::string& key, FetchAnswer fetched) const {
    const auto& certificate = *fetched.certificate;
    const std::string what = id_text(fetched.outcome.request_id);
    if (!(certificate.public_key() == request.csr->public_key())) {
        shared_.pending.forget(key);
        return fail(Errc::protocol,
                    what + ": the CA returned a certificate for another key (" + certificate.subject_rfc2253() + ")");
    }
    const auto chain = shared_.chain.get();
    const auto verified = chain ? chain->store.verify(certificate) : request.policy->directory.verify(certificate);
    if (!verified) return fail(Errc::protocol, what + ": " + verified.error().message);
    warn_about_certificate(certificate);
    Enrolled enrolled;
    enrolled.request_id = fetched.outcome.request_id;
    enrolled.pending_key = key;
    enrolled.certificate = certificate;
    return enrolled;
}

}  // namespace opencapf::ces
