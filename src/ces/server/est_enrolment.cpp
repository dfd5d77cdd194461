// SPDX-License-Identifier: Apache-2.0
#include "ces/server/csr_check.hpp"
#include "ces/server/est_connection.hpp"
#include "opencapf/base/text.hpp"
#include "opencapf/log/operator_log.hpp"
#include "opencapf/x509/pkcs7.hpp"

#include <algorithm>

namespace opencapf::ces {

tl::expected<Caller, http::Response> EstConnection::authenticate(const http::Request& request) {
    record(NoPeerCertificate{});
    const auto authorization = request.headers.get("Authorization");
    if (authorization.empty()) {
        record(AuthHeaderMissing{});
        return Refused(challenge({}));
    }
    const auto credentials = est::parse_basic(authorization);
    if (!credentials)
        return Refused(failure(Error{Errc::unauthorized, "the Authorization header holds no Basic credentials"}));
    account_ = credentials->user;
    const auto& allowed = profile_->settings.accounts;
    const auto same = [this](const std::string& account) { return iequals(account, account_); };
    if (!allowed.empty() && std::none_of(allowed.begin(), allowed.end(), same))
        return Refused(failure(Error{Errc::unauthorized, "the account may not use this label: " + account_}));
    Caller caller;
    caller.name = credentials->user;
    caller.verified = false;
    caller.login = CaLogin{credentials->user, credentials->password};
    return caller;
}

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
    auto caller = authenticate(request);
    if (!caller) co_return std::move(caller.error());
    auto csr = admit(request);
    if (!csr) co_return failure(csr.error());
    if (route_.operation == Operation::reenroll)
        log::info(who() + ": simplereenroll without a client certificate is treated as simpleenroll");

    EnrolRequest work;
    work.policy = policy_;
    work.profile = profile_;
    work.caller = std::move(*caller);
    work.renewal = route_.operation == Operation::reenroll;
    work.correlation = correlation_;
    std::optional<GeneratedKey> generated;
    std::optional<KeyEncryption> encryption;
    if (route_.operation == Operation::server_keygen) {
        auto asked = key_encryption_of(*csr, std::nullopt);
        if (!asked) co_return failure(asked.error());
        encryption = std::move(*asked);
        work.make_csr = [&, this] { return make_key(*csr, generated); };
    } else {
        work.csr = *csr;
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

Task<http::Response> EstConnection::enrolled(const EnrolRequest& request, Enrolled enrolled,
                                             const std::optional<GeneratedKey>& generated,
                                             std::optional<KeyEncryption> encryption) {
    const std::string base64 = est::encode_body(x509::make_certs_only({*enrolled.certificate}), profile_->wrap);
    http::Response response;
    if (generated) {
        Result<Secret> part = fail(Errc::internal, "the key was not encoded");
        std::function<void()> job = [&] { part = key_part(generated->key, encryption, *policy_->key_signer); };
        co_await service_.pool.run(std::move(job));
        if (!part) co_return failure(part.error());
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
