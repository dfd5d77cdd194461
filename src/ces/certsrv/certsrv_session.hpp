// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ces/certsrv/certsrv_page.hpp"
#include "ces/config.hpp"
#include "ces/log/events.hpp"
#include "ces/metrics.hpp"
#include "opencapf/x509/request.hpp"

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
    std::string correlation;                        ///< id of the request in our logs; empty: it is nobody's
    /// Told of each step: how long it took, and its error or null. Empty: nobody is interested.
    std::function<void(CaStep, metrics::Seconds, const Error*)> observe;
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
    CertsrvSession(CaAccess access, CaPhase phase, std::string user, Secret password,
                   std::shared_ptr<http::TlsSessionCache> sessions, EventRecorder record);

    /// GET /certsrv; 301 and 200 both mean that the credentials are good.
    Task<Result<void>> login();
    /// GET /certsrv without credentials: is the CA's web server there? Records and tells nothing. Errors as above, but
    /// any answer below 500 is good.
    Task<Result<void>> probe();
    /// GET certrqxt.asp: what this account may enrol for.
    Task<Result<std::vector<TemplateOption>>> templates();
    /// POST certfnsh.asp. Never repeated after a time-out: the CA may have issued meanwhile.
    Task<Result<PageOutcome>> submit(x509::CertificateRequest csr, std::string template_name);
    /// GET certnew.cer?ReqID=<id>&ENC=b64.
    Task<Result<FetchAnswer>> fetch(std::uint64_t request_id);
    /// GET certnew.p7b?ReqID=CACert: the CA's chain in the order sent.
    Task<Result<std::vector<x509::Certificate>>> chain();

private:
    template <class T>
    void tell(CaStep step, const metrics::Stopwatch& watch, const Result<T>& result) const {
        if (access_.observe) access_.observe(step, watch.total(), result ? nullptr : &result.error());
    }
    Task<Result<void>> log_in();
    Task<Result<http::ClientResponse>> page(http::ClientRequest request, std::optional<CaPage> page);
    Result<http::ClientResponse> failed(const http::ClientError& error, const std::string& url,
                                        std::optional<CaPage> page);
    Result<http::ClientResponse> refused(unsigned status, const std::string& url, std::optional<CaPage> page);
    void record_failure(int code, std::string text, std::string original, const std::string& url,
                        std::optional<CaPage> page);
    [[nodiscard]] http::ClientRequest get(std::string_view suffix) const;

    CaAccess access_;
    CaPhase phase_;
    EventRecorder record_;
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
    static std::string key_of(const std::string& user, const Secret& password);
    std::size_t limit_;
    std::vector<Entry> entries_;  // most recently used last
};

}  // namespace opencapf::ces
