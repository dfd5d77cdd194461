// SPDX-License-Identifier: Apache-2.0
#include "capf/issuer/online_ca.hpp"

#include <algorithm>
#include <stdexcept>

namespace opencapf::capf {
namespace {

constexpr std::chrono::seconds kCaLookupPause{60};

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
    const event::Phone& phone = request.phone;
    if (!request.csr) throw std::logic_error("the Online CA was asked without a request");
    const Metrics& metrics = service_.metrics;
    metrics::Stopwatch watch;
    {
        const metrics::Presence waiting(metrics.waiting);
        co_await loop_.gate.enter();
    }
    const Gate::Pass pass(loop_.gate);
    const metrics::Presence working(metrics.working);
    metrics.took(Phase::wait, watch.lap());
    Trace& trace = service_.trace;
    const Spool& spool = service_.spool;
    trace.emit(event::EnrollmentStarted{phone, spool.csr_path(phone.device)});
    trace.emit(event::RequestRead{phone});
    const est::EnrollResult answer = co_await est_->enroll(*request.csr);
    metrics.took(Phase::ca, watch.lap());
    service_.est_server.report(answer.http_status != 0);
    trace.emit(event::EnrollmentAnswered{phone, answer.rv(), answer.name(), answer.pkcs7_length()});
    const bool usable = answer.ok() && answer.issued;
    if (!usable) {
        const std::string detail = answer.detail.empty() ? "no certificate in the answer" : answer.detail;
        trace.emit(event::EnrollmentFailed{phone, answer.rv(), detail, request.descriptor});
        IssueFailure failure{false, result_of(answer), std::string(answer.name()) + ": " + detail};
        co_return tl::unexpected<IssueFailure>(std::move(failure));
    }
    const x509::Certificate& certificate = *answer.issued;
    auto write = [&spool, &phone, &answer, &certificate] {
        spool.write_certificate(phone.device, answer.pkcs7_base64, certificate.der());
    };
    std::function<void()> job(std::ref(write));
    co_await service_.workers.run(std::move(job));
    trace.emit(event::CertificateWritten{phone, spool.certificate_directory()});
    trace.emit(event::EnrollmentSucceeded{phone, request.descriptor});
    const std::int64_t issuer_until = co_await issuer_valid_until(certificate);
    co_return Issued{certificate, issuer_until, true};
}

// When the certificate that issued `lsc` ends; 0 when the EST server does not tell.
Task<std::int64_t> OnlineCa::issuer_valid_until(x509::Certificate lsc) {
    const auto find = [this, &lsc] {
        return std::find_if(loop_.ca_certificates.begin(), loop_.ca_certificates.end(),
                            [&lsc](const auto& ca) { return ca.subject_oneline() == lsc.issuer_oneline(); });
    };
    const auto now = std::chrono::steady_clock::now();
    if (find() == loop_.ca_certificates.end() && now >= loop_.next_ca_lookup) {
        loop_.next_ca_lookup = now + kCaLookupPause;
        auto answer = co_await est_->cacerts();
        if (answer.ok()) loop_.ca_certificates = std::move(answer.certificates);
    }
    const auto issuer = find();
    co_return issuer == loop_.ca_certificates.end() ? 0 : unix_seconds(issuer->not_after());
}

}  // namespace opencapf::capf
