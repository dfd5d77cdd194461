// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/est/codec.hpp"
#include "opencapf/est/csrattrs.hpp"
#include "opencapf/est/error.hpp"
#include "opencapf/http/client.hpp"
#include "opencapf/x509/certificate.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace opencapf::est {

struct ClientConfig {
    std::string host;                               ///< name in URL and certificate, e.g. "lab-cucm.example.test"
    std::uint16_t port = 8084;                      ///< always written into the URL
    std::string path = "/.well-known/est";          ///< without trailing slash; may end in a label
    std::shared_ptr<const x509::TrustStore> trust;  ///< the only (explicit) trust there is; load once, share
    std::shared_ptr<const http::ClientIdentity> identity;  ///< client certificate; null = none
    /// The server may show the key purpose id-kp-cmcRA instead of its name (RFC 7030 section 3.6.1).
    bool accept_cmc_ra = false;
    std::string user;  ///< HTTP Basic or Digest; no colon; empty = never sent
    Secret password;
    /// Send Basic with the first request instead of waiting for the 401 as libEST does; saves one TLS handshake.
    bool preemptive_auth = false;
    net::Duration connect_timeout{10'000};  ///< name, TCP and TLS
    net::Duration read_timeout{10'000};     ///< one request from first to last byte; libEST's default
    /// All requests of one call together: without and with credentials, redirects; 0 = read_timeout for each, as
    /// libEST.
    net::Duration total_timeout{0};
    std::size_t max_response_bytes = 1024 * 1024;
    std::string maximum_tls_version;             ///< "1.2" as libEST, or empty = newest
    std::map<std::string, std::string> resolve;  ///< host name -> address
    std::string user_agent = "Cisco EST client 1.0";
    WallClock clock = std::chrono::system_clock::now;
};

/// Outcome of one enrolment, in libEST's terms so that a CAPF trace can print it.
struct EnrollResult {
    EstError error = EstError::unknown;
    unsigned http_status = 0;                         ///< of the last answer; 0 when there was none
    int curl_code = 0;                                ///< libcurl's own code when there was no answer
    std::string pkcs7_base64;                         ///< the body as received; its size is the trace's "pkcs7 length"
    Bytes pkcs7_der;                                  ///< decoded body
    std::optional<x509::Certificate> issued;          ///< the one certificate that carries the CSR's key
    std::vector<x509::Certificate> certificates;      ///< everything in the bag
    std::optional<std::chrono::seconds> retry_after;  ///< with EstError::ca_enroll_retry
    std::string detail;                               ///< for the operator: what happened; may hold text the peer chose

    [[nodiscard]] bool ok() const noexcept { return error == EstError::none; }
    [[nodiscard]] int rv() const noexcept { return est_error_number(error); }
    [[nodiscard]] std::string_view name() const noexcept { return est_error_name(error); }
    /// 0 unless ok(): what CUCM prints.
    [[nodiscard]] std::size_t pkcs7_length() const noexcept { return ok() ? pkcs7_base64.size() : 0; }
};

struct CaCertsResult {
    EstError error = EstError::unknown;
    unsigned http_status = 0;
    std::vector<x509::Certificate> certificates;
    std::string detail;
    [[nodiscard]] bool ok() const noexcept { return error == EstError::none; }
};

struct CsrAttrsResult {
    EstError error = EstError::unknown;
    unsigned http_status = 0;
    CsrAttributes attributes;  ///< none as well when the server says that it has none (204, 404, 501)
    std::string detail;
    [[nodiscard]] bool ok() const noexcept { return error == EstError::none; }
};

/// EST client for one server and one account; lives on one loop. Any number of enrolments may run at once: each has a
/// connection of its own, TLS sessions are resumed between them (never across accounts: one Client per account).
/// Order on the wire as libEST's (est.md 4.4): POST without credentials, and on a challenge once more, with
/// credentials, on a new connection; Digest when it is offered, else Basic. The server is verified (chain and host
/// name) before anything is sent. A GET follows redirects within the server, a POST follows none (RFC 7030
/// section 3.2.1).
class Client {
public:
    Client(net::Loop& loop, ClientConfig config);
    ~Client();

    /// POST simpleenroll. `correlation` goes with every request as X-Request-ID, so that one search finds it in the
    /// server's logs too; servers that do not know the header ignore it. Empty, or none by http::is_request_id: not
    /// sent.
    Task<EnrollResult> enroll(x509::CertificateRequest csr, std::string correlation = {});
    Task<EnrollResult> reenroll(x509::CertificateRequest csr, std::string correlation = {});  ///< POST simplereenroll
    /// GET cacerts, never with credentials; those that verify (verified_ca_certificates).
    Task<CaCertsResult> cacerts(std::string correlation = {});
    Task<CsrAttrsResult> csrattrs();  ///< GET csrattrs, never with credentials

    [[nodiscard]] const ClientConfig& config() const noexcept { return config_; }

private:
    using Answer = tl::expected<http::ClientResponse, http::ClientError>;
    using Deadline = std::chrono::steady_clock::time_point;
    Task<EnrollResult> post(std::string operation, x509::CertificateRequest csr, std::string correlation);
    Task<Answer> get(std::string operation, std::string correlation);
    [[nodiscard]] Deadline deadline() const;
    [[nodiscard]] net::Duration time_for_request(Deadline deadline) const;
    [[nodiscard]] http::ClientRequest request(std::string method, const std::string& operation,
                                              const std::string& correlation) const;
    [[nodiscard]] http::ClientConfig transport(bool with_credentials) const;

    net::Loop& loop_;
    ClientConfig config_;
    std::shared_ptr<http::TlsSessionCache> sessions_;
};

}  // namespace opencapf::est
