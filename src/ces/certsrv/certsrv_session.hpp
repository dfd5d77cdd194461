// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ces/certsrv/certsrv_page.hpp"
#include "ces/config.hpp"
#include "ces/log/events.hpp"
#include "ces/metrics.hpp"
#include "opencapf/x509/request.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

namespace opencapf::ces {

/// Takes the events of one piece of work; called on the loop that does it.
using EventRecorder = std::function<void(Event)>;

/// Why a session talks to the CA: decides which lines CUCM would log.
enum class CaPhase { start, auth, enrol };

/// What every session of one loop shares.
struct CaAccess {
    net::Loop* loop = nullptr;
    std::shared_ptr<const CaConfig> config;
    std::shared_ptr<const x509::TrustStore> trust;  ///< who may vouch for the CA's web server
    /// Told of each step: how long it took, and its error or null. Empty: nobody is interested.
    std::function<void(CaStep, metrics::Seconds, const Error*)> observe;
};

/// What a session does now, for whom, and how long.
struct CaTask {
    CaPhase phase = CaPhase::start;
    EventRecorder record;
    std::string correlation;  ///< id of the request in our logs; empty: it is nobody's
    /// No request begins later, and none lasts longer.
    std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
};

/// What became of a request that gave no answer we can go on with.
enum class Fate {
    not_sent,  ///< the CA cannot have seen it
    refused,   ///< the CA says that it issued nothing
    unknown,   ///< the CA may have issued, or may yet issue, what nobody can collect
};
struct SubmitFailure {
    Error error;
    Fate fate = Fate::unknown;
};

/// certnew.cer's answer: a certificate, or what the page said instead.
struct FetchAnswer {
    std::optional<x509::Certificate> certificate;
    PageOutcome outcome;
};

/// One login at the CA's web enrolment pages: one libcurl handle and, as NTLM authenticates the connection, one
/// connection. Answers of the CA are hostile input: bounded, and only numbers of them get into later URLs.
/// Errors of every call: unauthorized (401), timeout, unreachable, tls, too_large, unavailable (5xx), protocol.
class CertsrvSession {
public:
    /// `auth` is ntlm, negotiate or basic; with negotiate the process' Kerberos ticket counts, not the password.
    CertsrvSession(CaAccess access, const CaLogin& login, http::AuthMethod auth,
                   std::shared_ptr<http::TlsSessionCache> sessions, CaTask task);

    /// The same log-in, for other work: what is recorded from now on, and how long it may take.
    void take(CaTask task) { task_ = std::move(task); }

    /// GET /certsrv; 301 and 200 both mean that the credentials are good.
    Task<Result<void>> login();
    /// GET /certsrv without credentials: is the CA's web server there? Records and tells nothing. Errors as above, but
    /// any answer below 500 is good.
    Task<Result<void>> probe();
    /// GET certrqxt.asp: what this account may enrol for.
    Task<Result<std::vector<TemplateOption>>> templates();
    /// POST certfnsh.asp with a form of make_submit_form(). It goes out on the connection that is logged in; when that
    /// was dropped before, on a new log-in. Never repeated once it went out: the CA may have issued meanwhile.
    Task<tl::expected<PageOutcome, SubmitFailure>> submit(std::string form);
    /// GET certnew.cer?ReqID=<id>&ENC=b64.
    Task<Result<FetchAnswer>> fetch(std::uint64_t request_id);
    /// GET certnew.p7b?ReqID=CACert: the CA's chain in the order sent.
    Task<Result<std::vector<x509::Certificate>>> chain();

private:
    template <class T>
    void tell(CaStep step, const metrics::Stopwatch& watch, const Result<T>& result) const {
        if (access_.observe && !time_is_over_) access_.observe(step, watch.total(), result ? nullptr : &result.error());
    }
    Task<Result<void>> log_in();
    Task<Result<http::ClientResponse>> page(http::ClientRequest request, std::optional<CaPage> page);
    Result<http::ClientResponse> failed(const http::ClientError& error, const std::string& url,
                                        std::optional<CaPage> page);
    Result<http::ClientResponse> refused(unsigned status, const std::string& url, std::optional<CaPage> page);
    void record_failure(int code, std::string text, std::string original, const std::string& url,
                        std::optional<CaPage> page);
    [[nodiscard]] http::ClientRequest get(std::string_view suffix, net::Duration timeout) const;
    using Answer = tl::expected<http::ClientResponse, http::ClientError>;
    Task<Answer> perform(http::ClientRequest request);
    Task<Answer> post(http::ClientRequest request);

    CaAccess access_;
    http::AuthMethod auth_;
    bool logged_in_ = false;  // some page was shown already: a 401 means that the connection was dropped
    CaTask task_;
    bool time_is_over_ = false;  ///< total_timeout ended before the CA was asked: says nothing about the CA
    http::Conversation conversation_;
};

/// TLS sessions towards the CA, kept per account and per loop (never resumed across accounts, EST-C-24). The least
/// recently used account is forgotten when there are too many.
class TlsAccounts {
public:
    explicit TlsAccounts(std::size_t limit) : limit_(limit) {}
    /// The account's cache, or a new one that is not kept yet.
    std::shared_ptr<http::TlsSessionCache> get(const std::string& user, const Secret& password);
    /// Keeps `cache`: call it only for credentials that proved good, so that guesses cannot push others out.
    void keep(const std::string& user, const Secret& password, std::shared_ptr<http::TlsSessionCache> cache);

private:
    struct Entry {
        std::string key;
        std::shared_ptr<http::TlsSessionCache> cache;
    };
    std::size_t limit_;
    std::vector<Entry> entries_;  // most recently used last
};

}  // namespace opencapf::ces
