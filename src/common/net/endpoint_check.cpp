// SPDX-License-Identifier: Apache-2.0
#include "opencapf/net/endpoint_check.hpp"

#include "opencapf/base/text.hpp"
#include "opencapf/net/tls_key_log.hpp"
#include "opencapf/x509/certificate_check.hpp"
#include "opencapf/x509/request_details.hpp"
#include "socket_stream.hpp"
#include "tls_stream.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <openssl/ssl.h>
#include <optional>

namespace opencapf::net {
namespace {

namespace asio = boost::asio;
constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
using Clock = std::chrono::steady_clock;

constexpr std::size_t kMaxAddresses = 8;
constexpr std::size_t kMaxShown = 8;  // certificates of a chain that are told
constexpr std::size_t kMaxText = 300;

std::string seconds_text(Duration time) {
    if (time.count() % 1000 == 0) return std::to_string(time.count() / 1000) + " s";
    return std::to_string(time.count()) + " ms";
}

/// Of an address, IPv6 in brackets or not, as libcurl takes it.
std::optional<Tcp::endpoint> endpoint_of(std::string text, std::uint16_t port) {
    if (text.size() > 2 && text.front() == '[' && text.back() == ']') text = text.substr(1, text.size() - 2);
    boost::system::error_code error;
    const auto address = asio::ip::make_address(text, error);
    if (error) return std::nullopt;
    return Tcp::endpoint(address, port);
}

/// Outlives the wait for it: getaddrinfo() cannot be interrupted, and answers when it likes.
struct Lookup {
    explicit Lookup(asio::io_context& context) : resolver(context), timer(context) {}
    Tcp::resolver resolver;
    asio::steady_timer timer;
    bool done = false;
    boost::system::error_code error;
    std::vector<Tcp::endpoint> found;
};

/// What the server showed, whatever came of the handshake.
struct Shown {
    std::vector<x509::Certificate> chain;
    bool wants_client_certificate = false;
};

int take_chain(X509_STORE_CTX* verification, void* argument) {
    auto& shown = *static_cast<Shown*>(argument);
    const auto add = [&shown](X509* certificate) {
        X509_up_ref(certificate);
        shown.chain.push_back(x509::Certificate::adopt(x509::Handle<X509>(certificate)));
    };
    X509* leaf = X509_STORE_CTX_get0_cert(verification);
    if (leaf != nullptr) add(leaf);
    const STACK_OF(X509)* sent = X509_STORE_CTX_get0_untrusted(verification);
    for (int i = 1; leaf != nullptr && i < sk_X509_num(sent); ++i) add(sk_X509_value(sent, i));
    X509_STORE_CTX_set_error(verification, X509_V_OK);
    return 1;
}

int note_request(SSL* ssl, X509**, EVP_PKEY**) {
    static_cast<Shown*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)))->wants_client_certificate = true;
    return 0;  // none is shown
}

class EndpointCheck {
public:
    EndpointCheck(Loop& loop, EndpointQuestion question) : loop_(loop), question_(std::move(question)) {}

    Task<EndpointAnswer> run() {
        const auto addresses = co_await find_addresses();
        auto socket = co_await connect(addresses);
        co_await shake(std::move(socket));
        judge();
        co_return std::move(answer_);
    }

private:
    Task<std::vector<Tcp::endpoint>> find_addresses();
    Task<std::shared_ptr<Lookup>> look_up(std::string host);
    Task<std::optional<Tcp::socket>> connect(std::vector<Tcp::endpoint> addresses);
    Task<boost::system::error_code> connect_one(Tcp::socket& socket, Tcp::endpoint address, Duration timeout);
    Task<> shake(std::optional<Tcp::socket> socket);
    void judge();
    void judge_issuer();
    void judge_name();
    void judge_dates();
    void add(Check check) { answer_.checks.push_back(std::move(check)); }
    [[nodiscard]] x509::Handle<SSL_CTX> make_context();

    Loop& loop_;
    EndpointQuestion question_;
    EndpointAnswer answer_;
    Shown shown_;
    int security_level_ = 0;
    std::vector<x509::Certificate> path_;
    bool trusted_ = false, named_ = false, valid_ = false;
};

