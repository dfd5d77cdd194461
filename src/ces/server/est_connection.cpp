// SPDX-License-Identifier: Apache-2.0
#include "ces/server/est_connection.hpp"

#include "opencapf/base/text.hpp"
#include "opencapf/http/request_id.hpp"
#include "opencapf/log/operator_log.hpp"
#include "opencapf/x509/pkcs7.hpp"

#include <poll.h>

namespace opencapf::ces {
namespace {

constexpr std::string_view kPrefix = "/.well-known/est/";
constexpr std::chrono::seconds kBusyRetry{10};  // another connection is about to have the answer

std::string_view reason_of(unsigned status) {
    switch (status) {
        case 202:
            return "Accepted";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 408:
            return "Request Timeout";
        case 413:
            return "Payload Too Large";
        case 415:
            return "Unsupported Media Type";
        case 431:
            return "Request Header Fields Too Large";
        case 501:
            return "Not Implemented";
        case 502:
            return "Bad Gateway";
        case 503:
            return "Service Unavailable";
        case 504:
            return "Gateway Timeout";
        case 505:
            return "HTTP Version Not Supported";
        default:
            return "Internal Server Error";
    }
}

/// The one table from our errors to the wire (EST-S-49, EST-S-78).
struct Verdict {
    unsigned status;
    est::EstError number;
    const char* text;  ///< sentence for the client; null = the error's own message, which is meant for it
};
Verdict verdict_of(Errc code) {
    switch (code) {
        case Errc::malformed:
            return {400, est::EstError::bad_pkcs10, nullptr};
        case Errc::unauthorized:
            return {401, est::EstError::auth_fail, "The server was unable to authorize the request."};
        case Errc::forbidden:
            return {403, est::EstError::auth_fail, nullptr};
        case Errc::rejected:
            return {403, est::EstError::ca_enroll_fail, nullptr};
        case Errc::conflict:  // already in work: ask again soon
        case Errc::pending:
            return {202, est::EstError::ca_enroll_retry, nullptr};
        case Errc::timeout:
            return {504, est::EstError::ca_enroll_fail, "The certificate authority did not answer in time."};
        case Errc::unreachable:
        case Errc::unavailable:
            return {503, est::EstError::ca_enroll_fail, "The certificate authority is not available."};
        case Errc::tls:
        case Errc::too_large:
        case Errc::protocol:
            return {502, est::EstError::ca_enroll_fail, "The certificate authority did not answer as expected."};
        default:
            return {500, est::EstError::unknown, "The server could not process the request."};
    }
}

std::string error_body(unsigned status, const std::string& text) {
    return "Error " + std::to_string(status) + ": " + std::string(reason_of(status)) + "\n" + text + "\n";
}

bool peer_has_closed(int descriptor) {
    pollfd socket{};
    socket.fd = descriptor;
    socket.events = POLLRDHUP;
    return ::poll(&socket, 1, 0) == 1 && (socket.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

}  // namespace

EstConnection::EstConnection(Shared& shared, Enroller& enroller, LogBook& logs, ConnectionInfo info, int descriptor)
    : shared_(shared),
      policy_(shared.policy.get()),
      enroller_(enroller),
      logs_(logs),
      info_(std::move(info)),
      descriptor_(descriptor) {}

void EstConnection::record(Event event) { events_.push_back({logs_.now(), std::move(event)}); }

EstConnection::Operation EstConnection::operation_of(std::string_view path) {
    if (path.substr(0, kPrefix.size()) != kPrefix) return Operation::none;
    const auto name = path.substr(kPrefix.size());
    if (name == "cacerts") return Operation::cacerts;
    if (name == "simpleenroll") return Operation::enroll;
    if (name == "simplereenroll") return Operation::reenroll;
    if (name == "csrattrs") return Operation::csrattrs;
    if (name == "serverkeygen" || name == "fullcmc") return Operation::unsupported;
    return Operation::none;
}

std::string EstConnection::who() const {
    return "connection *" + std::to_string(info_.number) + " from " + info_.client + ", request " + correlation_;
}

Task<http::Response> EstConnection::handle(const http::Request& request) {
    events_.clear();
    delivered_key_.clear();
    account_.clear();
    watch_ = {};
    policy_ = shared_.policy.get();
    const auto given = request.headers.get(http::kRequestIdHeader);
    correlation_ = http::is_request_id(given) ? std::string(given) : http::new_request_id();
    auto response = co_await answer(request);
    response.headers.add(std::string(http::kRequestIdHeader), correlation_);
    co_return response;
}

Task<http::Response> EstConnection::answer(const http::Request& request) {
    const auto operation = operation_of(request.path);
    if (operation == Operation::none)
        co_return failure(404, est::EstError::http_not_found, "There is no such EST operation.");
    if (operation == Operation::unsupported)
        co_return failure(501, est::EstError::http_unsupported, "This operation is not offered here.");
    const bool read = operation == Operation::cacerts || operation == Operation::csrattrs;
    const std::string method = read ? "GET" : "POST";
    if (request.method != method) {
        auto response = failure(405, est::EstError::wrong_method, "This operation takes " + method + " only.");
        response.headers.add("Allow", method);
        co_return response;
    }
    if (operation == Operation::cacerts) co_return cacerts();
    if (operation == Operation::csrattrs) {
        http::Response none;
        none.status = 204;
        co_return none;
    }
    auto response = co_await enroll(request, operation);
    client_gone_ = peer_has_closed(descriptor_);
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
    response.body = chain->body;
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
    std::string body = error_body(status, printable(text));
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

http::Response EstConnection::failure(const Error& error) {
    const auto verdict = verdict_of(error.code);
    if (error.code == Errc::unauthorized) record(AuthRejected{});
    log::warn(who() + ": answered " + std::to_string(verdict.status) + ": " + error.message);
    if (verdict.status != 202)
        return failure(verdict.status, verdict.number, verdict.text != nullptr ? verdict.text : error.message);
    http::Response response;
    response.status = 202;
    const auto wait = error.code == Errc::conflict ? kBusyRetry : policy_->config.est.retry_after;
    response.headers.add("Retry-After", std::to_string(wait.count()));
    response.headers.add("Content-Type", "text/plain");
    response.body = error.message + "\n";
    response.close = true;
    return response;
}

Result<EnrolRequest> EstConnection::admit(const http::Request& request,
                                          const est::BasicCredentials& credentials) const {
    auto csr = est::read_request_body(request.body);
    if (!csr) return fail(Errc::malformed, "The body is no PKCS#10 certificate request: " + csr.error().message);
    if (csr->is_unsigned()) {
        if (!csr->verify_no_signature_hash())
            return fail(Errc::malformed, "The hash that stands for the signature of the request does not match.");
    } else if (!csr->verify_signature()) {
        return fail(Errc::malformed, "The signature of the certificate request does not verify.");
    }
    EnrolRequest admitted;
    admitted.policy = policy_;
    admitted.correlation = correlation_;
    admitted.profile = policy_->profiles.front();
    admitted.caller.name = credentials.user;
    admitted.caller.verified = false;
    admitted.caller.login = CaLogin{credentials.user, credentials.password};
    admitted.csr = std::move(*csr);
    return admitted;
}

Task<http::Response> EstConnection::enroll(const http::Request& request, Operation operation) {
    if (!est::is_media_type(request.headers.get("Content-Type"), est::kTypeRequest))
        co_return failure(415, est::EstError::bad_content_type, "The body must be application/pkcs10.");
    record(NoPeerCertificate{});
    const auto authorization = request.headers.get("Authorization");
    if (authorization.empty()) {
        record(AuthHeaderMissing{});
        co_return challenge({});
    }
    const auto credentials = est::parse_basic(authorization);
    if (!credentials) {
        const Error unusable{Errc::unauthorized, "the Authorization header holds no Basic credentials"};
        co_return failure(unusable);
    }
    account_ = credentials->user;
    auto admitted = admit(request, *credentials);
    if (!admitted) co_return failure(admitted.error());
    if (operation == Operation::reenroll)
        log::info(who() + ": simplereenroll without a client certificate is treated as simpleenroll");

    const auto since = logs_.now();
    const metrics::Stopwatch watch;
    for (const auto& certificate : policy_->directory.certificates())
        record(WebTrustAdded{certificate.subject_oneline()});
    EventRecorder recorder = [this](Event event) { record(std::move(event)); };
    EnrolRequest work = *admitted;
    auto enrolled = co_await enroller_.enroll(std::move(work), std::move(recorder));
    if (!enrolled) co_return failure(enrolled.error());
    shared_.metrics.enrolment.observe(watch.total());
    co_return issued(*admitted, std::move(*enrolled), since);
}

http::Response EstConnection::issued(const EnrolRequest& request, Enrolled enrolled, WallTime since) {
    http::Response response;
    response.headers.add("Content-Type", std::string(est::kTypeEnrolled));
    response.headers.add("Content-Transfer-Encoding", "base64");
    response.body = est::encode_body(x509::make_certs_only({*enrolled.certificate}), policy_->config.est.wrap);
    delivered_key_ = std::move(enrolled.pending_key);
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(logs_.now() - since);
    log::info("enrolled " + enrolled.certificate->subject_rfc2253() + " for " + request.caller.name + " from " +
              info_.client + ": request id " + std::to_string(enrolled.request_id) + ", serial " +
              enrolled.certificate->serial_hex() + ", " + std::to_string(took.count()) + " ms");
    return response;
}

void EstConnection::count(std::string_view path, unsigned status) const {
    auto operation = EstOperation::other;
    switch (operation_of(path)) {
        case Operation::cacerts:
            operation = EstOperation::cacerts;
            break;
        case Operation::enroll:
            operation = EstOperation::enroll;
            break;
        case Operation::reenroll:
            operation = EstOperation::reenroll;
            break;
        case Operation::csrattrs:
            operation = EstOperation::csrattrs;
            break;
        case Operation::none:
        case Operation::unsupported:
            break;
    }
    shared_.metrics.answered(operation, status);
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
    count(request.path, response.status);
    const bool lost = error != nullptr || client_gone_;
    if (lost) {
        record(ResponseLost{});
        log::warn(who() + ": the client had gone before the answer " + std::to_string(response.status) +
                  (delivered_key_.empty() ? "" : "; it gets the same certificate when it asks again"));
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
    correlation_ = http::new_request_id();
    response.headers.add(std::string(http::kRequestIdHeader), correlation_);
    response.body = error_body(response.status, printable(error.message));
    count({}, response.status);
    record(RequestFailed{est::EstError::http_bad_req, response.status, std::string(reason_of(response.status)),
                         error.message});
    log::warn(who() + ": answered " + std::to_string(response.status) + ": " + error.message);
    logs_.connection(events_, info_);
    events_.clear();
}

void EstConnection::closed(bool clean) {
    record(ConnectionEnded{clean});
    logs_.connection(events_, info_);
    events_.clear();
}

}  // namespace opencapf::ces
