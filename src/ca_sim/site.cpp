// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/site.hpp"

#include "opencapf/base/text.hpp"
#include "opencapf/log/operator_log.hpp"
#include "opencapf/x509/pkcs7.hpp"

namespace opencapf::ca_sim {
namespace {

constexpr std::string_view kRoot = "/certsrv";

/// Paths are compared without regard to case and after decoding, as IIS does.
std::string normal_path(std::string_view path) { return to_lower(percent_decode(path, false)); }

/// Base64 is PEM with CRLF and, for a PKCS#7 too, with CERTIFICATE markers (certsrv.md 1.5).
std::string encoded(const Bytes& der, Encoding encoding, const std::string& label) {
    if (encoding == Encoding::der) return std::string(as_text(der));
    return "-----BEGIN " + label + "-----\r\n" + to_base64(der, 64, "\r\n") + "-----END " + label + "-----\r\n";
}

/// Rows of the page that certnew.* shows for a request without certificate (certsrv.md 2.5, second table).
ErrorPage fetch_failure(const StoredRequest& row) {
    ErrorPage details;
    details.mode = kModeFetch;
    details.request_id = row.id;
    details.last_status = row.code;
    details.disposition_message = row.message;
    switch (row.disposition) {
        case Disposition::signing:
        case Disposition::pending:
            details.disposition = kDispositionPending;
            details.disposition_message = "Taken Under Submission";
            break;
        case Disposition::denied:
            details.disposition = kDispositionDenied;
            break;
        case Disposition::issued:  // and revoked since: an issued one has its certificate
            details.disposition = kDispositionRevoked;
            details.disposition_message = kRevokedMessage;
            break;
        case Disposition::failed:
            details.disposition = kDispositionError;
            break;
    }
    return details;
}

}  // namespace

Site::Site(const Config& config, CertificateAuthority& ca, const CrlPublisher& crls, FaultService& faults,
           WallClock clock)
    : config_(config),
      ca_(ca),
      crls_(crls),
      faults_(faults),
      headers_(make_server_headers(std::move(clock))),
      outside_(ca, crls, headers_) {}

bool Site::is_protected(std::string_view path) {
    const std::string normal = normal_path(path);
    return normal == kRoot || normal.starts_with(std::string(kRoot) + "/");
}

std::string Site::fallback_host() const {
    return config_.listen.port == 443 ? config_.host_name
                                      : config_.host_name + ":" + std::to_string(config_.listen.port);
}

Task<http::Response> Site::serve(const http::Request& request, std::string user, const MetFaults& met) {
    if (request.method != "GET" && request.method != "HEAD" && request.method != "POST") {
        co_return http_error(headers_, 405);
    }
    const std::string path = normal_path(request.path);
    if (path == kRoot) {
        // The requested spelling comes back; a Location needs the slash for relative links to work.
        co_return moved(headers_, absolute_url(request.headers.get("Host"), fallback_host(), request.path + "/"));
    }
    const std::string name = path.substr(kRoot.size() + 1);
    const bool asks_ca = name == "certfnsh.asp" || name.starts_with("certnew.") || name == "certcrl.crl";
    if (asks_ca && met.find(FaultKind::ca_down) != nullptr) {
        const auto mode = name == "certfnsh.asp" ? kModeNewRequest : kModeFetch;
        co_return asp_page(headers_, failure_page(mode, hresult::kServerUnavailable));
    }
    if (name == "certfnsh.asp") co_return co_await finish(request, std::move(user), met);
    if (name == "certnew.cer") co_return co_await fetch(request, false);
    if (name == "certnew.p7b") co_return co_await fetch(request, true);
    if (name == "certcrl.crl") co_return fetch_crl(request);
    if (name == "certrmpn.asp") co_return co_await remove_pending(request);
    if (auto page = menu(name, request, user, met)) co_return std::move(*page);
    co_return http_error(headers_, 404);
}

std::string Site::failure_page(std::string_view mode, Hresult code) const {
    ErrorPage details;
    details.mode = mode;
    details.result = code;
    details.last_status = code;
    if (code == hresult::kServerUnavailable)
        details.suggested_cause = "The Certification Authority service is not started.";
    return error_page(ca_name(), details);
}

std::string Site::outcome_page(const CertificateAuthority::Outcome& outcome, BrowserClass browser, bool polled) const {
    switch (outcome.disposition) {
        case Disposition::issued:
            return outcome.revoked ? revoked_page(ca_name(), outcome.id) : issued_page(ca_name(), outcome.id, browser);
        case Disposition::signing:
        case Disposition::pending:
            return pending_page(ca_name(), outcome.id, browser, polled, config_.pending_timeout_days);
        case Disposition::denied:
            return denied_page(ca_name(), outcome.id, outcome.message);
        case Disposition::failed:
            break;
    }
    ErrorPage details;
    details.mode = polled ? kModeCheckPending : kModeNewRequest;
    details.request_id = outcome.id;
    details.disposition = kDispositionError;
    details.disposition_message = outcome.message;
    details.result = outcome.code;
    details.last_status = outcome.code;
    return error_page(ca_name(), details);
}

Task<http::Response> Site::finish(const http::Request& request, std::string user, const MetFaults& met) {
    const Form form = posted_fields(request);
    Submission submission = read_submission(form);
    if (submission.mode == SubmitMode::check_pending) co_return co_await check_pending(request, form);
    if (submission.mode != SubmitMode::new_request || trim(submission.certificate_request).empty()) {
        log::warn("a " + printable(request.method, 16) + " of certfnsh.asp by " + user + " holds no request");
        co_return asp_page(headers_, failure_page(kModeNewRequest, hresult::kBadParameter));
    }
    submission.forced = forced_verdict(met);
    const auto outcome = co_await ca_.submit(std::move(submission), std::move(user));
    if (!outcome) co_return asp_page(headers_, failure_page(kModeNewRequest, hresult::kServerUnavailable));
    co_return outcome_response(request, form, *outcome, false);
}

http::Response Site::fetch_crl(const http::Request& request) const {
    const BrowserClass browser = browser_class(request.headers.get("User-Agent"));
    const FetchQuery query = read_fetch_query(request.query);
    const auto issuers = ca_.issuers();
    const auto index = query.renewal ? static_cast<std::size_t>(*query.renewal) : issuers->size() - 1;
    std::optional<StoredCrl> crl;
    if (index < issuers->size()) crl = crls_.find((*issuers)[index]->authority().key_index, query.delta);
    if (!crl) return asp_page(headers_, failure_page(kModeFetch, hresult::kPropertyEmpty));
    return asp_download(headers_, crl_media_type(browser), encoded(crl->der, query.encoding, "X509 CRL"));
}

http::Response Site::deliver(const Bytes& der, Encoding encoding, bool chain, BrowserClass browser) const {
    return asp_download(headers_, chain ? chain_media_type(browser) : certificate_media_type(browser),
                        encoded(der, encoding, "CERTIFICATE"));
}

http::Response Site::deliver_chain(const StoredRequest& row, Encoding encoding, BrowserClass browser) const {
    const auto leaf = x509::Certificate::from_der(row.certificate);
    if (!leaf) {
        log::error("the stored certificate of request " + std::to_string(row.id) +
                   " is damaged: " + leaf.error().message);
        return asp_page(headers_, failure_page(kModeFetch, hresult::kInvalidData));
    }
    const auto issuers = ca_.issuers();
    const auto index = static_cast<std::size_t>(row.authority);
    const Issuer& issuer = index < issuers->size() ? *(*issuers)[index] : *issuers->back();
    std::vector<x509::Certificate> certificates{*leaf};
    certificates.insert(certificates.end(), issuer.chain().begin(), issuer.chain().end());
    return deliver(x509::make_certs_only(certificates), encoding, true, browser);
}

Task<http::Response> Site::fetch(const http::Request& request, bool chain) {
    const BrowserClass browser = browser_class(request.headers.get("User-Agent"));
    const FetchQuery query = read_fetch_query(request.query);
    if (query.ca_certificate) {
        const auto issuers = ca_.issuers();
        const auto index = query.renewal ? static_cast<std::size_t>(*query.renewal) : issuers->size() - 1;
        if (index >= issuers->size()) co_return asp_page(headers_, failure_page(kModeFetch, hresult::kPropertyEmpty));
        const std::vector<x509::Certificate>& authorities = (*issuers)[index]->chain();
        co_return deliver(chain ? x509::make_certs_only(authorities) : authorities.front().der(), query.encoding, chain,
                          browser);
    }
    if (!query.request_id) co_return asp_page(headers_, failure_page(kModeFetch, hresult::kBadParameter));
    const auto row = co_await ca_.find(*query.request_id);
    if (!row) co_return asp_page(headers_, failure_page(kModeFetch, hresult::kServerUnavailable));
    if (!*row) co_return asp_page(headers_, failure_page(kModeFetch, hresult::kPropertyEmpty));
    const StoredRequest& found = **row;
    if (found.disposition != Disposition::issued || !found.revoked.empty()) {
        co_return asp_page(headers_, error_page(ca_name(), fetch_failure(found)));
    }
    co_return chain ? deliver_chain(found, query.encoding, browser)
                    : deliver(found.certificate, query.encoding, false, browser);
}

}  // namespace opencapf::ca_sim
