// SPDX-License-Identifier: Apache-2.0
#include "ces/server/est_connection.hpp"

#include "ces/server/answers.hpp"
#include "opencapf/base/text.hpp"
#include "opencapf/http/request_id.hpp"
#include "opencapf/log/operator_log.hpp"
#include "opencapf/x509/pkcs7.hpp"

#include <poll.h>

namespace opencapf::ces {
namespace {

constexpr std::chrono::seconds kBusyRetry{10};  // another connection is about to have the answer

bool peer_has_closed(int descriptor) {
    pollfd socket{};
    socket.fd = descriptor;
    socket.events = POLLRDHUP;
    return ::poll(&socket, 1, 0) == 1 && (socket.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

}  // namespace

EstConnection::EstConnection(EstService& service, Enroller& enroller, std::shared_ptr<const EstListenerConfig> listener,
                             ConnectionInfo info, const net::Stream& stream)
    : service_(service),
      shared_(service.shared),
      logs_(service.logs),
      policy_(shared_.policy.get()),
      enroller_(enroller),
      listener_(std::move(listener)),
      info_(std::move(info)),
      stream_(stream),
      profile_(policy_->profiles.front()) {}

void EstConnection::record(Event event) { events_.push_back({logs_.now(), std::move(event)}); }

std::string EstConnection::who() const {
    return "connection *" + std::to_string(info_.number) + " from " + info_.client + ", request " + correlation_;
}

Task<http::Response> EstConnection::handle(const http::Request& request) {
    events_.clear();
    delivered_key_.clear();
    account_.clear();
    subject_.clear();
    proof_linked_ = false;
    watch_ = {};
    received_ = std::chrono::steady_clock::now();
    key_made_here_ = false;
    policy_ = shared_.policy.get();
    const auto given = request.headers.get(http::kRequestIdHeader);
    correlation_ = http::is_request_id(given) ? std::string(given) : http::new_request_id();
    auto response = co_await answer(request);
    response.headers.add(std::string(http::kRequestIdHeader), correlation_);
    co_return response;
}

Task<http::Response> EstConnection::answer(const http::Request& request) {
    route_ = route_of(request.path);
    const auto profile = find_profile(policy_->profiles, route_.label.empty() ? listener_->label : route_.label);
    profile_ = profile ? profile : policy_->profiles.front();
    if (route_.operation == Operation::none || !profile) {
        route_.operation = Operation::none;
        co_return failure(404, est::EstError::http_not_found, "There is no such EST operation or label.");
    }
    const bool reads = reads_only(route_.operation);
    if (reads ? request.method != "GET" && request.method != "HEAD" : request.method != "POST") {
        auto response = failure(405, est::EstError::wrong_method,
                                reads ? "This operation takes GET only." : "This operation takes POST only.");
        response.headers.add("Allow", reads ? "GET, HEAD" : "POST");
        co_return response;
    }
    if (route_.operation == Operation::cacerts) co_return cacerts();
    if (route_.operation == Operation::csrattrs) co_return csrattrs();
    const bool offered = route_.operation != Operation::full_cmc &&
                         (route_.operation != Operation::server_keygen || profile_->settings.keygen.enabled);
    if (!offered) co_return failure(501, est::EstError::http_unsupported, "This operation is not offered here.");
    auto response = co_await enroll(request);
    audit(response);
    client_gone_ = peer_has_closed(stream_.descriptor());
    co_return response;
}

http::Response EstConnection::cacerts() {
    const auto chain = shared_.chain.get();
    if (!chain)
        return failure(503, est::EstError::no_certs_found,
                       "The certificate chain could not be fetched from the certificate authority yet.");
    http::Response response;
    response.headers.add("Content-Type", std::string(est::kTypeCaCerts));
    response.headers.add("Content-Transfer-Encoding", "base64");
    response.body = est::encode_body(x509::make_certs_only(chain->certificates), wrap());
    return response;
}

http::Response EstConnection::csrattrs() {
    http::Response response;
    const Bytes& attributes = profile_->csr_attributes.der();
    if (attributes.empty()) {
        response.status = 204;
        return response;
    }
    response.headers.add("Content-Type", "application/csrattrs");
    response.headers.add("Content-Transfer-Encoding", "base64");
    response.body = est::encode_body(attributes, wrap());
    return response;
}

http::Response EstConnection::challenge(std::string body) const {
    http::Response response;
    response.status = 401;
    response.headers.add("WWW-Authenticate", "Basic realm=\"" + policy_->config.est.realm + "\"");
    if (!body.empty()) response.headers.add("Content-Type", "text/plain");
    response.body = std::move(body);
    response.close = true;
    return response;
}

http::Response EstConnection::failure(unsigned status, est::EstError number, std::string text) {
    http::Response response;
    std::string body = error_body(status, text);
    if (status == 401) {
        response = challenge(std::move(body));
    } else {
        response.status = status;
        response.headers.add("Content-Type", "text/plain");
        response.body = std::move(body);
        response.close = true;
    }
    record(RequestFailed{number, status, std::string(reason_of(status)), std::move(text)});
    return response;
}

http::Response EstConnection::refuse(unsigned status, est::EstError number, std::string text) {
    log::warn(who() + ": answered " + std::to_string(status) + ": " + text);
    return failure(status, number, std::move(text));
}

est::Wrap EstConnection::wrap() const { return listener_->wrap.value_or(profile_->wrap); }

http::Response EstConnection::failure(const Error& error, std::optional<std::chrono::seconds> retry_after) {
    const auto verdict = verdict_of(error.code);
    if (error.code == Errc::unauthorized) record(AuthRejected{});
    log::warn(who() + ": answered " + std::to_string(verdict.status) + ": " + error.message);
    if (verdict.status != 202)
        return failure(verdict.status, verdict.number, verdict.text != nullptr ? verdict.text : error.message);
    http::Response response;
    response.status = 202;
    const auto wait = error.code == Errc::conflict ? kBusyRetry : retry_after.value_or(policy_->config.est.retry_after);
    response.headers.add("Retry-After", std::to_string(wait.count()));
    response.headers.add("Content-Type", "text/plain");
    response.body = error.message + "\n";
    response.close = true;
    return response;
}

void EstConnection::count(Operation operation, unsigned status) const {
    auto series = EstOperation::other;
    switch (operation) {
        case Operation::cacerts:
            series = EstOperation::cacerts;
            break;
        case Operation::enroll:
            series = EstOperation::enroll;
            break;
        case Operation::reenroll:
            series = EstOperation::reenroll;
            break;
        case Operation::csrattrs:
            series = EstOperation::csrattrs;
            break;
        case Operation::server_keygen:
            series = EstOperation::server_keygen;
            break;
        case Operation::none:
        case Operation::full_cmc:
            break;
    }
    shared_.metrics.answered(series, status);
}

void EstConnection::record_access(const http::Request& request, const http::Response& response) {
    Access access;
    access.client = info_.client;
    access.time = logs_.now();
    access.method = request.method;
    access.target = request.target;
    access.version = request.version;
    access.status = response.status;
    access.bytes = response.body.size();
    access.referer = std::string(request.headers.get("Referer"));
    access.user_agent = std::string(request.headers.get("User-Agent"));
    access.account = account_;
    access.correlation = correlation_;
    access.taken = watch_.total();
    record(std::move(access));
}

void EstConnection::answered(const http::Request& request, const http::Response& response, const Error* error) {
    count(route_.operation, response.status);
    const bool lost = error != nullptr || client_gone_;
    if (lost) {
        record(ResponseLost{});
        log::warn(who() + ": the client had gone before the answer " + std::to_string(response.status) +
                  (delivered_key_.empty() ? ""
                   : key_made_here_       ? "; its key was made here and is gone: revoke the certificate"
                                          : "; it gets the same certificate when it asks again"));
        if (key_made_here_ && !delivered_key_.empty()) shared_.pending.forget(delivered_key_);
    } else if (!delivered_key_.empty()) {
        shared_.pending.forget(delivered_key_);
    }
    record_access(request, response);
    logs_.connection(events_, info_);
    events_.clear();
    delivered_key_.clear();
    client_gone_ = false;
}

void EstConnection::rejected(const Error& error, http::Response& response) {
    account_.clear();
    watch_ = {};
    correlation_ = http::new_request_id();
    response.headers.add(std::string(http::kRequestIdHeader), correlation_);
    response.body = error_body(response.status, error.message);
    count(Operation::none, response.status);
    record(RequestFailed{est::EstError::http_bad_req, response.status, std::string(reason_of(response.status)),
                         error.message});
    log::warn(who() + ": answered " + std::to_string(response.status) + ": " + error.message);
    record_access({}, response);
    logs_.connection(events_, info_);
    events_.clear();
}

void EstConnection::closed(bool clean) {
    record(ConnectionEnded{clean});
    logs_.connection(events_, info_);
    events_.clear();
}

}  // namespace opencapf::ces
