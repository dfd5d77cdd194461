// SPDX-License-Identifier: Apache-2.0
#include "opencapf/net/stream.hpp"

#include "tls_stream.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

namespace opencapf::net {
namespace {

namespace asio = boost::asio;
constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
using Clock = std::chrono::steady_clock;
// Enough for a client that reads the refusal of its large body only after it has sent all of it: closing over unread
// bytes is a reset, which takes the answer with it.
constexpr std::size_t kDrainBytes = 4 * 1024 * 1024;

// A phone that lost its power says no goodbye: noticed within two minutes, not hours.
void probe_soon(int socket) {
    const auto set = [socket](int option, int value) {
        ::setsockopt(socket, IPPROTO_TCP, option, &value, sizeof value);
    };
    set(TCP_KEEPIDLE, 60);
    set(TCP_KEEPINTVL, 15);
    set(TCP_KEEPCNT, 4);
}

// SSL_set_tlsext_host_name is a macro with an old-style cast.
void set_server_name(SSL* ssl, std::string name) {
    SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data());
}

// OpenSSL works on the non-blocking socket itself; Asio only tells when it is ready. So one SSL_write is one TLS record
// and one system call, and close_notify and FIN can leave without waiting for the peer.
class TlsStream final : public Stream {
public:
    TlsStream(Tcp::socket socket, SSL_CTX* context, bool server, const std::string& server_name)
        : state_(std::make_shared<State>(std::move(socket))), ssl_(SSL_new(context)) {
        boost::system::error_code ignored;  // a socket that is already dead fails in the handshake
        auto& s = state_->socket;
        s.non_blocking(true, ignored);
        s.set_option(Tcp::no_delay(true), ignored);
        s.set_option(Tcp::socket::keep_alive(true), ignored);
        probe_soon(s.native_handle());
        remote_ = to_endpoint(s.remote_endpoint(ignored));
        local_ = to_endpoint(s.local_endpoint(ignored));
        if (!ssl_) return;
        SSL_set_fd(ssl_.get(), s.native_handle());
        if (server) {
            SSL_set_accept_state(ssl_.get());
        } else {
            SSL_set_connect_state(ssl_.get());
            if (!server_name.empty()) set_server_name(ssl_.get(), server_name);
        }
    }
    ~TlsStream() override { state_->timer.cancel(); }

    Task<Result<void>> handshake(Duration timeout) {
        if (!ssl_) co_return fail(Errc::internal, "no TLS object: " + x509::drain_errors());
        const auto deadline = Clock::now() + timeout;
        for (;;) {
            ERR_clear_error();
            const int rc = SSL_do_handshake(ssl_.get());
            if (rc == 1) co_return Result<void>{};
            const auto ready = co_await wait_for(rc, deadline);
            if (!ready) co_return fail(ready.error().with("TLS handshake"));
        }
    }

    Task<Result<std::size_t>> read_some(std::span<std::uint8_t> buffer, Duration timeout) override {
        const auto deadline = Clock::now() + timeout;
        for (;;) {
            ERR_clear_error();
            std::size_t count = 0;
            const int rc = SSL_read_ex(ssl_.get(), buffer.data(), buffer.size(), &count);
            if (rc == 1) co_return count;
            const auto ready = co_await wait_for(rc, deadline);
            if (!ready) co_return fail(ready.error());
        }
    }

    Task<Result<void>> write(ByteView data, Duration timeout) override {
        const auto deadline = Clock::now() + timeout;
        while (!data.empty()) {
            ERR_clear_error();
            std::size_t count = 0;
            const int rc = SSL_write_ex(ssl_.get(), data.data(), data.size(), &count);
            if (rc == 1) {
                data = data.subspan(count);
                continue;
            }
            const auto ready = co_await wait_for(rc, deadline);
            if (!ready) co_return fail(ready.error());
        }
        co_return Result<void>{};
    }

    Task<bool> close(Duration timeout) override {
        boost::system::error_code ignored;  // nothing to do about a socket that is gone
        ERR_clear_error();
        if (!broken_ && !state_->aborted) SSL_shutdown(ssl_.get());
        x509::drain_errors();
        state_->socket.shutdown(Tcp::socket::shutdown_send, ignored);
        const bool peer_closed = co_await drain(timeout);
        state_->socket.close(ignored);
        co_return peer_closed;
    }

