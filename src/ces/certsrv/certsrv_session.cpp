// SPDX-License-Identifier: Apache-2.0
#include "ces/certsrv/certsrv_session.hpp"

#include "ces/certsrv/curl_text.hpp"
#include "ces/certsrv/digest.hpp"
#include "opencapf/base/text.hpp"
#include "opencapf/x509/pkcs7.hpp"

#include <algorithm>

namespace opencapf::ces {
namespace {

constexpr int kHttpReturnedError = 22;  // CURLE_HTTP_RETURNED_ERROR: what libcurl calls an HTTP status above 399

http::ClientConfig transport(const CaAccess& access, std::string user, Secret password) {
    http::ClientConfig config;
    config.trust = access.trust;
    config.user_agent = access.config->user_agent;
    config.auth = access.config->auth;
    config.user = std::move(user);
    config.password = std::move(password);
    config.connect_timeout = access.config->connect_timeout;
    config.total_timeout = access.config->total_timeout;
    config.max_body_bytes = access.config->max_page_bytes;
    config.resolve = access.config->resolve;
    return config;
}

}  // namespace

CertsrvSession::CertsrvSession(CaAccess access, CaPhase phase, std::string user, Secret password,
                               std::shared_ptr<http::TlsSessionCache> sessions, EventRecorder record)
    : access_(std::move(access)),
      phase_(phase),
      record_(std::move(record)),
      conversation_(*access_.loop, transport(access_, std::move(user), std::move(password)), std::move(sessions)) {}

http::ClientRequest CertsrvSession::get(std::string_view suffix) const {
    http::ClientRequest request;
    request.url = access_.config->base_url();
    request.url += suffix;
    const auto& header = access_.config->request_id_header;
    if (!header.empty() && !access_.correlation.empty()) request.headers.add(header, access_.correlation);
    return request;
}

void CertsrvSession::record_failure(int code, std::string text, std::string original, const std::string& url,
                                    std::optional<CaPage> page) {
    if (page) {
        record_(PageFailed{*page, code, std::move(text), std::move(original), url});
    } else if (phase_ == CaPhase::start && url != access_.config->base_url()) {
        record_(ChainRequestFailed{code, std::move(text), std::move(original), url});
    } else {
        record_(LoginFailed{code, std::move(text), std::move(original), url});
    }
}

Result<http::ClientResponse> CertsrvSession::failed(const http::ClientError& error, const std::string& url,
                                                    std::optional<CaPage> page) {
    auto legacy = legacy_curl(error, access_.config->host);
    std::string message = url + ": " + printable(error.text, 300) + " (curl " + std::to_string(error.curl_code) + ")";
    record_failure(legacy.code, std::move(legacy.text), std::move(legacy.original), url, page);
    return fail(curl_errc(error), std::move(message));
}

Result<http::ClientResponse> CertsrvSession::refused(unsigned status, const std::string& url,
                                                     std::optional<CaPage> page) {
    record_failure(kHttpReturnedError, "The requested URL returned error: " + std::to_string(status), {}, url, page);
    const std::string what = url + ": HTTP status " + std::to_string(status);
    if (status == 401) return fail(Errc::unauthorized, what + ": the CA refused user name or password");
    if (status >= 500) return fail(Errc::unavailable, what);
    return fail(Errc::protocol, what + ": this is not AD CS web enrolment");
}

Task<Result<void>> CertsrvSession::login() {
    const metrics::Stopwatch watch;
    const auto done = co_await log_in();
    tell(CaStep::login, watch, done);
    co_return done;
}

Task<Result<void>> CertsrvSession::probe() {
    http::ClientRequest request = get("");
    request.send_credentials = false;
    const std::string url = request.url;
    const auto answer = co_await conversation_.perform(std::move(request));
    if (!answer) co_return fail(curl_errc(answer.error()), url + ": " + printable(answer.error().text, 300));
    if (answer->status >= 500)
        co_return fail(Errc::unavailable, url + ": HTTP status " + std::to_string(answer->status));
    co_return Result<void>();
}

Task<Result<void>> CertsrvSession::log_in() {
    http::ClientRequest request = get("");
    const std::string url = request.url;
    const auto answer = co_await conversation_.perform(std::move(request));
    if (!answer) co_return fail(failed(answer.error(), url, std::nullopt).error());
    if (answer->status != 200 && answer->status != 301)
        co_return fail(refused(answer->status, url, std::nullopt).error());
    if (phase_ == CaPhase::auth) record_(AuthDataReceived{answer->body.size()});
    record_(LoginSucceeded{url});
    co_return Result<void>();
}

Task<Result<http::ClientResponse>> CertsrvSession::page(http::ClientRequest request, std::optional<CaPage> page) {
    const std::string url = request.url;
    http::ClientRequest again = request;
    auto answer = co_await conversation_.perform(std::move(request));
    if (answer && answer->status == 401) {
        // The authenticated connection was dropped meanwhile: log in once more, then repeat (certsrv.md 7.2).
        const auto logged_in = co_await login();
        if (!logged_in) co_return fail(logged_in.error());
        answer = co_await conversation_.perform(std::move(again));
    }
    if (!answer) co_return failed(answer.error(), url, page);
    if (answer->status != 200) co_return refused(answer->status, url, page);
    if (page && phase_ == CaPhase::auth) record_(AuthDataReceived{answer->body.size()});
    if (page) record_(PageFetched{*page, url});
    co_return std::move(*answer);
}

Task<Result<std::vector<TemplateOption>>> CertsrvSession::templates() {
    http::ClientRequest request = get("/certrqxt.asp");
    const metrics::Stopwatch watch;
    const auto answer = co_await page(std::move(request), CaPage::request);
    tell(CaStep::templates, watch, answer);
    if (!answer) co_return fail(answer.error());
    co_return parse_template_list(answer->body);
}

Task<Result<PageOutcome>> CertsrvSession::submit(x509::CertificateRequest csr, std::string template_name) {
    http::ClientRequest request = get("/certfnsh.asp");
    request.method = "POST";
    request.headers.add("Content-Type", "application/x-www-form-urlencoded");
    request.headers.add("Referer", access_.config->base_url() + "/certrqxt.asp");
    request.body = make_submit_form(csr.pem(), template_name);
    const metrics::Stopwatch watch;
    const auto answer = co_await page(std::move(request), CaPage::submit);
    tell(CaStep::submit, watch, answer);
    if (!answer) co_return fail(answer.error());
    co_return parse_outcome_page(answer->body);
}

Task<Result<FetchAnswer>> CertsrvSession::fetch(std::uint64_t request_id) {
    http::ClientRequest request = get("/certnew.cer?ReqID=" + std::to_string(request_id) + "&ENC=b64");
    const metrics::Stopwatch watch;
    const auto answer = co_await page(std::move(request), CaPage::certificate);
    tell(CaStep::fetch, watch, answer);
    if (!answer) co_return fail(answer.error());
    FetchAnswer fetched;
    if (auto certificate = parse_certificate_answer(answer->body)) {
        fetched.certificate = std::move(*certificate);
        fetched.outcome.disposition = Disposition::issued;
    } else {
        fetched.outcome = parse_outcome_page(answer->body);
    }
    fetched.outcome.request_id = request_id;
    co_return fetched;
}

Task<Result<std::vector<x509::Certificate>>> CertsrvSession::chain() {
    const std::string renewal = access_.config->newest_chain ? "-1" : "0";
    http::ClientRequest request = get("/certnew.p7b?ReqID=CACert&Renewal=" + renewal + "&Enc=bin");
    const std::string url = request.url;
    const metrics::Stopwatch watch;
    const auto answer = co_await page(std::move(request), std::nullopt);
    tell(CaStep::chain, watch, answer);
    if (!answer) co_return fail(answer.error());
    auto certificates = x509::read_certs_only(as_bytes(answer->body));
    if (!certificates) {
        record_(ChainRequestFailed{0, "the answer is no PKCS#7 certificate chain", {}, url});
        co_return fail(Errc::protocol, url + ": " + certificates.error().message);
    }
    record_(ChainRetrieved{url});
    co_return std::move(*certificates);
}

std::string TlsAccounts::key_of(const std::string& user, const Secret& password) {
    Bytes text(user.begin(), user.end());
    text.push_back(0);
    text.insert(text.end(), password.reveal().begin(), password.reveal().end());
    std::string key = sha256(text);
    std::fill(text.begin(), text.end(), std::uint8_t{0});
    return key;
}

std::shared_ptr<http::TlsSessionCache> TlsAccounts::get(const std::string& user, const Secret& password) {
    const auto key = key_of(user, password);
    const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.key == key; });
    if (found == entries_.end()) return std::make_shared<http::TlsSessionCache>();
    std::rotate(found, found + 1, entries_.end());
    return entries_.back().cache;
}

void TlsAccounts::keep(const std::string& user, const Secret& password, std::shared_ptr<http::TlsSessionCache> cache) {
    if (limit_ == 0) return;
    auto key = key_of(user, password);
    if (std::any_of(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.key == key; })) return;
    if (entries_.size() >= limit_) entries_.erase(entries_.begin());
    entries_.push_back({std::move(key), std::move(cache)});
}

}  // namespace opencapf::ces
