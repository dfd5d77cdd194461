// SPDX-License-Identifier: Apache-2.0
#include "ces/upstream/certsrv_upstream.hpp"

#include "ces/certsrv/kerberos_tickets.hpp"
#include "ces/upstream/certsrv_work.hpp"
#include "opencapf/base/text.hpp"
#include "opencapf/log/operator_log.hpp"

#include <algorithm>

namespace opencapf::ces {
namespace {

/// " (A, B, ...)"; a CA may have hundreds.
std::string names_of(const std::vector<TemplateOption>& options) {
    constexpr std::size_t kMost = 20;
    std::string names;
    for (std::size_t i = 0; i < std::min(options.size(), kMost); ++i)
        names += (i == 0 ? " (" : ", ") + printable(options[i].name, 64);
    if (options.size() > kMost) names += ", ...";
    return names.empty() ? names : names + ")";
}

void warn_about_template(const TemplateSearch& search, const std::string& configured, bool signs) {
    const auto& option = search.option;
    if (search.match == TemplateMatch::other_case)
        log::warn("template '" + configured + "' is called '" + option.name + "' at the CA; correct the letter case");
    if (!option.subject_supplied)
        log::warn("template '" + option.name +
                  "' takes the subject from Active Directory; phones need 'supply in the request'");
    if (option.ra_signatures > (signs ? 1 : 0))
        log::warn("template '" + option.name + "' wants " + std::to_string(option.ra_signatures) +
                  " authorised signatures; " + (signs ? "cesd gives one" : "without 'cmc' cesd gives none"));
}

}  // namespace

CertsrvUpstream::CertsrvUpstream(net::Loop& loop, Shared& shared, std::shared_ptr<const Ca> ca)
    : loop_(loop),
      shared_(shared),
      ca_(std::move(ca)),
      config_(ca_, &ca_->config),
      tls_(config_->max_tls_accounts),
      pool_(std::make_shared<SessionPool>(loop, config_)) {}

CertsrvUpstream::~CertsrvUpstream() { pool_->close(); }

CaAccess CertsrvUpstream::access() const {
    CaAccess access;
    access.loop = &loop_;
    access.config = config_;
    access.trust = ca_->web_trust;
    const auto needed = shared_.policy.get()->config.ca_good_probes;
    auto state = shared_.cas.get(config_->name);
    access.observe = [&shared = shared_, state, needed](CaStep step, metrics::Seconds time, const Error* error) {
        shared.metrics.asked(step, time, error);
        state->report(error, needed);
        shared.ca.report(ca_answered(error));
    };
    return access;
}

/// Kerberos tickets are the process' own: whoever comes with a password is checked with NTLM.
http::AuthMethod CertsrvUpstream::auth_method(bool own_account) const {
    if (config_->auth == CaAuth::basic) return http::AuthMethod::basic;
    return config_->auth == CaAuth::negotiate && own_account ? http::AuthMethod::negotiate : http::AuthMethod::ntlm;
}

CertsrvUpstream::Account CertsrvUpstream::account_of(const Caller& caller) {
    Account account;
    account.login = caller.login ? *caller.login : ca_->login;
    account.auth = auth_method(!caller.login);
    account.key = account_key(account.login.user, account.login.password);
    account.trusted = caller.verified || shared_.logins.knows(config_->name, account.key);
    account.tls = tls_.get(account.login.user, account.login.password);
    return account;
}

CertsrvUpstream::Account CertsrvUpstream::own_account() {
    const Caller cesd;
    return account_of(cesd);
}

std::unique_ptr<CertsrvSession> CertsrvUpstream::connect(const Account& account, CaTask task) const {
    return std::make_unique<CertsrvSession>(access(), account.login, account.auth, account.tls, std::move(task));
}

/// libcurl would fetch a missing ticket on the loop, and block it.
Task<Result<void>> CertsrvUpstream::have_ticket(const Account& account) const {
    if (account.auth != http::AuthMethod::negotiate) co_return Result<void>();
    auto got = co_await get_ticket(*shared_.pool, config_->host);
    co_return got;
}

void CertsrvUpstream::refused(const Account& account) {
    shared_.logins.forget(config_->name, account.key);
    pool_->forget(account.key);
}

Result<TemplateOption> CertsrvUpstream::check_template(const std::vector<TemplateOption>& options,
                                                       const UpstreamWork& work, const std::string& user) const {
    const auto& name = template_name(work, *ca_);
    const auto search = find_template(options, name);
    if (search.match == TemplateMatch::absent)
        return fail(Errc::unauthorized, "template '" + name + "' is not among the " + std::to_string(options.size()) +
                                            " templates the CA offers to " + user + names_of(options) +
                                            ": it is misspelled, not published, or the account may not enrol for it");
    warn_about_template(search, name, ca_->cmc != nullptr);
    return search.option;
}

Task<Result<CertsrvUpstream::Opened>> CertsrvUpstream::open_faithful(const UpstreamWork& work, const Account& account) {
    auto session = connect(account, task_of(work, CaPhase::auth));
    const auto logged_in = co_await session->login();
    if (!logged_in) co_return fail(logged_in.error());
    const auto options = co_await session->templates();
    if (!options) co_return fail(options.error());
    auto offered = check_template(*options, work, account.login.user);
    if (!offered) co_return fail(offered.error());
    co_return Opened{std::move(session), std::move(*offered)};
}

/// The fewest requests: a connection that is logged in already, and templates that are known already.
Task<Result<CertsrvUpstream::Opened>> CertsrvUpstream::open_fast(const UpstreamWork& work, const Account& account) {
    const auto* known = account.trusted ? pool_->templates(account.key) : nullptr;
    std::optional<std::vector<TemplateOption>> options;
    if (known != nullptr) options = *known;
    auto session = account.trusted ? pool_->take(account.key) : nullptr;
    if (session) {
        session->take(task_of(work, CaPhase::enrol));
    } else {
        session = connect(account, task_of(work, CaPhase::auth));
        if (options) {
            const auto logged_in = co_await session->login();
            if (!logged_in) co_return fail(logged_in.error());
        }
    }
    if (!options) {
        auto read = co_await session->templates();  // logs in on its way
        if (!read) co_return fail(read.error());
        options = *read;
        pool_->remember_templates(account.key, std::move(*read));
    }
    auto offered = check_template(*options, work, account.login.user);
    if (!offered) co_return fail(offered.error());
    co_return Opened{std::move(session), std::move(*offered)};
}

Task<Result<std::unique_ptr<UpstreamSession>>> CertsrvUpstream::open(UpstreamWork work) {
    const Caller& caller = work.request->caller;
    if (!caller.verified && !caller.login)
        co_return fail(Errc::unauthorized, "nobody has checked who asks, and there is no password to check");
    const Account account = account_of(caller);
    const auto ticket = co_await have_ticket(account);
    if (!ticket) co_return fail(ticket.error());
    Result<Opened> session = fail(Errc::internal, "");
    if (config_->fast) {
        session = co_await open_fast(work, account);
    } else {
        session = co_await open_faithful(work, account);
    }
    if (!session) {
        if (session.error().code == Errc::unauthorized) refused(account);
        co_return fail(session.error());
    }
    tls_.keep(account.login.user, account.login.password, account.tls);
    const bool remembered = !caller.verified && config_->remember_logins.count() > 0;
    if (remembered && !account.trusted)
        shared_.logins.remember(config_->name, account.login.user, account.key,
                                std::chrono::steady_clock::now() + config_->remember_logins);
    CertsrvWork parts;
    parts.ca = ca_;
    parts.state = shared_.cas.get(config_->name);
    parts.signers = shared_.pool;
    parts.session = std::move(session->session);
    parts.ra_signatures = session->option.ra_signatures;
    parts.work = std::move(work);
    if (config_->fast && (caller.verified || remembered)) parts.pool = pool_;
    parts.key = account.key;
    // The enroller keeps this object for as long as the work lasts.
    if (config_->login_twice && !config_->fast)
        parts.second_login = [this, account](CaTask task) { return connect(account, std::move(task)); };
    std::unique_ptr<UpstreamSession> opened = make_certsrv_session(std::move(parts));
    co_return opened;
}

Task<Result<std::vector<x509::Certificate>>> CertsrvUpstream::chain(EventRecorder record) {
    const Account account = own_account();
    const auto ticket = co_await have_ticket(account);
    if (!ticket) co_return fail(ticket.error());
    CaTask task;
    task.record = record;
    auto session = connect(account, std::move(task));
    const auto logged_in = co_await session->login();
    if (!logged_in) {
        record(ChainLoginFailed{});
        co_return fail(logged_in.error().with("cannot log in to the CA"));
    }
    auto certificates = co_await session->chain();
    co_return certificates;
}

Task<Result<void>> CertsrvUpstream::probe() {
    CaTask task;
    task.record = [](const Event&) {};
    const CaLogin nobody;
    auto session = std::make_unique<CertsrvSession>(access(), nobody, http::AuthMethod::none,
                                                    std::make_shared<http::TlsSessionCache>(), std::move(task));
    const auto answer = co_await session->probe();
    co_return answer;
}

}  // namespace opencapf::ces
