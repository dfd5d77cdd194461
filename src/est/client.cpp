// SPDX-License-Identifier: Apache-2.0
#include "opencapf/est/client.hpp"

#include "opencapf/base/text.hpp"

#include <algorithm>
#include <utility>

namespace opencapf::est {
namespace {

constexpr std::size_t kExcerpt = 200;  // of a peer's error text

std::string describe_status(const http::ClientResponse& response) {
    std::string text = "the EST server answered " + std::to_string(response.status);
    const auto body = trim(response.body);
    if (!body.empty()) text += ": " + printable(body, kExcerpt);
    return text;
}

std::string describe(const http::ClientError& error) {
    return "no answer from the EST server: " + printable(error.text, kExcerpt) + " (curl " +
           std::to_string(error.curl_code) + ")";
}

void set_failure(EnrollResult& result, EstError error, std::string detail) {
    result.error = error;
    result.detail = std::move(detail);
}

/// Challenges may come in one header or in several.
bool challenges_basic(const http::Headers& headers) {
    return std::any_of(headers.fields().begin(), headers.fields().end(), [](const auto& field) {
        return iequals(field.first, "WWW-Authenticate") && offers_basic(field.second);
    });
}

/// A 200: is it what an enrolment answers with, and is our certificate in it?
void read_issued(EnrollResult& result, http::ClientResponse& response, const x509::CertificateRequest& csr) {
    if (!is_media_type(response.headers.get("Content-Type"), kTypeCaCerts)) {
        return set_failure(result, EstError::http_unsupported,
                           "the enrolment answer has content type '" +
                               printable(response.headers.get("Content-Type"), kExcerpt) + "', expected " +
                               std::string(kTypeEnrolled));
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
    transport.resolve = config_.resolve;
    if (with_credentials && !config_.user.empty()) {
        transport.auth = http::AuthMethod::basic;
        transport.user = config_.user;
        transport.password = config_.password;
    }
    return transport;
}

http::ClientRequest Client::request(std::string method, const std::string& operation) const {
    http::ClientRequest request;
    request.method = std::move(method);
    request.url = "https://" + config_.host + ":" + std::to_string(config_.port) + config_.path + "/" + operation;
    request.headers.add("Accept", "*/*");
    request.headers.add("Connection", "close");
    request.new_connection = true;
    request.close_connection = true;
    return request;
}

Task<EnrollResult> Client::enroll(x509::CertificateRequest csr) {
    std::string operation = "simpleenroll";
    return post(std::move(operation), std::move(csr));
}

Task<EnrollResult> Client::reenroll(x509::CertificateRequest csr) {
    std::string operation = "simplereenroll";
    return post(std::move(operation), std::move(csr));
}

Task<EnrollResult> Client::post(std::string operation, x509::CertificateRequest csr) {
    EnrollResult result;
    http::ClientRequest request = this->request("POST", operation);
    request.headers.add("Content-Type", std::string(kTypeRequest));
    request.body = encode_body(csr.der());
    request.send_credentials = config_.preemptive_auth;

    http::Conversation conversation(loop_, transport(true), sessions_);
    http::ClientRequest first = request;
    auto answer = co_await conversation.perform(std::move(first));
    if (answer && answer->status == 401 && !config_.preemptive_auth) {
        if (config_.user.empty()) {
            result.http_status = 401;
            set_failure(result, EstError::auth_fail, "the EST server wants more than our client certificate (401)");
            co_return result;
        }
        if (!challenges_basic(answer->headers)) {
            result.http_status = 401;
            set_failure(result, EstError::auth_fail, "the EST server refused (401) without offering HTTP Basic");
            co_return result;
        }
        request.send_credentials = true;
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

Task<CaCertsResult> Client::cacerts() {
    CaCertsResult result;
    http::Conversation conversation(loop_, transport(false), sessions_);
    http::ClientRequest request = this->request("GET", "cacerts");
    auto answer = co_await conversation.perform(std::move(request));
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
        result.detail =
            "the /cacerts answer has content type '" + printable(answer->headers.get("Content-Type"), kExcerpt) + "'";
        co_return result;
    }
    auto bag = read_certificates_body(answer->body);
    if (!bag) {
        result.error = EstError::cacert_verification;
        result.detail = "the /cacerts answer is not usable: " + bag.error().message;
        co_return result;
    }
    result.certificates = std::move(*bag);
    result.error = EstError::none;
    co_return result;
}

}  // namespace opencapf::est
