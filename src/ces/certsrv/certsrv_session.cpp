// SPDX-License-Identifier: Apache-2.0
#include "ces/certsrv/certsrv_session.hpp"

#include "ces/certsrv/account_key.hpp"
#include "ces/certsrv/curl_text.hpp"
#include "opencapf/base/text.hpp"
#include "opencapf/x509/pkcs7.hpp"

#include <algorithm>

namespace opencapf::ces {
namespace {

constexpr int kHttpReturnedError = 22;  // CURLE_HTTP_RETURNED_ERROR: what libcurl calls an HTTP status above 399

constexpr int kCouldNotConnect = 7;  // CURLE_COULDNT_CONNECT
constexpr int kTimedOut = 28;        // CURLE_OPERATION_TIMEDOUT

http::ClientConfig transport(const CaAccess& access, const CaLogin& login, http::AuthMethod auth) {
    http::ClientConfig config;
    config.trust = access.trust;
    config.user_agent = access.config->user_agent;
    config.auth = auth;
    config.user = login.user;
    config.password = login.password;
    config.connect_timeout = access.config->connect_timeout;
    config.total_timeout = access.config->page_timeout;
    config.max_body_bytes = access.config->max_page_bytes;
    config.resolve = access.config->resolve;
    return config;
}

}  // namespace

CertsrvSession::CertsrvSession(CaAccess access, const CaLogin& login, http::AuthMethod auth,
                               std::shared_ptr<http::TlsSessionCache> sessions, CaTask task)
    : access_(std::move(access)),
      auth_(auth),
      task_(std::move(task)),
      conversation_(*access_.loop, transport(access_, login, auth), std::move(sessions)) {}

http::ClientRequest CertsrvSession::get(std::string_view suffix, net::Duration timeout) const {
    http::ClientRequest request;
    request.url = access_.config->base_url();
    request.url += suffix;
    request.timeout = timeout;
    const auto& header = access_.config->request_id_header;
    if (!header.empty() && !task_.correlation.empty()) request.headers.add(header, task_.correlation);
    return request;
}

/// Within the time that is left.
Task<CertsrvSession::Answer> CertsrvSession::perform(http::ClientRequest request) {
    if (task_.deadline != std::chrono::steady_clock::time_point::max()) {
        const auto left = std::chrono::duration_cast<net::Duration>(task_.deadline - std::chrono::steady_clock::now());
        if (left.count() <= 0) {
            time_is_over_ = true;
            http::ClientError late;
            late.curl_code = kTimedOut;
            late.text = "Operation timed out: the time for the enrolment (total_timeout) is over";
            co_return tl::unexpected<http::ClientError>(std::move(late));
        }
        request.timeout = std::min(request.timeout, left);
    }
    auto answer = co_await conversation_.perform(std::move(request));
    co_return answer;
}

void CertsrvSession::record_failure(int code, std::string text, std::string original, const std::string& url,
                                    std::optional<CaPage> page) {
    if (page) {
        task_.record(PageFailed{*page, code, std::move(text), std::move(original), url});
    } else if (task_.phase == CaPhase::start && url != access_.config->base_url()) {
        task_.record(ChainRequestFailed{code, std::move(text), std::move(original), url});
    } else {
        task_.record(LoginFailed{code, std::move(text), std::move(original), url});
    }
}

Result<http::ClientResponse> CertsrvSession::failed(const http::ClientError& error, const std::string& url,
                                                    std::optional<CaPage> page) {
    auto legacy = legacy_curl(error, access_.config->host);
    std::string message = url + ": " + http::describe(error, 300);
    record_failure(legacy.code, std::move(legacy.text), std::move(legacy.original), url, page);
    return fail(curl_errc(error), std::move(message));
}

Result<http::ClientResponse> CertsrvSession::refused(unsigned status, const std::string& url,
                                                     std::optional<CaPage> page) {
    record_failure(kHttpReturnedError, "The requested URL returned error: " + std::to_string(status), {}, url, page);
    const std::string what = url + ": HTTP status " + std::to_string(status);
    if (status == 401) return fail(Errc::unauthorized, what + ": the CA refused user name or password");
    // Of the others of 5xx one page may be the reason: only these say that nobody is there.
    if (status >= 502 && status <= 504) return fail(Errc::unavailable, what);
    return fail(Errc::protocol, what + ": this is not AD CS web enrolment");
}

Task<Result<void>> CertsrvSession::login() {
    const metrics::Stopwatch watch;
    const auto done = co_await log_in();
    tell(CaStep::login, watch, done);
    co_return done;
}

Task<Result<void>> CertsrvSession::probe() {
    http::ClientRequest request = get("", access_.config->login_timeout);
    request.send_credentials = false;
    const std::string url = request.url;
    const auto answer = co_await conversation_.perform(std::move(request));
    if (!answer) co_return fail(curl_errc(answer.error()), url + ": " + printable(answer.error().text, 300));
    if (answer->status >= 502 && answer->status <= 504)
        co_return fail(Errc::unavailable, url + ": HTTP status " + std::to_string(answer->status));
    co_return Result<void>();
}

Task<Result<void>> CertsrvSession::log_in() {
    http::ClientRequest request = get("", access_.config->login_timeout);
    const std::string url = request.url;
    const auto answer = co_await perform(std::move(request));
    if (!answer) co_return fail(failed(answer.error(), url, std::nullopt).error());
    if (answer->status != 200 && answer->status != 301)
        co_return fail(refused(answer->status, url, std::nullopt).error());
    if (task_.phase == CaPhase::auth) task_.record(AuthDataReceived{answer->body.size()});
    task_.record(LoginSucceeded{url});
    logged_in_ = true;
    co_return Result<void>();
}

Task<Result<http::ClientResponse>> CertsrvSession::page(http::ClientRequest request, std::optional<CaPage> page) {
    const std::string url = request.url;
    http::ClientRequest again = request;
    auto answer = co_await perform(std::move(request));
    if (answer && answer->status == 401 && logged_in_) {
        // The authenticated connection was dropped meanwhile: log in once more, then repeat (certsrv.md 7.2).
        const auto logged_in = co_await login();
        if (!logged_in) co_return fail(logged_in.error());
        answer = co_await perform(std::move(again));
    }
    if (!answer) co_return failed(answer.error(), url, page);
    if (answer->status != 200) co_return refused(answer->status, url, page);
    logged_in_ = true;
    if (page && task_.phase == CaPhase::auth) task_.record(AuthDataReceived{answer->body.size()});
    if (page) task_.record(PageFetched{*page, url});
    co_return std::move(*answer);
}

Task<Result<std::vector<TemplateOption>>> CertsrvSession::templates() {
    http::ClientRequest request = get("/certrqxt.asp", access_.config->page_timeout);
    const metrics::Stopwatch watch;
    const auto answer = co_await page(std::move(request), CaPage::request);
    tell(CaStep::templates, watch, answer);
    if (!answer) co_return fail(answer.error());
    co_return parse_template_list(answer->body);
}

/// On the connection that is logged in. When the CA has dropped that, nothing went out: log in again, once.
Task<CertsrvSession::Answer> CertsrvSession::post(http::ClientRequest request) {
    request.open_connection_only = true;
    http::ClientRequest again = request;
    auto answer = co_await perform(std::move(request));
    const bool dropped = !answer && answer.error().request_bytes == 0 && answer.error().curl_code == kCouldNotConnect;
    const bool asked = answer && answer->status == 401;  // it wants a log-in first: the page has not run
    if (!dropped && !asked) co_return answer;
    const auto logged_in = co_await login();
    if (!logged_in) {
        // Said already, and in the answer of the log-in.
        http::ClientError refused;
        refused.curl_code = logged_in.error().code == Errc::timeout ? kTimedOut : kCouldNotConnect;
        refused.text = logged_in.error().message;
        if (logged_in.error().code == Errc::unauthorized) {
            http::ClientResponse unauthorized;
            unauthorized.status = 401;
            co_return unauthorized;
        }
        co_return tl::unexpected<http::ClientError>(std::move(refused));
    }
    // NTLM lives on its connection. The others may have to connect again: then on a fresh connection, which libcurl
    // never tries twice.
    again.open_connection_only = auth_ == http::AuthMethod::ntlm;
    again.new_connection = !again.open_connection_only;
    answer = co_await perform(std::move(again));
    co_return answer;
}

Task<tl::expected<PageOutcome, SubmitFailure>> CertsrvSession::submit(std::string form) {
    http::ClientRequest request = get("/certfnsh.asp", access_.config->submit_timeout);
    request.method = "POST";
    request.headers.add("Content-Type", "application/x-www-form-urlencoded");
    request.headers.add("Referer", access_.config->base_url() + "/certrqxt.asp");
    request.body = std::move(form);
    const std::string url = request.url;
    const metrics::Stopwatch watch;
    auto answer = co_await post(std::move(request));
    Result<http::ClientResponse> good = fail(Errc::internal, "");
    auto fate = Fate::unknown;
    if (!answer) {
        if (answer.error().request_bytes == 0) fate = Fate::not_sent;
        good = failed(answer.error(), url, CaPage::submit);
    } else if (answer->status != 200) {
        if (answer->status == 401) fate = Fate::not_sent;
        good = refused(answer->status, url, CaPage::submit);
    } else {
        task_.record(PageFetched{CaPage::submit, url});
        good = std::move(*answer);
    }
    tell(CaStep::submit, watch, good);
    if (!good) {
        SubmitFailure failure{good.error(), fate};
        co_return tl::unexpected<SubmitFailure>(std::move(failure));
    }
    co_return parse_outcome_page(good->body);
}

Task<Result<FetchAnswer>> CertsrvSession::fetch(std::uint64_t request_id) {
    http::ClientRequest request =
        get("/certnew.cer?ReqID=" + std::to_string(request_id) + "&ENC=b64", access_.config->page_timeout);
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
    http::ClientRequest request =
        get("/certnew.p7b?ReqID=CACert&Renewal=" + renewal + "&Enc=bin", access_.config->page_timeout);
    const std::string url = request.url;
    const metrics::Stopwatch watch;
    const auto answer = co_await page(std::move(request), std::nullopt);
    tell(CaStep::chain, watch, answer);
    if (!answer) co_return fail(answer.error());
    auto certificates = x509::read_certs_only(as_bytes(answer->body));
    if (!certificates) {
        task_.record(ChainRequestFailed{0, "the answer is no PKCS#7 certificate chain", {}, url});
        co_return fail(Errc::protocol, url + ": " + certificates.error().message);
    }
    task_.record(ChainRetrieved{url});
    co_return std::move(*certificates);
}

std::shared_ptr<http::TlsSessionCache> TlsAccounts::get(const std::string& user, const Secret& password) {
    const auto key = account_key(user, password);
    const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.key == key; });
    if (found == entries_.end()) return std::make_shared<http::TlsSessionCache>();
    std::rotate(found, found + 1, entries_.end());
    return entries_.back().cache;
}

void TlsAccounts::keep(const std::string& user, const Secret& password, std::shared_ptr<http::TlsSessionCache> cache) {
    if (limit_ == 0) return;
    auto key = account_key(user, password);
    if (std::any_of(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.key == key; })) return;
    if (entries_.size() >= limit_) entries_.erase(entries_.begin());
    entries_.push_back({std::move(key), std::move(cache)});
}

}  // namespace opencapf::ces