Task<std::shared_ptr<Lookup>> EndpointCheck::look_up(std::string host) {
    auto lookup = std::make_shared<Lookup>(loop_.context());
    lookup->timer.expires_after(question_.timeout);
    auto on_found = [lookup](boost::system::error_code error, const Tcp::resolver::results_type& results) {
        lookup->done = true;
        lookup->error = error;
        for (const auto& one : results) lookup->found.push_back(one.endpoint());
        lookup->timer.cancel();
    };
    lookup->resolver.async_resolve(host, std::to_string(question_.port), std::move(on_found));
    const auto waited = co_await lookup->timer.async_wait(kAwait);
    (void)waited;  // `done` says what ended it
    co_return lookup;
}

Task<std::vector<Tcp::endpoint>> EndpointCheck::find_addresses() {
    using endpoint_step::kDns;
    const auto mapped = question_.resolve.find(question_.host);
    const bool is_mapped = mapped != question_.resolve.end();
    const std::string host = is_mapped ? mapped->second : question_.host;
    const std::string whose =
        is_mapped ? question_.host + " is " + host + " by \"resolve\" of the configuration" : host;
    if (const auto fixed = endpoint_of(host, question_.port)) {
        add(good(kDns, whose + (is_mapped ? ": no DNS is asked" : " is an address: no DNS is asked")));
        co_return std::vector<Tcp::endpoint>{*fixed};
    }
    const std::string name = is_mapped ? whose + ", which" : whose;
    const auto begun = Clock::now();
    const auto lookup = co_await look_up(host);
    auto addresses = std::move(lookup->found);
    if (!lookup->done) {
        add(bad(kDns, name + " has no address: no answer within " + seconds_text(question_.timeout)));
        co_return std::vector<Tcp::endpoint>{};
    }
    if (lookup->error || addresses.empty()) {
        add(bad(kDns, name + " has no address: " + lookup->error.message()));
        co_return std::vector<Tcp::endpoint>{};
    }
    std::string list;
    for (std::size_t i = 0; i < std::min(addresses.size(), kMaxAddresses); ++i)
        list += (i == 0 ? "" : ", ") + addresses[i].address().to_string();
    add(good(kDns, name + " is " + list + ", after " + milliseconds_text(Clock::now() - begun)));
    if (addresses.size() > kMaxAddresses) addresses.resize(kMaxAddresses);
    co_return addresses;
}

Task<boost::system::error_code> EndpointCheck::connect_one(Tcp::socket& socket, Tcp::endpoint address,
                                                           Duration timeout) {
    asio::steady_timer timer(loop_.context(), timeout);
    auto expired = std::make_shared<bool>(false);
    auto on_timer = [&socket, expired](boost::system::error_code ec) {
        if (ec || *expired) return;
        *expired = true;
        boost::system::error_code ignored;
        socket.close(ignored);
    };
    timer.async_wait(std::move(on_timer));
    const auto [error] = co_await socket.async_connect(address, kAwait);
    const bool late = *expired;
    *expired = true;  // the handler may still be queued: it must not touch what is about to go
    timer.cancel();
    co_return late ? asio::error::make_error_code(asio::error::timed_out) : error;
}

Task<std::optional<Tcp::socket>> EndpointCheck::connect(std::vector<Tcp::endpoint> addresses) {
    using endpoint_step::kTcp;
    if (addresses.empty()) {
        add(unknown(kTcp, "not tried: there is no address"));
        co_return std::nullopt;
    }
    const Duration each = std::max(Duration(1), question_.timeout / static_cast<int>(addresses.size()));
    std::string failures;
    for (const auto& address : addresses) {
        const auto begun = Clock::now();
        Tcp::socket socket(loop_.context());
        const auto error = co_await connect_one(socket, address, each);
        const std::string where = address.address().to_string() + " port " + std::to_string(address.port());
        if (!error) {
            add(good(kTcp, where + " answers after " + milliseconds_text(Clock::now() - begun) +
                               (failures.empty() ? "" : "; but " + failures)));
            co_return std::move(socket);
        }
        failures += (failures.empty() ? "" : "; ") + where;
        if (error == asio::error::connection_refused) {
            failures += ": refused: nobody listens there";
        } else if (error == asio::error::timed_out) {
            failures += ": no answer within " + seconds_text(each) + ": the host is down, or a firewall drops it";
        } else {
            failures += ": " + error.message();
        }
    }
    add(bad(kTcp, failures));
    co_return std::nullopt;
}

