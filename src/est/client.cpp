// SPDX-License-Identifier: Apache-2.0
#include "opencapf/est/client.hpp"

#include "opencapf/base/text.hpp"
#include "opencapf/http/request_id.hpp"

#include <algorithm>
#include <utility>

namespace opencapf::est {
namespace {

constexpr std::size_t kExcerpt = 200;  // of a peer's error text

constexpr int kMostRedirects = 3;

bool is_redirect(unsigned status) noexcept { return status >= 300 && status < 400 && status != 304; }

std::string describe_status(const http::ClientResponse& response) {
    std::string text = "the EST server answered " + std::to_string(response.status);
    if (is_redirect(response.status)) {
        text += ", a redirect that is not followed, to '" + printable(response.headers.get("Location"), kExcerpt) + "'";
    }
    const auto body = trim(response.body);
    if (!body.empty()) text += ": " + printable(body, kExcerpt);
    return text;
}

std::string wrong_type(const http::ClientResponse& response, std::string_view expected) {
    return "the answer has content type '" + printable(response.headers.get("Content-Type"), kExcerpt) +
           "', expected " + std::string(expected);
}

std::string describe(const http::ClientError& error) {
    return "no answer from the EST server: " + http::describe(error, kExcerpt);
}

void set_failure(EnrollResult& result, EstError error, std::string detail) {
    result.error = error;
    result.detail = std::move(detail);
}

/// Challenges may come in one header or in several.
bool challenges(const http::Headers& headers, std::string_view scheme) {
    return std::any_of(headers.fields().begin(), headers.fields().end(), [scheme](const auto& field) {
        return iequals(field.first, "WWW-Authenticate") && offers_scheme(field.second, scheme);
    });
}

/// What to answer a 401 with; Digest keeps the password from the server (RFC 9110 section 11.6.1: the strongest).
std::optional<http::AuthMethod> method_for(const http::ClientResponse& unauthorized) {
    if (challenges(unauthorized.headers, "Digest")) return http::AuthMethod::digest;
    if (challenges(unauthorized.headers, "Basic")) return http::AuthMethod::basic;
    return std::nullopt;
}

/// A 200: is it what an enrolment answers with, and is our certificate in it?
void read_issued(EnrollResult& result, http::ClientResponse& response, const x509::CertificateRequest& csr) {
    if (!is_media_type(response.headers.get("Content-Type"), kTypeCaCerts)) {
        return set_failure(result, EstError::http_unsupported, wrong_type(response, kTypeEnrolled));
    }
    auto der = decode_body(response.body);
    if (!der) return set_failure(result, EstError::bad_base64, der.error().message);
    auto bag = x509::read_certs_only(*der);
    if (!bag) {
        return set_failure(result, bag.error().code == Errc::not_found ? EstError::no_certs_found : EstError::bad_x509,
                           "the enrolment answer holds no usable PKCS#7: " + bag.error().message);
    }
    auto issued = find_issued(*bag, csr.public_key());
    if (!issued) return set_failure(result, EstError::x509_pubkey, issued.error().message);
    result.error = EstError::none;
    result.pkcs7_base64 = std::move(response.body);
    result.pkcs7_der = std::move(*der);
    result.certificates = std::move(*bag);
    result.issued = std::move(*issued);
    result.detail = "issued " + result.issued->subject_rfc2253() + ", serial " + result.issued->serial_hex();
}

}  // namespace

Client::Client(net::Loop& loop, ClientConfig config)
    : loop_(loop), config_(std::move(config)), sessions_(std::make_shared<http::TlsSessionCache>()) {}

Client::~Client() = default;

http::ClientConfig Client::transport(bool with_credentials) const {
    http::ClientConfig transport;
    transport.trust = config_.trust;
    transport.identity = config_.identity;
    transport.user_agent = config_.user_agent;
    transport.connect_timeout = config_.connect_timeout;
    transport.total_timeout = config_.read_timeout;
    transport.max_body_bytes = config_.max_response_bytes;
    transport.maximum_tls_version = config_.maximum_tls_version;
    transport.accept_cmc_ra = config_.accept_cmc_ra;
    transport.resolve = config_.resolve;
    if (with_credentials && !config_.user.empty()) {
        transport.auth = http::AuthMethod::basic;
        transport.user = config_.user;
        transport.password = config_.password;
    }
    return transport;
}

http::ClientRequest Client::request(std::string method, const std::string& operation,
                                    const std::string& correlation) const {
    http::ClientRequest request;
    request.method = std::move(method);
    request.url = "https://" + config_.host + ":" + std::to_string(config_.port) + config_.path + "/" + operation;
    request.headers.add("Accept", "*/*");
    request.headers.add("Connection", "close");
    if (http::is_request_id(correlation)) request.headers.add(std::string(http::kRequestIdHeader), correlation);
    request.new_connection = true;
    request.close_connection = true;
    return request;
}

Client::Deadline Client::deadline() const {
    if (config_.total_timeout.count() == 0) return Deadline::max();
    return std::chrono::steady_clock::now() + config_.total_timeout;
}

net::Duration Client::time_for_request(Deadline deadline) const {
    if (deadline == Deadline::max()) return config_.read_timeout;
    const auto left = std::chrono::duration_cast<net::Duration>(deadline - std::chrono::steady_clock::now());
    return std::clamp(left, net::Duration(1), std::max(config_.read_timeout, net::Duration(1)));
}

Task<EnrollResult> Client::enroll(x509::CertificateRequest csr, std::string correlation) {
    std::string operation = "simpleenroll";
    return post(std::move(operation), std::move(csr), std::move(correlation));
}

Task<EnrollResult> Client::reenroll(x509::CertificateRequest csr, std::string correlation) {
    std::string operation = "simplereenroll";
    return post(std::move(operation), std::move(csr), std::move(correlation));
}

Task<EnrollResult> Client::post(std::string operation, x509::CertificateRequest csr, std::string correlation) {
    EnrollResult result;
    http::ClientRequest request = this->request("POST", operation, correlation);
    request.headers.add("Content-Type", std::string(kTypeRequest));
    request.body = encode_body(csr.der());
    request.send_credentials = config_.preemptive_auth;

    const Deadline end = deadline();
    http::Conversation conversation(loop_, transport(true), sessions_);
    http::ClientRequest first = request;
    first.timeout = time_for_request(end);
    auto answer = co_await conversation.perform(std::move(first));
    if (answer && answer->status == 401 && !config_.preemptive_auth) {
        if (config_.user.empty()) {
            result.http_status = 401;
            set_failure(result, EstError::auth_fail, "the EST server wants more than our client certificate (401)");
            co_return result;
        }
        request.auth = method_for(*answer);
        if (!request.auth) {
            result.http_status = 401;
            set_failure(result, EstError::auth_fail,
                        "the EST server refused (401) without offering HTTP Basic or Digest");
            co_return result;
        }
        request.send_credentials = true;
        request.timeout = time_for_request(end);
        answer = co_await conversation.perform(std::move(request));
    }
    if (!answer) {
        result.curl_code = answer.error().curl_code;
        set_failure(result, from_transport(answer.error()), describe(answer.error()));
        co_return result;
    }
    result.http_status = answer->status;
    if (answer->status == 200) {
        read_issued(result, *answer, csr);
    } else if (answer->status == 202) {
        result.retry_after = parse_retry_after(answer->headers.get("Retry-After"), config_.clock());
        set_failure(result, result.retry_after ? EstError::ca_enroll_retry : EstError::invalid_retry_value,
                    result.retry_after ? "the request is pending at the CA; ask again in " +
                                             std::to_string(result.retry_after->count()) + " s"
                                       : "the request is pending at the CA, but Retry-After is missing or not usable");
    } else {
        set_failure(result, from_status(answer->status), describe_status(*answer));
    }
    co_return result;
}

Task<Client::Answer> Client::get(std::string operation, std::string correlation) {
    const Deadline end = deadline();
    http::Conversation conversation(loop_, transport(false), sessions_);
    http::ClientRequest request = this->request("GET", operation, correlation);
    for (int redirects = 0;; ++redirects) {
        http::ClientRequest next = request;
        next.timeout = time_for_request(end);
        auto answer = co_await conversation.perform(std::move(next));
        if (!answer || !is_redirect(answer->status) || redirects == kMostRedirects) co_return answer;
        const std::string location(answer->headers.get("Location"));
        auto target = http::same_origin_target(request.url, location);
        if (!target) co_return answer;
        request.url = std::move(*target);
    }
}

Task<CaCertsResult> Client::cacerts(std::string correlation) {
    CaCertsResult result;
    std::string operation = "cacerts";
    auto answer = co_await get(std::move(operation), std::move(correlation));
    if (!answer) {
        result.error = from_transport(answer.error());
        result.detail = describe(answer.error());
        co_return result;
    }
    result.http_status = answer->status;
    if (answer->status != 200) {
        // 202 is no failure of an enrolment, but never an answer to /cacerts.
        result.error = answer->status == 202 ? EstError::unknown : from_status(answer->status);
        result.detail = describe_status(*answer);
        co_return result;
    }
    if (!is_media_type(answer->headers.get("Content-Type"), kTypeCaCerts)) {
        result.error = EstError::http_unsupported;
        result.detail = wrong_type(*answer, kTypeCaCerts);
        co_return result;
    }
    auto bag = read_certificates_body(answer->body);
    const std::vector<x509::Certificate> none;
    if (bag) bag = verified_ca_certificates(*bag, config_.trust ? config_.trust->certificates() : none);
    if (!bag) {
        result.error = EstError::cacert_verification;
        result.detail = "the /cacerts answer is not usable: " + bag.error().message;
        co_return result;
    }
    result.certificates = std::move(*bag);
    result.error = EstError::none;
    co_return result;
}

Task<CsrAttrsResult> Client::csrattrs() {
    CsrAttrsResult result;
    std::string operation = "csrattrs";
    std::string no_correlation;
    auto answer = co_await get(std::move(operation), std::move(no_correlation));
    if (!answer) {
        result.error = from_transport(answer.error());
        result.detail = describe(answer.error());
        co_return result;
    }
    result.http_status = answer->status;
    const bool has_none = answer->status == 204 || answer->status == 404 || answer->status == 501;
    if (has_none || (answer->status == 200 && trim(answer->body).empty())) {
        result.error = EstError::none;
        co_return result;
    }
    if (answer->status != 200) {
        result.error = answer->status == 202 ? EstError::unknown : from_status(answer->status);
        result.detail = describe_status(*answer);
        co_return result;
    }
    if (!is_media_type(answer->headers.get("Content-Type"), kTypeCsrAttrs)) {
        result.error = EstError::http_unsupported;
        result.detail = wrong_type(*answer, kTypeCsrAttrs);
        co_return result;
    }
    const auto der = decode_body(answer->body);
    if (!der) {
        result.error = EstError::bad_base64;
        result.detail = der.error().message;
        co_return result;
    }
    auto attributes = read_csrattrs(*der);
    if (!attributes) {
        result.error = EstError::unknown;
        result.detail = attributes.error().message;
        co_return result;
    }
    result.attributes = std::move(*attributes);
    result.error = EstError::none;
    co_return result;
}

}  // namespace opencapf::est
