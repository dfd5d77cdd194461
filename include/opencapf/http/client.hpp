// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/base/secret.hpp"
#include "opencapf/http/message.hpp"
#include "opencapf/net/loop.hpp"
#include "opencapf/x509/certificate.hpp"

#include <map>
#include <memory>
#include <optional>
#include <tl/expected.hpp>
#include <vector>

namespace opencapf::http {

enum class AuthMethod { none, basic, digest, ntlm, negotiate };

/// A client certificate, leaf first, with its key: shown to a server that asks for one.
struct ClientIdentity {
    std::vector<x509::Certificate> chain;
    x509::PrivateKey key;
};

/// Settings of one conversation: one libcurl handle, one connection at a time, never shared with another account.
struct ClientConfig {
    /// The only trust there is: load it once, share it with every conversation (parsing it per request costs more CPU
    /// than the handshake).
    std::shared_ptr<const x509::TrustStore> trust;
    std::shared_ptr<const ClientIdentity> identity;  ///< null = no client certificate
    std::string user_agent;                          ///< empty = no User-Agent header
    AuthMethod auth = AuthMethod::none;
    std::string user;  ///< "DOMAIN\\user", sent as typed
    Secret password;
    net::Duration connect_timeout{10'000};  ///< name, TCP and TLS
    net::Duration total_timeout{10'000};    ///< one request from first to last byte
    std::size_t max_body_bytes = 1024 * 1024;
    std::string maximum_tls_version;  ///< "1.2" or empty = newest
    /// A server certificate with the key purpose id-kp-cmcRA is good for any host name (RFC 7030 section 3.6.1).
    bool accept_cmc_ra = false;
    std::map<std::string, std::string> resolve;  ///< host name -> address, so a lab needs no /etc/hosts
};

struct ClientRequest {
    std::string method = "GET";  ///< GET or POST
    std::string url;             ///< https only; redirects are never followed
    Headers headers;
    std::string body;
    bool new_connection = false;    ///< do not reuse the connection of the previous request
    bool close_connection = false;  ///< end it after the answer, with close_notify, whatever the server does
    bool send_credentials = true;   ///< false: leave user, password and `auth` out of this request
    /// Send it on the connection that is open already, or not at all: a dead connection is an error, never a reason to
    /// connect again and repeat a request that the server may have acted on.
    bool open_connection_only = false;
    net::Duration timeout{0};  ///< from first to last byte; 0 = `total_timeout` of the conversation
    /// Instead of the configuration's. For digest an earlier answer of the conversation must have been the challenge.
    std::optional<AuthMethod> auth;
};

struct ClientResponse {
    unsigned status = 0;
    Headers headers;
    std::string body;
    long new_connections = 0;  ///< connections libcurl had to open for this request
};

/// A transfer that gave no HTTP answer. `curl_code` and `text` are libcurl's own (6, 7, 28, 35, 51, 60 ...); see
/// certsrv.md 7.2 for the legacy numbers. `verify_result` is X509_V_ERR_* when TLS verification failed.
struct ClientError {
    int curl_code = 0;
    std::string text;
    long verify_result = 0;
    long request_bytes = 0;  ///< of HTTP requests that went out, legs of a log-in included; 0 = the server saw none
    /// When verification failed: the certificate it stopped at, "SUBJECT, issued by ISSUER"; the peer chose the text.
    std::string refused_certificate;
};

/// For the operator, in printable characters, peers' texts cut to `longest` bytes: "TEXT (curl 60); the refused
/// certificate: SUBJECT, issued by ISSUER".
std::string describe(const ClientError& error, std::size_t longest);

/// TLS sessions that conversations with the same credentials may resume. Lives on one loop.
class TlsSessionCache {
public:
    TlsSessionCache();
    ~TlsSessionCache();
    [[nodiscard]] void* native() const noexcept { return share_; }

private:
    void* share_ = nullptr;
};

/// libcurl's multi interface driven by the loop; nothing blocks. HTTP/1.1 only, no proxy, peer and host name always
/// verified, TCP_NODELAY. One request at a time. All calls on the loop's thread.
class Conversation {
public:
    Conversation(net::Loop& loop, ClientConfig config, std::shared_ptr<TlsSessionCache> sessions = nullptr);
    ~Conversation();
    Conversation(const Conversation&) = delete;
    Conversation& operator=(const Conversation&) = delete;

    Task<tl::expected<ClientResponse, ClientError>> perform(ClientRequest request);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// `location` of a redirect seen from `url`, as an absolute URL; nothing when it leads to another scheme, host or port,
/// carries credentials, or is no URL.
std::optional<std::string> same_origin_target(const std::string& url, const std::string& location);

}  // namespace opencapf::http
