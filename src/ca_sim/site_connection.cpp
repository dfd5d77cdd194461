// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/faults/fault_effects.hpp"
#include "ca_sim/site.hpp"
#include "opencapf/base/text.hpp"
#include "opencapf/log/operator_log.hpp"

#include <fmt/format.h>
#include <utility>

namespace opencapf::ca_sim {
namespace {

// sc-win32-status beside the authentication's own: Windows' ERROR_* numbers.
constexpr unsigned kSslRequired = 4;  // sc-substatus of a 403
constexpr std::uint32_t kAccessDenied = 5;
constexpr std::uint32_t kFileNotFound = 2;
constexpr std::uint32_t kInvalidFunction = 1;
constexpr std::uint32_t kNetNameDeleted = 64;  // the client went away before the answer was out

std::uint32_t win32_of(unsigned status) noexcept {
    if (status == 403) return kWin32AccessDenied;
    if (status == 404) return kFileNotFound;
    if (status == 405) return kInvalidFunction;
    return 0;
}

/// The hash of the certificate costs something, so it is made only when somebody looks at it.
Bytes bound_to(const net::Stream& stream, const AuthSettings& settings) {
    return settings.extended_protection == ExtendedProtection::off ? Bytes{} : stream.server_end_point();
}

}  // namespace

SiteConnection::SiteConnection(Site& site, const Current<Logon>& logon, W3cLog& log, net::WorkPool& pool,
                               const net::Stream& stream)
    : site_(site),
      log_(log),
      pool_(pool),
      current_logon_(logon),
      logon_(logon.get()),
      server_end_point_(bound_to(stream, logon_->settings)),
      remote_(stream.remote()),
      local_(stream.local()),
      secure_(!stream.tls_version().empty()) {
    make_authenticator();
}

void SiteConnection::make_authenticator() {
    authenticator_.emplace(logon_->accounts, logon_->settings, random_bytes, site_.clock(), server_end_point_);
}

void SiteConnection::take_new_logon() {
    auto fresh = current_logon_.get();
    if (fresh == logon_ || authenticator_->in_handshake()) return;
    // What the connection is bound to was read when it began, if the policy of then asked for it.
    if (fresh->settings.extended_protection != logon_->settings.extended_protection) return;
    logon_ = std::move(fresh);
    make_authenticator();
}

Task<Decision> SiteConnection::log_in(const http::Request& request) {
    std::optional<std::string_view> authorization;
    if (request.headers.has("Authorization")) authorization = request.headers.get("Authorization");
    if (authorization) take_new_logon();
    AuthStep step = authenticator_->begin(authorization);
    if (step.work) {
        // The job holds the step too: it may outlast this connection.
        std::function<void()> job = [work = step.work] { work->run(); };
        co_await pool_.run(std::move(job));
        step.decision = authenticator_->finish(*step.work);
    }
    if (authorization && !step.decision.handshake_leg) {
        site_.metrics().logged_in(*authorization, step.decision.authenticated);
    }
    co_return std::move(step.decision);
}

std::optional<http::Response> SiteConnection::meet_faults(const http::Request& request, FaultPhase phase) {
    met_ = site_.faults().table().take(phase, request.path, request.query);
    for (const MetFaults::Met& met : met_.list()) {
        log::info(fmt::format("fault {} {} shown to {} for {} {}, {}", met.id, to_string(met.spec.kind),
                              remote_.address, printable(request.method, 16), printable(request.target, 256),
                              met.left ? std::to_string(*met.left) + " left" : "until cleared"));
    }
    const FaultSpec* refusal = met_.refusal();
    if (refusal == nullptr) return std::nullopt;
    if (refusal->kind != FaultKind::unauthorized) return refusal_response(site_.headers(), refusal->kind);
    // What a wrong password gets.
    decision_ = Authenticator(logon_->accounts, logon_->settings, random_bytes, site_.clock()).decide(std::nullopt);
    decision_.substatus = 1;
    decision_.win32 = kSecLogonDenied;
    return unauthorized(site_.headers(), decision_, false);
}

Task<http::Response> SiteConnection::handle(const http::Request& request) {
    started_ = std::chrono::steady_clock::now();
    decision_ = Decision();
    met_ = MetFaults();
    http::Response response = co_await respond(request);
    if (met_.list().empty()) co_return response;
    co_return co_await site_.faults().spoiled(met_, request.path, std::move(response));
}

Task<http::Response> SiteConnection::respond(const http::Request& request) {
    if (!Site::is_protected(request.path)) {
        if (auto refusal = meet_faults(request, FaultPhase::request)) co_return std::move(*refusal);
        co_return co_await site_.outside().serve(request);
    }
    if (!secure_) {  // "Require SSL" of IIS
        decision_.substatus = kSslRequired;
        co_return http_error(site_.headers(), 403);
    }
    decision_ = co_await log_in(request);
    const FaultPhase phase = decision_.authenticated ? FaultPhase::request : FaultPhase::login;
    if (auto refusal = meet_faults(request, phase)) co_return std::move(*refusal);
    if (!decision_.authenticated) {
        if (!decision_.detail.empty()) {
            log::warn("log-in from " + remote_.address + " refused: " + printable(decision_.detail, 256));
        }
        co_return unauthorized(site_.headers(), decision_, logon_->kernel_mode);
    }
    http::Response response = co_await site_.serve(request, decision_.user, met_);
    for (const std::string& value : decision_.www_authenticate) response.headers.add("WWW-Authenticate", value);
    if (decision_.persistent_auth) response.headers.add("Persistent-Auth", "true");
    co_return response;
}

void SiteConnection::counted(std::size_t received, std::size_t sent) {
    received_ = received;
    sent_ = sent;
}

void SiteConnection::answered(const http::Request& request, const http::Response& response, const Error* error) {
    site_.metrics().answered(response.status);
    const FaultSpec* refusal = met_.refusal();
    if (refusal != nullptr && refusal->kind == FaultKind::unavailable) {
        // HTTP.sys writes this to its own httperr log, and nothing to the site's.
        log::warn("503 - AppOffline for " + printable(request.target, 256) + " from " + remote_.address);
        return;
    }
    W3cEntry entry;
    entry.time = site_.clock()();
    entry.server_ip = local_.address;
    entry.method = request.method;
    entry.uri_stem = request.path;
    entry.uri_query = request.query;
    entry.server_port = local_.port;
    entry.user = response.status == 401 ? std::string() : decision_.user;
    entry.client_ip = remote_.address;
    entry.version = request.version == 10 ? "HTTP/1.0" : "HTTP/1.1";
    entry.cookie = request.headers.get("Cookie");
    entry.host = request.headers.get("Host");
    entry.bytes_received = received_;
    entry.bytes_sent = sent_;
    entry.user_agent = request.headers.get("User-Agent");
    entry.referer = request.headers.get("Referer");
    entry.status = response.status;
    entry.substatus = response.status == 401 || response.status == 403 ? decision_.substatus : 0;
    entry.win32 = response.status == 401 ? decision_.win32 : win32_of(response.status);
    if (error != nullptr) entry.win32 = kNetNameDeleted;
    entry.time_taken =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started_);
    log_.write(entry);
}

void SiteConnection::rejected(const Error& error, http::Response& response) {
    // HTTP.sys answers these itself and no site log has a line for them; the operator gets one.
    response.headers.add("Server", "Microsoft-HTTPAPI/2.0");
    site_.metrics().answered(response.status);
    log::warn("bad HTTP request from " + remote_.address + " answered " + std::to_string(response.status) + ": " +
              printable(error.message, 256));
}

}  // namespace opencapf::ca_sim