    std::function<void()> breaker() const override {
        return [weak = std::weak_ptr<State>(state_)] {
            const auto state = weak.lock();
            if (!state) return;
            boost::system::error_code ignored;
            state->aborted = true;
            state->socket.cancel(ignored);
            state->socket.shutdown(Tcp::socket::shutdown_both, ignored);
        };
    }

    const Endpoint& remote() const noexcept override { return remote_; }
    const Endpoint& local() const noexcept override { return local_; }
    std::string tls_version() const override { return SSL_get_version(ssl_.get()); }
    int descriptor() const noexcept override { return descriptor_; }

private:
    // The timer's handler may run after the stream is gone, so what it touches is shared.
    struct State {
        explicit State(Tcp::socket s) : socket(std::move(s)), timer(socket.get_executor()) {}
        Tcp::socket socket;
        asio::steady_timer timer;
        std::uint64_t generation = 0;
        bool aborted = false;
    };

    // What to do after OpenSSL returned `rc`: wait for the socket, or say why not.
    Task<Result<void>> wait_for(int rc, Clock::time_point deadline) {
        const int reason = SSL_get_error(ssl_.get(), rc);
        if (state_->aborted) co_return fail(Errc::closed, "connection stopped");
        switch (reason) {
            case SSL_ERROR_WANT_READ:
                co_return co_await wait(Tcp::socket::wait_read, deadline);
            case SSL_ERROR_WANT_WRITE:
                co_return co_await wait(Tcp::socket::wait_write, deadline);
            case SSL_ERROR_ZERO_RETURN:
                co_return fail(Errc::closed, "closed by the peer");
            case SSL_ERROR_SYSCALL: {
                const int code = errno;
                broken_ = true;
                x509::drain_errors();
                co_return fail(Errc::closed, code == 0 ? std::string("connection ended without close_notify")
                                                       : "connection lost: " + std::generic_category().message(code));
            }
            default:
                break;
        }
        broken_ = true;
        const auto code = ERR_peek_last_error();
        std::string detail = x509::drain_errors();
        if (ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING)
            co_return fail(Errc::closed, "connection ended without close_notify");
        co_return fail(Errc::tls, std::move(detail));
    }

    Task<Result<void>> wait(Tcp::socket::wait_type direction, Clock::time_point deadline) {
        auto& state = *state_;
        const auto generation = ++state.generation;
        state.timer.expires_at(deadline);
        auto on_timer = [shared = state_, generation](boost::system::error_code ec) {
            boost::system::error_code ignored;
            if (!ec && shared->generation == generation) shared->socket.cancel(ignored);
        };
        state.timer.async_wait(std::move(on_timer));
        const auto [ec] = co_await state.socket.async_wait(direction, kAwait);
        ++state.generation;
        state.timer.cancel();
        if (state_->aborted) co_return fail(Errc::closed, "connection stopped");
        if (!ec) co_return Result<void>{};
        if (Clock::now() >= deadline) co_return fail(Errc::timeout, "the peer did not answer in time");
        co_return fail(Errc::closed, ec.message());
    }

    // Reads and drops what the peer still sends, at most kDrainBytes, until its end or the deadline.
    Task<bool> drain(Duration timeout) {
        const auto deadline = Clock::now() + timeout;
        std::size_t left = kDrainBytes;
        for (;;) {
            char sink[4096];
            const auto count = ::recv(state_->socket.native_handle(), sink, sizeof sink, MSG_DONTWAIT);
            if (count == 0) co_return true;
            if (count > 0) {
                if (static_cast<std::size_t>(count) >= left) co_return false;
                left -= static_cast<std::size_t>(count);
                continue;
            }
            if (errno != EAGAIN) co_return false;
            const auto ready = co_await wait(Tcp::socket::wait_read, deadline);
            if (!ready) co_return false;
        }
    }

    std::shared_ptr<State> state_;
    x509::Handle<SSL> ssl_;
    Endpoint remote_, local_;
    int descriptor_ = state_->socket.native_handle();
    bool broken_ = false;  // no close_notify may be sent any more
};

}  // namespace

Endpoint to_endpoint(const Tcp::endpoint& endpoint) {
    auto address = endpoint.address();
    if (address.is_v6() && address.to_v6().is_v4_mapped())
        return {asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string(), endpoint.port()};
    return {address.to_string(), endpoint.port()};
}

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
