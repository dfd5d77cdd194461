// SPDX-License-Identifier: Apache-2.0
#include "capf/session/operations.hpp"
#include "opencapf/log/operator_log.hpp"

namespace opencapf::capf {
namespace {

namespace proto = capf_protocol;

// Nothing = the phone has no such certificate.
Task<Step<std::optional<x509::Certificate>>> fetch(Conversation& c, proto::Frame request, std::string_view kind) {
    c.trace(event::FetchRequested{c.phone, kind});
    const auto event = co_await c.ask(std::move(request), c.limits().store_timeout);
    if (!event && event.error().cause == Errc::timeout)
        co_return c.fails(OperationResult::timed_out, "the phone did not answer in time");
    if (!event) co_return stop(event.error());
    const auto* fetched = std::get_if<proto::Fetched>(&*event);
    if (fetched == nullptr) {
        c.trace(event::NothingFetched{c.phone, kind});
        co_return std::optional<x509::Certificate>();
    }
    auto certificate = x509::Certificate::from_der(fetched->certificate);
    if (!certificate)
        co_return c.fails(OperationResult::failed,
                          "the phone's " + std::string(kind) + " is unreadable: " + certificate.error().message);
    const auto trust = c.service.phone_trust.get();
    Result<void> trusted;
    std::string path;
    auto keep = [&] {
        trusted = trust->verify(*certificate);
        path = c.service.spool.write_fetched(c.device->name, kind, *certificate);
    };
    std::function<void()> job(std::ref(keep));
    co_await c.work(std::move(job));
    c.trace(event::CertificateFetched{c.phone, kind, certificate->subject_oneline(), certificate->issuer_oneline(),
                                      certificate->serial_hex(), certificate->not_before(), certificate->not_after(),
                                      trusted ? "verified against CAPF-trust" : trusted.error().message, path});
    co_return std::optional<x509::Certificate>(std::move(*certificate));
}

Bytes der_of(const std::optional<x509::Certificate>& certificate) { return certificate ? certificate->der() : Bytes(); }

}  // namespace

Task<Step<void>> troubleshoot(Conversation& c) {
    const auto lsc = co_await fetch(c, c.protocol.request_fetch(), "LSC");
    if (!lsc) co_return stop(lsc.error());
    std::optional<x509::Certificate> mic;
    // How CUCM asks for the MIC is not public.
    if (c.knows_inventions()) {
        auto fetched = co_await fetch(c, c.protocol.request_fetch(proto::CertificateType::mic), "MIC");
        if (!fetched) co_return stop(fetched.error());
        mic = std::move(*fetched);
    }
    c.leave_select();
    Fetched shown{der_of(*lsc), der_of(mic), unix_seconds(std::chrono::system_clock::now())};
    const bool any = !shown.lsc.empty() || !shown.mic.empty();
    decltype(Finish::found) found(std::move(shown));
    const auto result = any ? OperationResult::success : OperationResult::fetch_no_certificate;
    const auto done = co_await succeed(c, result, std::move(found));
    if (!done) co_return stop(done.error());
    log::info(c.device->name + ": fetched " + (*lsc ? "the LSC" : "no LSC") + (mic ? " and the MIC" : ""));
    co_return Step<void>{};
}

}  // namespace opencapf::capf