x509::Handle<SSL_CTX> EndpointCheck::make_context() {
    x509::Handle<SSL_CTX> context(SSL_CTX_new(TLS_client_method()));
    if (!context) return context;
    apply_tls_key_log(context.get());
    SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
    if (question_.maximum_tls_version == "1.2") SSL_CTX_set_max_proto_version(context.get(), TLS1_2_VERSION);
    SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_cert_verify_callback(context.get(), take_chain, &shown_);
    SSL_CTX_set_app_data(context.get(), &shown_);
    SSL_CTX_set_client_cert_cb(context.get(), note_request);
    security_level_ = SSL_CTX_get_security_level(context.get());
    return context;
}

Task<> EndpointCheck::shake(std::optional<Tcp::socket> socket) {
    using endpoint_step::kTls;
    if (!socket) {
        add(unknown(kTls, "not tried: there is no connection"));
        co_return;
    }
    const auto context = make_context();
    if (!context) {
        add(unknown(kTls, "no TLS here: " + x509::drain_errors()));
        co_return;
    }
    boost::system::error_code no_address;
    asio::ip::make_address(question_.host, no_address);
    std::string server_name = no_address ? question_.host : std::string();  // RFC 6066 section 3: no addresses
    auto stream =
        co_await shake_hands(std::move(*socket), context.get(), false, std::move(server_name), question_.timeout);
    std::string chain;
    for (std::size_t i = 0; i < std::min(shown_.chain.size(), kMaxShown); ++i)
        chain += "; " + x509::describe(shown_.chain[i]);
    if (stream) {
        add(good(kTls, (*stream)->tls_version() + ", " + std::to_string(shown_.chain.size()) +
                           (shown_.chain.size() == 1 ? " certificate" : " certificates") + chain));
        answer_.stream = std::move(*stream);
    } else if (shown_.wants_client_certificate) {
        add(unknown(kTls,
                    "the server wants a client certificate, and ends the handshake without one; it shows" + chain));
    } else if (stream.error().code == Errc::timeout) {
        add(bad(kTls, "the server is connected and says nothing within " + seconds_text(question_.timeout)));
    } else {
        add(bad(kTls, printable(stream.error().message, kMaxText)));
    }
}

void EndpointCheck::judge() {
    if (shown_.chain.empty()) {
        for (const char* step : {endpoint_step::kIssuer, endpoint_step::kName, endpoint_step::kDates})
            add(unknown(step, "not tried: no certificate was shown"));
        return;
    }
    judge_issuer();
    judge_name();
    judge_dates();
    answer_.genuine = trusted_ && named_;
    answer_.usable = answer_.genuine && valid_;
}

void EndpointCheck::judge_issuer() {
    auto verdict = x509::judge_trust(*question_.trust, shown_.chain, question_.trust_place, security_level_);
    trusted_ = verdict.problem.empty();
    if (!trusted_) return add(bad(endpoint_step::kIssuer, verdict.problem));
    path_ = std::move(verdict.path);
    add(good(endpoint_step::kIssuer,
             "trusted by " + printable(path_.back().subject_oneline(), kMaxText) + " in " + question_.trust_place));
}

void EndpointCheck::judge_name() {
    const auto& leaf = shown_.chain.front();
    const auto problem = x509::name_problem(leaf, question_.host);
    const bool role = question_.role_is_enough && x509::has_extended_key_usage(leaf, x509::kCmcRaOid);
    named_ = problem.empty() || role;
    if (!named_) return add(bad(endpoint_step::kName, problem));
    add(good(endpoint_step::kName,
             problem.empty() ? "it is for " + question_.host : "its purpose is id-kp-cmcRA, which counts for a name"));
}

/// Of what the connection would be verified by; when nothing verifies it, of what was shown.
void EndpointCheck::judge_dates() {
    const auto& certificates = path_.empty() ? shown_.chain : path_;
    const auto now = question_.clock();
    valid_ = std::all_of(certificates.begin(), certificates.end(),
                         [now](const auto& one) { return x509::date_problem(one, now).empty(); });
    add(x509::check_dates(endpoint_step::kDates, certificates, now));
}

}  // namespace

std::string milliseconds_text(std::chrono::steady_clock::duration time) {
    const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(time).count();
    if (micros >= 10'000) return std::to_string(micros / 1000) + " ms";
    return std::to_string(micros / 1000) + "." + std::to_string(micros % 1000 / 100) + " ms";
}

Task<EndpointAnswer> check_endpoint(Loop& loop, EndpointQuestion question) {
    const auto check = std::make_unique<EndpointCheck>(loop, std::move(question));
    auto answer = co_await check->run();
    co_return answer;
}

}  // namespace opencapf::net
