// SPDX-License-Identifier: Apache-2.0
#include "ces/upstream/certsrv_work.hpp"

#include "ces/upstream/certsrv_upstream.hpp"
#include "ces/upstream/cmc_wrapper.hpp"

#include <algorithm>
#include <array>

namespace opencapf::ces {
namespace {

std::string id_text(std::uint64_t id) { return id == 0 ? "no request id" : "request id " + std::to_string(id); }

bool one_of(const std::string& code, std::initializer_list<std::string_view> codes) {
    return std::find(codes.begin(), codes.end(), code) != codes.end();
}

/// What the CA's reason says about who has to change something (certsrv.md 2.6).
Result<CaAnswer> refusal(const PageOutcome& outcome, std::string_view template_name) {
    const std::string what = id_text(outcome.request_id) + ": " + outcome.message;
    const auto& code = outcome.hresult;
    const bool unreadable = outcome.message.find("Error Parsing Request") != std::string::npos;
    if (unreadable || one_of(code, {"0x8009310b", "0x80090006", "0xc000a000", "0x80094001", "0x80094811"}))
        return fail(Errc::malformed, "The certificate authority cannot use the request (" + what + ").");
    if (one_of(code, {"0x80094800", "0x80094801", "0x80094802", "0x80094012"}))
        return fail(Errc::forbidden, "The certificate authority refuses the template '" + std::string(template_name) +
                                         "' (" + what + ").");
    if (one_of(code, {"0x80094809", "0x8009480a", "0x8009480b", "0x8009480c", "0x8009480d"}))
        return fail(Errc::protocol, "the CA does not accept the signature of the enrolment agent: " + what);
    return fail(Errc::rejected, what);
}

class Work final : public UpstreamSession {
public:
    explicit Work(CertsrvWork parts) : parts_(std::move(parts)) {}
    ~Work() override {
        if (parts_.pool && reusable_) parts_.pool->put(parts_.key, std::move(parts_.session));
    }
    Work(const Work&) = delete;
    Work& operator=(const Work&) = delete;

    Task<tl::expected<CaAnswer, SubmitFailure>> submit() override;
    Task<Result<CaAnswer>> collect(std::uint64_t request_id) override;

private:
    Task<Result<void>> enter();
    Task<Result<std::string>> form();
    Result<CaAnswer> understand(const PageOutcome& outcome);

    CertsrvWork parts_;
    bool entered_ = false;
    bool reusable_ = true;
};

/// The product leaves the connection that checked the credentials, and logs in again.
Task<Result<void>> Work::enter() {
    if (entered_) co_return Result<void>();
    entered_ = true;
    if (!parts_.second_login) {
        parts_.session->take(task_of(parts_.work, CaPhase::enrol));
        co_return Result<void>();
    }
    parts_.session.reset();
    parts_.session = parts_.second_login(task_of(parts_.work, CaPhase::enrol));
    const auto logged_in = co_await parts_.session->login();
    co_return logged_in;
}

Task<Result<std::string>> Work::form() {
    const EnrolRequest& request = *parts_.work.request;
    const std::string& name = template_name(parts_.work, *parts_.ca);
    const auto cmc = parts_.ca->cmc;
    if (!cmc || (!request.csr->is_unsigned() && parts_.ra_signatures == 0))
        co_return make_submit_form(request.csr->pem(), name);
    // A signed request has been verified when it came in (EST-S-60): that is what the RA witnesses (EST-S-101).
    const bool witness = !request.csr->is_unsigned();
    Result<Bytes> wrapped = fail(Errc::internal, "");
    std::function<void()> job = [&] { wrapped = cmc->wrap(*request.csr, witness, name); };
    co_await parts_.signers->run(std::move(job));
    if (!wrapped) co_return fail(wrapped.error());
    co_return make_submit_form(cmc_pem(*wrapped), name);
}

Task<tl::expected<CaAnswer, SubmitFailure>> Work::submit() {
    using Failure = tl::unexpected<SubmitFailure>;
    const auto entered = co_await enter();
    if (!entered) co_return Failure(SubmitFailure{entered.error(), Fate::not_sent});
    auto body = co_await form();
    if (!body) co_return Failure(SubmitFailure{body.error(), Fate::not_sent});
    parts_.state->submitted();
    auto outcome = co_await parts_.session->submit(std::move(*body));
    if (!outcome) {
        reusable_ = false;
        co_return Failure(std::move(outcome.error()));
    }
    auto answer = understand(*outcome);
    const bool known = outcome->disposition == Disposition::denied || outcome->disposition == Disposition::failed;
    if (!answer) co_return Failure(SubmitFailure{answer.error(), known ? Fate::refused : Fate::unknown});
    co_return std::move(*answer);
}

Result<CaAnswer> Work::understand(const PageOutcome& outcome) {
    auto answer = read_outcome(outcome, template_name(parts_.work, *parts_.ca));
    // The list of templates may be older than what the CA has just said.
    if (!answer && answer.error().code == Errc::forbidden && parts_.pool) {
        parts_.pool->forget(parts_.key);
        reusable_ = false;
    }
    return answer;
}

Task<Result<CaAnswer>> Work::collect(std::uint64_t request_id) {
    const auto entered = co_await enter();
    if (!entered) co_return fail(entered.error());
    auto fetched = co_await parts_.session->fetch(request_id);
    if (!fetched) {
        reusable_ = false;
        co_return fail(fetched.error());
    }
    if (!fetched->certificate) {
        if (fetched->outcome.disposition == Disposition::issued)
            co_return fail(Errc::protocol, id_text(request_id) + ": a page instead of the certificate");
        co_return understand(fetched->outcome);
    }
    CaAnswer answer;
    answer.request_id = request_id;
    answer.certificate = std::move(fetched->certificate);
    co_return answer;
}

}  // namespace

const std::string& template_name(const UpstreamWork& work, const Ca& ca) {
    return template_of(ca, *work.request->profile);
}

CaTask task_of(const UpstreamWork& work, CaPhase phase) {
    return {phase, work.record, work.request->correlation, work.deadline};
}

Result<CaAnswer> read_outcome(const PageOutcome& outcome, std::string_view template_name) {
    const std::string what = id_text(outcome.request_id) + ": " + outcome.message;
    CaAnswer answer;
    answer.request_id = outcome.request_id;
    switch (outcome.disposition) {
        case Disposition::issued:
            return answer;
        case Disposition::pending:
            if (outcome.request_id == 0)
                return fail(Errc::protocol, "the CA took the request under submission but named no id");
            answer.pending = true;
            answer.message = what;
            return answer;
        case Disposition::denied:
            return refusal(outcome, template_name);
        case Disposition::failed:
            if (outcome.hresult == "0x800706ba") return fail(Errc::unavailable, "the CA service is stopped: " + what);
            if (outcome.hresult == "0x80094004")
                return fail(Errc::rejected, "the CA does not know the request any more: " + what);
            return fail(Errc::protocol, "certsrv reports an error: " + what);
        case Disposition::unrecognized:
            break;
    }
    return fail(Errc::protocol, "certsrv sent a page that is not known: " + outcome.message);
}

std::unique_ptr<UpstreamSession> make_certsrv_session(CertsrvWork parts) {
    return std::make_unique<Work>(std::move(parts));
}

}  // namespace opencapf::ces
