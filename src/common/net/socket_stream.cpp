// SPDX-License-Identifier: Apache-2.0
#include "socket_stream.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace opencapf::net {
namespace {

namespace asio = boost::asio;
constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
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

class PlainStream final : public SocketStream {
public:
    using SocketStream::SocketStream;
    std::string tls_version() const override { return {}; }

private:
    Attempt try_read(std::span<std::uint8_t> buffer) override {
        const auto count = ::recv(descriptor(), buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (count == 0) return {Attempt::Next::failed, 0, {Errc::closed, "closed by the peer"}};
        return attempt_of(count, Attempt::Next::when_readable);
    }
    Attempt try_write(ByteView data) override {
        const auto count = ::send(descriptor(), data.data(), data.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        return attempt_of(count, Attempt::Next::when_writable);
    }
    void say_goodbye() override {}

    static Attempt attempt_of(ssize_t count, Attempt::Next later) {
        if (count >= 0) return {Attempt::Next::done, static_cast<std::size_t>(count), {}};
        if (errno == EAGAIN || errno == EINTR) return {later, 0, {}};
        return {Attempt::Next::failed, 0, {Errc::closed, "connection lost: " + std::generic_category().message(errno)}};
    }
};

}  // namespace

// The timer's handler may run after the stream is gone, so what it touches is shared.
struct SocketStream::State {
    explicit State(Tcp::socket s) : socket(std::move(s)), timer(socket.get_executor()) {}
    Tcp::socket socket;
    asio::steady_timer timer;
    std::uint64_t generation = 0;
    bool aborted = false;
    bool reading_stopped = false;
};

SocketStream::SocketStream(Tcp::socket socket)
    : state_(std::make_shared<State>(std::move(socket))), descriptor_(state_->socket.native_handle()) {
    boost::system::error_code ignored;  // a socket that is already dead fails at its first use
    auto& s = state_->socket;
    s.non_blocking(true, ignored);
    s.set_option(Tcp::no_delay(true), ignored);
    s.set_option(Tcp::socket::keep_alive(true), ignored);
    probe_soon(descriptor_);
    remote_ = to_endpoint(s.remote_endpoint(ignored));
    local_ = to_endpoint(s.local_endpoint(ignored));
}

SocketStream::~SocketStream() { state_->timer.cancel(); }

Task<Result<std::size_t>> SocketStream::read_some(std::span<std::uint8_t> buffer, Duration timeout) {
    const auto deadline = Clock::now() + timeout;
    for (;;) {
        if (state_->reading_stopped) co_return fail(Errc::closed, "reading stopped");
        Attempt attempt = try_read(buffer);
        if (attempt.next == Attempt::Next::done) co_return attempt.count;
        const auto ready = co_await wait_for(std::move(attempt), deadline);
        if (!ready && !state_->reading_stopped) co_return fail(ready.error());
    }
}

Task<Result<void>> SocketStream::write(ByteView data, Duration timeout) {
    const auto deadline = Clock::now() + timeout;
    while (!data.empty()) {
        Attempt attempt = try_write(data);
        if (attempt.next == Attempt::Next::done) {
            data = data.subspan(attempt.count);
            continue;
        }
        const auto ready = co_await wait_for(std::move(attempt), deadline);
        if (!ready) co_return fail(ready.error());
    }
    co_return Result<void>{};
}

Task<bool> SocketStream::close(Duration timeout) {
    boost::system::error_code ignored;  // nothing to do about a socket that is gone
    if (!state_->aborted) say_goodbye();
    state_->socket.shutdown(Tcp::socket::shutdown_send, ignored);
    const bool peer_closed = co_await drain(timeout);
    state_->socket.close(ignored);
    co_return peer_closed;
}

void SocketStream::reset() {
    boost::system::error_code ignored;  // nothing to do about a socket that is gone
    state_->socket.set_option(Tcp::socket::linger(true, 0), ignored);
    state_->socket.close(ignored);
}

void SocketStream::keep_alive(std::chrono::seconds idle) {
    const int seconds = static_cast<int>(idle.count());
    // A socket that is already dead fails at its next use.
    ::setsockopt(descriptor_, IPPROTO_TCP, TCP_KEEPIDLE, &seconds, sizeof seconds);
}

std::function<void()> SocketStream::breaker() const {
    return [weak = std::weak_ptr<State>(state_)] {
        const auto state = weak.lock();
        if (!state) return;
        boost::system::error_code ignored;
        state->aborted = true;
        state->socket.cancel(ignored);
        state->socket.shutdown(Tcp::socket::shutdown_both, ignored);
    };
}

std::function<void()> SocketStream::reading_stopper() const {
    return [weak = std::weak_ptr<State>(state_)] {
        const auto state = weak.lock();
        if (!state) return;
        boost::system::error_code ignored;
        state->reading_stopped = true;
        state->socket.cancel(ignored);  // a write that waits fails too: its reader does not listen any more
    };
}

Task<Result<void>> SocketStream::wait_for(Attempt attempt, Clock::time_point deadline) {
    if (state_->aborted) co_return fail(Errc::closed, "connection stopped");
    if (attempt.next == Attempt::Next::failed) co_return fail(std::move(attempt.error));
    const auto direction =
        attempt.next == Attempt::Next::when_writable ? Tcp::socket::wait_write : Tcp::socket::wait_read;
    co_return co_await wait(direction, deadline);
}

Task<Result<void>> SocketStream::wait(Tcp::socket::wait_type direction, Clock::time_point deadline) {
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
Task<bool> SocketStream::drain(Duration timeout) {
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

std::unique_ptr<Stream> plain_stream(Tcp::socket socket) { return std::make_unique<PlainStream>(std::move(socket)); }

Endpoint to_endpoint(const Tcp::endpoint& endpoint) {
    auto address = endpoint.address();
    if (address.is_v6() && address.to_v6().is_v4_mapped())
        return {asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string(), endpoint.port()};
    return {address.to_string(), endpoint.port()};
}

}  // namespace opencapf::net
