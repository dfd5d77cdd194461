// SPDX-License-Identifier: Apache-2.0
#include "opencapf/http/client.hpp"

#include "curl_transfer.hpp"
#include "curl_url.hpp"
#include "opencapf/base/text.hpp"
#include "opencapf/net/tls_key_log.hpp"
#include "tls_watch.hpp"

#include <array>
#include <openssl/ssl.h>
#include <stdexcept>
#include <sys/socket.h>

namespace opencapf::http {
namespace {

// curl_easy_setopt is variadic: these keep the argument types right.
template <class T>
void set(CURL* easy, CURLoption option, T* value) {
    if (curl_easy_setopt(easy, option, value) != CURLE_OK) throw std::runtime_error("libcurl refused an option");
}
void set(CURL* easy, CURLoption option, long value) {
    if (curl_easy_setopt(easy, option, value) != CURLE_OK) throw std::runtime_error("libcurl refused an option");
}

struct Received {
    std::string status_line;
    ClientResponse response;
    std::size_t limit = 0;
    bool too_large = false;
    /// Ends the transfer with the head of a 401: libcurl would try the same Digest credentials a second time.
    bool ends_at_401 = false;
    bool ended_at_401 = false;
};

std::size_t on_body(char* data, std::size_t, std::size_t size, void* user) {
    auto* received = static_cast<Received*>(user);
    if (received->response.body.size() + size > received->limit) {
        received->too_large = true;
        return 0;  // libcurl ends the transfer
    }
    received->response.body.append(data, size);
    return size;
}

std::size_t on_header(char* data, std::size_t, std::size_t size, void* user) {
    auto* received = static_cast<Received*>(user);
    const std::string_view line(data, size);
    if (line.substr(0, 5) == "HTTP/") {
        // A new answer on this transfer (100, or the legs of NTLM): only the last one counts.
        received->response = {};
        received->status_line = std::string(trim(line));
        return size;
    }
    if (received->ends_at_401 && trim(line).empty() && received->status_line.find(" 401") == 8) {
        received->ended_at_401 = true;
        return 0;
    }
    const auto colon = line.find(':');
    if (colon != std::string_view::npos && received->response.headers.fields().size() < 100)
        received->response.headers.add(std::string(line.substr(0, colon)), std::string(trim(line.substr(colon + 1))));
    return size;
}

/// What the set-up of a connection's TLS needs.
struct TlsSettings {
    const ClientConfig* config = nullptr;
    TlsWatch watch;
};

CURLcode prepare_tls(CURL*, void* native, void* data) {
    auto* context = static_cast<SSL_CTX*>(native);
    auto& settings = *static_cast<TlsSettings*>(data);
    const ClientConfig& config = *settings.config;
    net::apply_tls_key_log(context);
    watch_connection(context, settings.watch);
    if (config.accept_cmc_ra) accept_name_or_role(context);
    if (config.trust) SSL_CTX_set1_cert_store(context, config.trust->native());
    if (!config.identity) return CURLE_OK;
    const ClientIdentity& identity = *config.identity;
    bool good = !identity.chain.empty() && SSL_CTX_use_certificate(context, identity.chain.front().native()) == 1 &&
                SSL_CTX_use_PrivateKey(context, identity.key.native()) == 1;
    for (std::size_t i = 1; good && i < identity.chain.size(); ++i)
        good = SSL_CTX_add1_chain_cert(context, identity.chain[i].native()) == 1;
    if (!good) x509::drain_errors();
    return good ? CURLE_OK : CURLE_SSL_CERTPROBLEM;
}

/// Called when libcurl wants to connect: `forbidden` says whether it may.
curl_socket_t open_socket(void* forbidden, curlsocktype, curl_sockaddr* address) {
    if (*static_cast<const bool*>(forbidden)) return CURL_SOCKET_BAD;
    return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

bool is_ended_by_the_stream(const ClientResponse& response) {
    return !response.body.empty() && !response.headers.has("Content-Length") &&
           !response.headers.has("Transfer-Encoding");
}

unsigned long auth_bits(AuthMethod method) {
    switch (method) {
        case AuthMethod::basic:
            return CURLAUTH_BASIC;
        case AuthMethod::digest:
            return CURLAUTH_DIGEST;
        case AuthMethod::ntlm:
            return CURLAUTH_NTLM;
        case AuthMethod::negotiate:
            return CURLAUTH_NEGOTIATE;
        case AuthMethod::none:
            break;
    }
    return CURLAUTH_NONE;
}

struct ListDeleter {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, ListDeleter>;

void append(List& list, const std::string& text) {
    curl_slist* longer = curl_slist_append(list.get(), text.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    static_cast<void>(list.release());
    list.reset(longer);
}

struct CurlGlobal {
    CurlGlobal() {
        if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) throw std::runtime_error("libcurl does not start");
    }
};

}  // namespace

TlsSessionCache::TlsSessionCache() {
    static const CurlGlobal global;
    auto* share = curl_share_init();
    if (share == nullptr) throw std::bad_alloc();
    curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
    share_ = share;
}

TlsSessionCache::~TlsSessionCache() { curl_share_cleanup(static_cast<CURLSH*>(share_)); }

struct Conversation::Impl {
    Impl(net::Loop& loop, ClientConfig c, std::shared_ptr<TlsSessionCache> s)
        : config(std::move(c)), sessions(std::move(s)) {
        static const CurlGlobal global;
        driver = std::make_shared<CurlDriver>(loop);
        easy = curl_easy_init();
        if (easy == nullptr) throw std::bad_alloc();
        set_fixed_options();
    }
    ~Impl() {
        driver->shutdown();
        curl_easy_cleanup(easy);
    }
    void set_fixed_options();
    List set_request_options(const ClientRequest& request);

    ClientConfig config;
    TlsSettings tls;
    std::shared_ptr<TlsSessionCache> sessions;
    std::shared_ptr<CurlDriver> driver;
    CURL* easy = nullptr;
    List connect_to;
    std::array<char, CURL_ERROR_SIZE> error_text{};
    Received received;
    bool no_connecting = false;
};

void Conversation::Impl::set_fixed_options() {
    set(easy, CURLOPT_NOSIGNAL, 1L);
    // A look-up that outlives its time-out is left to its own thread: joining it would stop the loop.
    set(easy, CURLOPT_QUICK_EXIT, 1L);
    set(easy, CURLOPT_PROTOCOLS_STR, "https");
    set(easy, CURLOPT_FOLLOWLOCATION, 0L);
    set(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(easy, CURLOPT_PROXY, "");
    set(easy, CURLOPT_TCP_NODELAY, 1L);
    set(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    // With accept_cmc_ra the name is compared where the role is known: in the verification of the chain.
    set(easy, CURLOPT_SSL_VERIFYHOST, config.accept_cmc_ra ? 0L : 2L);
    curl_easy_setopt(easy, CURLOPT_CAINFO, nullptr);
    curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
    tls.config = &config;
    curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, &prepare_tls);
    set(easy, CURLOPT_SSL_CTX_DATA, &tls);
    long version = CURL_SSLVERSION_TLSv1_2;
    if (config.maximum_tls_version == "1.2") version |= CURL_SSLVERSION_MAX_TLSv1_2;
    set(easy, CURLOPT_SSLVERSION, version);
    set(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(config.connect_timeout.count()));
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, &open_socket);
    set(easy, CURLOPT_OPENSOCKETDATA, &no_connecting);
    if (!config.user_agent.empty()) set(easy, CURLOPT_USERAGENT, config.user_agent.c_str());
    for (const auto& [host, address] : config.resolve) append(connect_to, host + "::" + address + ":");
    set(easy, CURLOPT_CONNECT_TO, connect_to.get());
    if (sessions) set(easy, CURLOPT_SHARE, static_cast<CURLSH*>(sessions->native()));
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &on_body);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &on_header);
    set(easy, CURLOPT_WRITEDATA, &received);
    set(easy, CURLOPT_HEADERDATA, &received);
    set(easy, CURLOPT_ERRORBUFFER, error_text.data());
}

List Conversation::Impl::set_request_options(const ClientRequest& request) {
    set(easy, CURLOPT_URL, request.url.c_str());
    set(easy, CURLOPT_FRESH_CONNECT, request.new_connection ? 1L : 0L);
    set(easy, CURLOPT_FORBID_REUSE, request.close_connection ? 1L : 0L);
    no_connecting = request.open_connection_only;
    if (config.accept_cmc_ra) tls.watch.host = host_of(request.url);
    const auto limit = request.timeout.count() > 0 ? request.timeout : config.total_timeout;
    set(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(limit.count()));
    const AuthMethod auth = request.auth.value_or(config.auth);
    const bool authenticate = request.send_credentials && auth != AuthMethod::none;
    curl_easy_setopt(easy, CURLOPT_HTTPAUTH, authenticate ? auth_bits(auth) : CURLAUTH_NONE);
    if (authenticate) {
        set(easy, CURLOPT_USERNAME, config.user.c_str());
        set(easy, CURLOPT_PASSWORD, std::string(config.password.reveal()).c_str());
    } else {
        curl_easy_setopt(easy, CURLOPT_USERNAME, nullptr);
        curl_easy_setopt(easy, CURLOPT_PASSWORD, nullptr);
    }
    if (request.method == "POST") {
        set(easy, CURLOPT_POST, 1L);
        set(easy, CURLOPT_POSTFIELDSIZE, static_cast<long>(request.body.size()));
        set(easy, CURLOPT_COPYPOSTFIELDS, request.body.data());
    } else {
        set(easy, CURLOPT_HTTPGET, 1L);
    }
    List headers;
    for (const auto& [name, value] : request.headers.fields()) append(headers, name + ": " + value);
    append(headers, "Expect:");  // no 100-continue round trip
    set(easy, CURLOPT_HTTPHEADER, headers.get());
    return headers;
}

Conversation::Conversation(net::Loop& loop, ClientConfig config, std::shared_ptr<TlsSessionCache> sessions)
    : impl_(std::make_unique<Impl>(loop, std::move(config), std::move(sessions))) {}
Conversation::~Conversation() = default;

Task<tl::expected<ClientResponse, ClientError>> Conversation::perform(ClientRequest request) {
    Impl& impl = *impl_;
    impl.received = {};
    impl.received.limit = impl.config.max_body_bytes;
    impl.received.ends_at_401 =
        request.send_credentials && request.auth.value_or(impl.config.auth) == AuthMethod::digest;
    impl.tls.watch.close_notified = false;
    impl.tls.watch.refused.clear();
    impl.error_text[0] = '\0';
    const List headers = impl.set_request_options(request);
    const CURLcode code = co_await impl.driver->run(impl.easy);
    set(impl.easy, CURLOPT_HTTPHEADER, static_cast<curl_slist*>(nullptr));
    if (code != CURLE_OK && !impl.received.ended_at_401) {
        ClientError error;
        error.curl_code = static_cast<int>(code);
        error.text = impl.error_text[0] != '\0' ? impl.error_text.data() : curl_easy_strerror(code);
        if (impl.received.too_large)
            error.text = "the answer is larger than " + std::to_string(impl.config.max_body_bytes) + " bytes";
        curl_easy_getinfo(impl.easy, CURLINFO_SSL_VERIFYRESULT, &error.verify_result);
        curl_easy_getinfo(impl.easy, CURLINFO_REQUEST_SIZE, &error.request_bytes);
        error.refused_certificate = std::move(impl.tls.watch.refused);
        co_return tl::unexpected<ClientError>(std::move(error));
    }
    // Where nothing but the end of the stream ends the body, anybody could end it (RFC 9112 section 9.8).
    if (is_ended_by_the_stream(impl.received.response) && !impl.tls.watch.close_notified) {
        ClientError error;
        error.curl_code = CURLE_RECV_ERROR;
        error.text = "the answer was cut: it has no length, and no close_notify came";
        co_return tl::unexpected<ClientError>(std::move(error));
    }
    long status = 0;
    curl_easy_getinfo(impl.easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(impl.easy, CURLINFO_NUM_CONNECTS, &impl.received.response.new_connections);
    impl.received.response.status = static_cast<unsigned>(status);
    co_return std::move(impl.received.response);
}

std::string describe(const ClientError& error, std::size_t longest) {
    std::string text = printable(error.text, longest) + " (curl " + std::to_string(error.curl_code) + ")";
    if (!error.refused_certificate.empty())
        text += "; the refused certificate: " + printable(error.refused_certificate, longest);
    return text;
}

}  // namespace opencapf::http
