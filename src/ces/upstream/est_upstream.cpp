// SPDX-License-Identifier: Apache-2.0
#include "ces/upstream/est_upstream.hpp"

#include "ces/certsrv/curl_text.hpp"
#include "opencapf/base/text.hpp"

#include <algorithm>

namespace opencapf::ces {
namespace {

/// libcurl could not even begin to send: name, connection, handshake, verification.
bool never_sent(int curl_code) {
    constexpr int kCodes[] = {5, 6, 7, 35, 51, 53, 54, 58, 59, 60, 66, 77, 80, 82, 83, 90, 91};
    return std::find(std::begin(kCodes), std::end(kCodes), curl_code) != std::end(kCodes);
}

Errc errc_of(const est::EnrollResult& result, bool own_account) {
    if (result.http_status == 0) {
        http::ClientError error;
        error.curl_code = result.curl_code;
        return curl_errc(error);
    }
    switch (result.http_status) {
        case 400:
            return Errc::malformed;
        case 401:
            return own_account ? Errc::protocol : Errc::unauthorized;
        case 403:
            return own_account ? Errc::rejected : Errc::forbidden;
        case 429:
        case 500:
        case 502:
        case 503:
            return Errc::unavailable;
        case 504:
            return Errc::timeout;
        default:
            return Errc::protocol;
    }
}

class EstWork final : public UpstreamSession {
public:
    EstWork(net::Loop& loop, Shared& shared, std::shared_ptr<const Ca> ca, est::ClientConfig config, UpstreamWork work)
        : shared_(shared),
          ca_(std::move(ca)),
          own_account_(work.request->caller.verified),
          work_(std::move(work)),
          client_(loop, std::move(config)) {}

    [[nodiscard]] bool caller_checked() const override { return own_account_; }

    Task<tl::expected<CaAnswer, SubmitFailure>> submit() override {
        const auto state = shared_.cas.get(ca_->config.name);
        state->submitted();
        const metrics::Stopwatch watch;
        x509::CertificateRequest csr = *work_.request->csr;
        const auto result = co_await client_.enroll(std::move(csr));
        auto answer = read_est_answer(result, own_account_);
        const Error* error = answer ? nullptr : &answer.error().error;
        shared_.metrics.asked(CaStep::submit, watch.total(), error);
        state->report(error, work_.request->policy->config.ca_good_probes);
        shared_.ca.report(ca_answered(error));
        co_return answer;
    }
    Task<Result<CaAnswer>> collect(std::uint64_t request_id) override {
        co_return fail(Errc::internal, "an EST server has no request id " + std::to_string(request_id));
    }

private:
    Shared& shared_;
    std::shared_ptr<const Ca> ca_;
    bool own_account_;
    UpstreamWork work_;
    est::Client client_;
};

}  // namespace

tl::expected<CaAnswer, SubmitFailure> read_est_answer(const est::EnrollResult& result, bool own_account) {
    CaAnswer answer;
    if (result.ok()) {
        answer.certificate = result.issued;
        return answer;
    }
    if (result.http_status == 202) {
        answer.pending = true;
        answer.retry_after = result.retry_after;
        answer.message = printable(result.detail, 300);
        return answer;
    }
    SubmitFailure failure{{errc_of(result, own_account), printable(result.detail, 400)}, Fate::unknown};
    if (result.http_status == 0) {
        if (never_sent(result.curl_code)) failure.fate = Fate::not_sent;
    } else if (result.http_status == 401) {
        failure.fate = Fate::not_sent;
        if (own_account) failure.error.message = "the EST server refused cesd's own account: " + failure.error.message;
    } else if (result.http_status >= 400 && result.http_status < 500) {
        failure.fate = Fate::refused;
    }
    return tl::unexpected<SubmitFailure>(std::move(failure));
}

est::ClientConfig EstUpstream::client_config() const {
    const auto& settings = ca_->config;
    est::ClientConfig config;
    config.host = settings.host;
    config.port = settings.port;
    config.path = settings.est_path;
    config.trust = ca_->web_trust;
    config.preemptive_auth = true;  // one handshake less, and the request goes out once
    config.connect_timeout = settings.connect_timeout;
    config.read_timeout = settings.page_timeout;
    config.max_response_bytes = settings.max_page_bytes;
    config.resolve = settings.resolve;
    config.user_agent = settings.user_agent;
    return config;
}

Task<Result<std::unique_ptr<UpstreamSession>>> EstUpstream::open(UpstreamWork work) {
    const Caller& caller = work.request->caller;
    auto config = client_config();
    if (caller.verified) {
        config.identity = ca_->identity;
        if (ca_->config.auth == CaAuth::basic) {
            config.user = ca_->login.user;
            config.password = ca_->login.password;
        }
    } else if (caller.login && ca_->config.auth == CaAuth::basic) {
        config.user = caller.login->user;
        config.password = caller.login->password;
    } else {
        // With our certificate the server would take whoever claims to be somebody.
        co_return fail(Errc::unauthorized, "the CA '" + ca_->config.name +
                                               "' cannot check the caller's password: give callers static accounts or "
                                               "client certificates");
    }
    const auto left = std::chrono::duration_cast<net::Duration>(work.deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) co_return fail(Errc::timeout, "the time for the enrolment (total_timeout) is over");
    config.read_timeout = std::min(ca_->config.submit_timeout, left);
    std::unique_ptr<UpstreamSession> session =
        std::make_unique<EstWork>(loop_, shared_, ca_, std::move(config), std::move(work));
    co_return session;
}

Task<Result<std::vector<x509::Certificate>>> EstUpstream::chain(EventRecorder) {
    est::Client client(loop_, client_config());
    const metrics::Stopwatch watch;
    auto answer = co_await client.cacerts();
    Result<std::vector<x509::Certificate>> chain = fail(Errc::protocol, ca_->config.base_url() + ": " + answer.detail);
    if (answer.ok()) {
        chain = std::move(answer.certificates);
    } else if (answer.http_status == 0 || answer.http_status >= 500) {
        chain = fail(Errc::unavailable, ca_->config.base_url() + ": " + printable(answer.detail, 300));
    }
    const Error* error = chain ? nullptr : &chain.error();
    shared_.metrics.asked(CaStep::chain, watch.total(), error);
    shared_.ca.report(ca_answered(error));
    co_return chain;
}

Task<Result<void>> EstUpstream::probe() {
    est::Client client(loop_, client_config());
    const auto answer = co_await client.cacerts();
    if (answer.http_status == 0 || answer.http_status >= 500)
        co_return fail(Errc::unavailable, ca_->config.base_url() + ": " + printable(answer.detail, 300));
    co_return Result<void>();
}

}  // namespace opencapf::ces
