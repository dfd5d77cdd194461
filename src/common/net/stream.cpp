// SPDX-License-Identifier: Apache-2.0
#include "opencapf/net/stream.hpp"

#include "server_end_point.hpp"
#include "socket_stream.hpp"
#include "tls_binding.hpp"
#include "tls_stream.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>

namespace opencapf::net {
namespace {

namespace asio = boost::asio;
constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
using Clock = std::chrono::steady_clock;

// SSL_set_tlsext_host_name is a macro with an old-style cast.
void set_server_name(SSL* ssl, std::string name) {
    SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data());
}

// OpenSSL works on the non-blocking socket itself. So one SSL_write is one TLS record and one system call, and
// close_notify and FIN can leave without waiting for the peer.
class TlsStream final : public SocketStream {
public:
    TlsStream(Tcp::socket socket, SSL_CTX* context, bool server, const std::string& server_name)
        : SocketStream(std::move(socket)), ssl_(SSL_new(context)) {
        if (!ssl_) return;
        SSL_set_fd(ssl_.get(), descriptor());
        if (server) {
            SSL_set_accept_state(ssl_.get());
        } else {
            SSL_set_connect_state(ssl_.get());
            if (!server_name.empty()) set_server_name(ssl_.get(), server_name);
        }
    }

    Task<Result<void>> handshake(Duration timeout) {
        if (!ssl_) co_return fail(Errc::internal, "no TLS object: " + x509::drain_errors());
        const auto deadline = Clock::now() + timeout;
        for (;;) {
            ERR_clear_error();
            Attempt attempt = attempt_of(SSL_do_handshake(ssl_.get()), 0);
            if (attempt.next == Attempt::Next::done) co_return Result<void>{};
            const auto ready = co_await wait_for(std::move(attempt), deadline);
            if (!ready) co_return fail(ready.error().with("TLS handshake"));
        }
    }

    std::string tls_version() const override { return SSL_get_version(ssl_.get()); }
    Bytes server_end_point() const override { return net::server_end_point(ssl_.get()); }
    std::vector<x509::Certificate> peer_chain() const override { return net::peer_chain(ssl_.get()); }
    Bytes tls_unique() const override { return net::tls_unique(ssl_.get()); }
    Bytes tls_exporter() const override { return net::tls_exporter(ssl_.get()); }

private:
    Attempt try_read(std::span<std::uint8_t> buffer) override {
        ERR_clear_error();
        std::size_t count = 0;
        const int rc = SSL_read_ex(ssl_.get(), buffer.data(), buffer.size(), &count);
        return attempt_of(rc, count);
    }

    Attempt try_write(ByteView data) override {
        ERR_clear_error();
        std::size_t count = 0;
        const int rc = SSL_write_ex(ssl_.get(), data.data(), data.size(), &count);
        return attempt_of(rc, count);
    }

    void say_goodbye() override {
        ERR_clear_error();
        if (!broken_) SSL_shutdown(ssl_.get());
        x509::drain_errors();
    }

    // What OpenSSL's `rc` means; right after the call, as errno and the error queue belong to it.
    Attempt attempt_of(int rc, std::size_t count) {
        if (rc == 1) return {Attempt::Next::done, count, {}};
        switch (SSL_get_error(ssl_.get(), rc)) {
            case SSL_ERROR_WANT_READ:
                return {Attempt::Next::when_readable, 0, {}};
            case SSL_ERROR_WANT_WRITE:
                return {Attempt::Next::when_writable, 0, {}};
            case SSL_ERROR_ZERO_RETURN:
                return failed(Errc::closed, "closed by the peer");
            case SSL_ERROR_SYSCALL: {
                const int code = errno;
                broken_ = true;
                x509::drain_errors();
                return failed(Errc::closed, code == 0 ? std::string(kNoCloseNotify)
                                                      : "connection lost: " + std::generic_category().message(code));
            }
            default:
                break;
        }
        broken_ = true;
        const auto code = ERR_peek_last_error();
        std::string detail = x509::drain_errors();
        if (ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING) return failed(Errc::closed, kNoCloseNotify);
        return failed(Errc::tls, std::move(detail));
    }

    static Attempt failed(Errc code, std::string message) {
        return {Attempt::Next::failed, 0, {code, std::move(message)}};
    }

    static constexpr const char* kNoCloseNotify = "connection ended without close_notify";
    x509::Handle<SSL> ssl_;
    bool broken_ = false;  // no close_notify may be sent any more
};

}  // namespace

Task<Result<std::unique_ptr<Stream>>> shake_hands(Tcp::socket socket, SSL_CTX* context, bool server,
                                                  std::string server_name, Duration timeout) {
    auto stream = std::make_unique<TlsStream>(std::move(socket), context, server, server_name);
    auto done = co_await stream->handshake(timeout);
    if (!done) co_return fail(done.error());
    co_return std::unique_ptr<Stream>(std::move(stream));
}

Task<Result<std::unique_ptr<Stream>>> connect(Loop& loop, std::string host, std::uint16_t port, TlsClientContext tls,
                                              std::string server_name, Duration timeout) {
    const auto deadline = Clock::now() + timeout;
    const std::string where = host + ":" + std::to_string(port);
    Tcp::resolver resolver(loop.context());
    Tcp::socket socket(loop.context());
    asio::steady_timer timer(loop.context(), deadline);
    auto expired = std::make_shared<bool>(false);
    auto on_timer = [&resolver, &socket, expired](boost::system::error_code ec) {
        if (ec || *expired) return;
        *expired = true;
        boost::system::error_code ignored;
        resolver.cancel();
        socket.close(ignored);
    };
    timer.async_wait(std::move(on_timer));
    const auto resolved = co_await resolver.async_resolve(host, std::to_string(port), kAwait);
    auto failure = std::get<0>(resolved);
    if (!failure) {
        const auto connected = co_await asio::async_connect(socket, std::get<1>(resolved), kAwait);
        failure = std::get<0>(connected);
    }
    const bool late = *expired;
    *expired = true;  // the handler may still be queued: it must not touch what is about to go
    timer.cancel();
    if (late) co_return fail(Errc::timeout, "no connection to " + where + " in time");
    if (failure) co_return fail(Errc::unreachable, "cannot connect to " + where + ": " + failure.message());
    const auto left = std::chrono::duration_cast<Duration>(deadline - Clock::now());
    co_return co_await shake_hands(std::move(socket), tls.native(), false, std::move(server_name), left);
}

}  // namespace opencapf::net
