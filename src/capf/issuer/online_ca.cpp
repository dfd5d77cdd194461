// SPDX-License-Identifier: Apache-2.0
#include "capf/issuer/online_ca.hpp"

#include "opencapf/http/request_id.hpp"
#include "opencapf/log/operator_log.hpp"

#include <stdexcept>

namespace opencapf::capf {
namespace {

constexpr std::chrono::seconds kCaLookupPause{60};
constexpr std::string_view kEstMark = "est";

/// Many servers know no simplereenroll, or refuse it for reasons of their own (an LSC they have revoked, a subject they
/// have changed), and would issue anew. A 401 is about the account: it would be one again.
bool is_no_renewal(const est::EnrollResult& answer) {
    return answer.http_status >= 400 && answer.http_status < 500 && answer.http_status != 401;
}

/// "<session>-<DEVICE>-<8 random hex digits>", the session and name as in the trace: one search finds the request in
/// the logs of CES and the CA. The number begins anew with each start of capfd, hence the random part. A long name is
/// cut.
std::string correlation_of(const event::Phone& phone) {
    constexpr std::size_t kMostOfName = 40;  // the rest of 64 is for the two numbers
    std::string name = phone.device.substr(0, kMostOfName);
    for (char& c : name)
        if (!http::is_request_id(std::string_view(&c, 1))) c = '_';
    return std::to_string(phone.session) + "-" + name + "-" + http::new_request_id().substr(0, 8);
}

}  // namespace

OperationResult result_of(const est::EnrollResult& answer) {
    if (answer.ok()) return OperationResult::success;
    if (answer.http_status == 0) return OperationResult::ca_communication;  // no answer at all
    // cesd says 502, 503 or 504 when it could not reach the CA: the CA did not reject anything.
    if (answer.http_status >= 500) return OperationResult::ca_communication;
    if (answer.http_status >= 300 || answer.http_status == 202) return OperationResult::ca_rejected;
    return OperationResult::failed;  // 200 with something that is no certificate for this key
}

Task<tl::expected<Issued, IssueFailure>> OnlineCa::issue(IssueRequest request) {
    if (!request.csr) throw std::logic_error("the Online CA was asked without a request");
    est::EnrollResult answer = co_await ask(request);
    if (!answer.ok() || !answer.issued) co_return co_await refused(std::move(request), answer);
    co_return Issued{std::move(*answer.issued), 0, std::move(answer.pkcs7_base64)};
}

Task<Issued> OnlineCa::complete(Issued issued, event::Phone phone, int descriptor) {
    const Spool& spool = service_.spool;
    auto write = [&spool, &phone, &issued] {
        spool.write_certificate(phone.device, issued.pkcs7_base64, issued.certificate.der());
    };
    std::function<void()> job(std::ref(write));
    co_await service_.workers.run(std::move(job));
    service_.trace.emit(event::CertificateWritten{phone, spool.certificate_directory()});
    service_.trace.emit(event::EnrollmentSucceeded{phone, descriptor});
    std::string correlation = correlation_of(phone);
    const auto issuer = co_await issuer_of(issued.certificate, std::move(correlation));
    if (issuer) issued.issuer_valid_until = unix_seconds(issuer->not_after());
    co_return issued;
}

Task<est::EnrollResult> OnlineCa::ask(IssueRequest request) {
    const Metrics& metrics = service_.metrics;
    metrics::Stopwatch watch;
    {
        const metrics::Presence waiting(metrics.waiting);
        co_await loop_.gate.enter();
    }
    const Gate::Pass pass(loop_.gate);
    const metrics::Presence working(metrics.working);
    metrics.took(Phase::wait, watch.lap());
    const event::Phone& phone = request.phone;
    const bool renewal = co_await is_renewal(request);
    est::EnrollResult answer = co_await post(request, renewal);
    if (renewal && is_no_renewal(answer)) {
        log::warn(phone.device + ": simplereenroll was refused, simpleenroll follows: " + answer.detail);
        answer = co_await post(std::move(request), false);
    }
    metrics.took(Phase::ca, watch.lap());
    co_return answer;
}

Task<est::EnrollResult> OnlineCa::post(IssueRequest request, bool renewal) {
    const event::Phone& phone = request.phone;
    service_.trace.emit(event::EnrollmentStarted{phone, service_.spool.csr_path(phone.device)});
    service_.trace.emit(event::RequestRead{phone});
    std::string correlation = correlation_of(phone);
    est::EnrollResult answer;
    if (renewal) {
        answer = co_await est_->reenroll(*request.csr, std::move(correlation));
    } else {
        answer = co_await est_->enroll(*request.csr, std::move(correlation));
    }
    service_.est_server.report(answer.http_status != 0);
    service_.trace.emit(event::EnrollmentAnswered{phone, answer.rv(), answer.name(), answer.pkcs7_length()});
    co_return answer;
}

Task<tl::expected<Issued, IssueFailure>> OnlineCa::refused(IssueRequest request, est::EnrollResult answer) {
    const event::Phone& phone = request.phone;
    if (direct_ && answer.error == est::EstError::ca_enroll_retry) {
        const std::int64_t ask_after = unix_seconds(std::chrono::system_clock::now() + *answer.retry_after);
        auto mark = [this, &phone, ask_after] { service_.spool.write_waiting(phone.device, kEstMark, ask_after); };
        std::function<void()> job(std::ref(mark));
        co_await service_.workers.run(std::move(job));
        service_.trace.emit(event::RequestWaits{phone, answer.detail});
        IssueFailure pending{true, OperationResult::success, answer.detail};
        co_return tl::unexpected<IssueFailure>(std::move(pending));
    }
    const std::string detail = answer.detail.empty() ? "no certificate in the answer" : answer.detail;
    service_.trace.emit(event::EnrollmentFailed{phone, answer.rv(), detail, request.descriptor});
    IssueFailure failure{false, result_of(answer), std::string(answer.name()) + ": " + detail};
    co_return tl::unexpected<IssueFailure>(std::move(failure));
}

// The same request again, as RFC 7030 section 4.2.3 wants it, and not before the server said.
Task<Collected> OnlineCa::collect(event::Phone phone, Device device, int descriptor) {
    if (!direct_) co_return std::optional<Issued>{};
    const auto request = co_await waiting_request(device, kEstMark);
    if (!request) co_return std::optional<Issued>{};
    const auto csr = x509::CertificateRequest::from_text(request->pem);
    if (unix_seconds(std::chrono::system_clock::now()) < request->ask_after) {
        IssueFailure early{true, OperationResult::success,
                           "the CA does not want to be asked about the request again yet"};
        service_.trace.emit(event::RequestWaits{phone, early.detail});
        co_return tl::unexpected<IssueFailure>(std::move(early));
    }
    const std::string name = device.name;
    IssueRequest again{std::move(phone), std::move(device), csr->public_key(), *csr, descriptor};
    auto issued = co_await issue(std::move(again));
    if (issued) co_return std::optional<Issued>(std::move(*issued));
    // A server that cannot be reached has not answered: the request stays.
    const bool answered = !issued.error().pending && issued.error().result != OperationResult::ca_communication;
    if (answered) co_await forget(name);
    co_return tl::unexpected<IssueFailure>(std::move(issued.error()));
}

// A renewal is of a certificate of this very CA, still valid, for the same subject (RFC 7030 section 4.2.2).
Task<bool> OnlineCa::is_renewal(IssueRequest request) {
    if (!direct_ || request.device.lsc.empty()) co_return false;
    const auto old = x509::Certificate::from_der(request.device.lsc);
    if (!old || old->not_after() <= std::chrono::system_clock::now() ||
        old->subject_rfc2253() != request.csr->subject_rfc2253())
        co_return false;
    std::string correlation = correlation_of(request.phone);
    const auto issuer = co_await issuer_of(*old, std::move(correlation));
    co_return issuer.has_value();
}

// The CA certificate that issued `lsc`; nothing when it is none of the EST server's, or the server does not tell.
Task<std::optional<x509::Certificate>> OnlineCa::issuer_of(x509::Certificate lsc, std::string correlation) {
    auto issuer = est::find_issuer(loop_.ca_certificates, lsc);
    const auto now = std::chrono::steady_clock::now();
    if (!issuer && now >= loop_.next_ca_lookup) {
        loop_.next_ca_lookup = now + kCaLookupPause;
        auto answer = co_await est_->cacerts(std::move(correlation));
        if (answer.ok()) loop_.ca_certificates = std::move(answer.certificates);
        issuer = est::find_issuer(loop_.ca_certificates, lsc);
    }
    if (!issuer) co_return std::nullopt;
    co_return std::move(*issuer);
}

}  // namespace opencapf::capf
