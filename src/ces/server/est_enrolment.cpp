// SPDX-License-Identifier: Apache-2.0
#include "ces/auth/renewal.hpp"
#include "ces/server/csr_check.hpp"
#include "ces/server/est_connection.hpp"
#include "opencapf/base/text.hpp"
#include "opencapf/log/operator_log.hpp"
#include "opencapf/x509/pkcs7.hpp"

namespace opencapf::ces {
namespace {

/// A name that a client chose, within quotation marks of a log line: bounded, and it cannot end its field.
std::string in_quotes(std::string_view text) {
    constexpr std::size_t kMax = 200;
    std::string safe = "\"";
    for (const char c : printable(text, kMax)) safe += c == '"' ? std::string("\\x22") : std::string(1, c);
    return safe + "\"";
}

}  // namespace

Result<x509::CertificateRequest> EstConnection::admit(const http::Request& request) const {
    auto csr = read_csr(request.body);
    if (!csr) return csr;
    const auto& rules = profile_->settings.csr;
    auto good = check_csr_content(*csr, rules);
    // The server makes the key: the one in the request, and its signature, mean nothing (RFC 7030 section 4.4.1).
    if (good && route_.operation != Operation::server_keygen) {
        good = check_csr_proof(*csr, rules);
        if (good) good = profile_->csr_attributes.check(*csr);
    }
    if (!good) return fail(good.error());
    return csr;
}

Task<Result<x509::CertificateRequest>> EstConnection::make_key(const x509::CertificateRequest& pattern,
                                                               std::optional<GeneratedKey>& target) {
    Result<GeneratedKey> made = fail(Errc::internal, "no key was made");
    std::function<void()> job = [&] { made = generate_key(pattern, profile_->settings.keygen.key); };
    co_await service_.pool.run(std::move(job));
    if (!made) co_return fail(made.error());
    target = std::move(*made);
    co_return target->csr;
}

Task<http::Response> EstConnection::enroll(const http::Request& request) {
    if (!est::is_media_type(request.headers.get("Content-Type"), est::kTypeRequest))
        co_return failure(415, est::EstError::bad_content_type, "The body must be application/pkcs10.");
    auto caller = co_await authenticate(request);
    if (!caller) co_return std::move(caller.error());
    auto csr = admit(request);
    if (!csr) co_return failure(csr.error());
    subject_ = csr->subject_rfc2253();
    auto unlinked = check_linkage(*csr);
    if (unlinked) co_return std::move(*unlinked);
    const auto& rules = profile_->settings.reenroll;
    auto allowed = check_name_change(*csr, rules);
    if (allowed && route_.operation == Operation::reenroll)
        allowed = check_renewal(*csr, identity_ ? &*identity_ : nullptr, account_, rules);
    if (!allowed) co_return failure(allowed.error());
    auto response = co_await ask_ca(std::move(*caller), std::move(*csr));
    co_return response;
}

Task<http::Response> EstConnection::ask_ca(Caller caller, x509::CertificateRequest csr) {
    EnrolRequest work;
    work.policy = policy_;
    work.profile = profile_;
    work.caller = std::move(caller);
    work.renewal = route_.operation == Operation::reenroll;
    work.proof_linked = proof_linked_;
    work.correlation = correlation_;
    work.received = received_;
    std::optional<GeneratedKey> generated;
    std::optional<KeyEncryption> encryption;
    if (route_.operation == Operation::server_keygen) {
        std::optional<x509::Certificate> shown;
        if (identity_ && identity_->valid()) shown = identity_->certificate;
        auto asked = key_encryption_of(csr, shown);
        if (!asked) co_return failure(asked.error());
        encryption = std::move(*asked);
        key_made_here_ = true;
        work.make_csr = [&, this] { return make_key(csr, generated); };
    } else {
        work.csr = csr;
    }
    for (const auto& certificate : policy_->directory.certificates())
        record(WebTrustAdded{certificate.subject_oneline()});
    EventRecorder recorder = [this](Event event) { record(std::move(event)); };
    EnrolRequest sent = work;
    auto answer = co_await enroller_.enroll(std::move(sent), std::move(recorder));
    if (!answer && generated && answer.error().code == Errc::pending) {
        // The key is not kept, so a certificate that comes later would be of no use to anybody.
        const Error late{Errc::rejected, "The CA wants to look at the request first, and keys made here cannot wait."};
        co_return failure(late);
    }
    if (!answer) co_return failure(answer.error(), answer.error().retry_after);
    shared_.metrics.enrolment.observe(watch_.total());
    auto response = co_await enrolled(work, std::move(*answer), generated, std::move(encryption));
    co_return response;
}

/// One line for each decision: who, by what, for whom, and what became of it (EST-S-100). No secret is near.
void EstConnection::audit(const http::Response& response) const {
    std::string trust = "none";
    std::string certificate;
    if (identity_) {
        trust = identity_->trusted_by == TrustedBy::explicit_set   ? "own"
                : identity_->trusted_by == TrustedBy::implicit_set ? "third-party"
                                                                   : "refused";
        trust += identity_->registration_authority ? " RA" : "";
        certificate = identity_->certificate.subject_rfc2253();
    }
    log::info("audit: " + who() + ": status=" + std::to_string(response.status) +
              " operation=" + std::string(name_of(route_.operation)) + " label=" + in_quotes(route_.label) +
              " tls-linked=" + (proof_linked_ ? "yes" : "no") + " account=" + in_quotes(account_) + " trust=" +
              in_quotes(trust) + " certificate=" + in_quotes(certificate) + " subject=" + in_quotes(subject_));
}

Task<http::Response> EstConnection::enrolled(const EnrolRequest& request, Enrolled enrolled,
                                             const std::optional<GeneratedKey>& generated,
                                             std::optional<KeyEncryption> encryption) {
    const std::string base64 = est::encode_body(x509::make_certs_only({*enrolled.certificate}), wrap());
    http::Response response;
    if (generated) {
        Result<Secret> part = fail(Errc::internal, "the key was not encoded");
        std::function<void()> job = [&] { part = key_part(generated->key, encryption, *policy_->key_signer); };
        co_await service_.pool.run(std::move(job));
        if (!part) {
            log::error(who() + ": the certificate " + enrolled.certificate->serial_hex() +
                       " was issued, but its key cannot be sent: revoke it");
            shared_.pending.forget(enrolled.pending_key);
            co_return failure(part.error());
        }
        response = key_response(*part, base64);
    } else {
        response.headers.add("Content-Type", std::string(est::kTypeEnrolled));
        response.headers.add("Content-Transfer-Encoding", "base64");
        response.body = base64;
    }
    delivered_key_ = std::move(enrolled.pending_key);
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(watch_.total());
    log::info("enrolled " + enrolled.certificate->subject_rfc2253() + " for " + request.caller.name + " from " +
              info_.client + ": request id " + std::to_string(enrolled.request_id) + ", serial " +
              enrolled.certificate->serial_hex() + ", " + std::to_string(took.count()) + " ms");
    co_return response;
}

}  // namespace opencapf::ces
