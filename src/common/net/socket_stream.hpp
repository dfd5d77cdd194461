// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/net/stream.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

namespace opencapf::net {

using Tcp = boost::asio::ip::tcp;

/// What one try at a non-blocking socket gave.
struct Attempt {
    enum class Next {
        done,
        when_readable,  ///< try again then
        when_writable,
        failed
    };
    Next next = Next::done;
    std::size_t count = 0;  ///< bytes moved, when done
    Error error{};          ///< when failed
};

/// Everything of a stream that does not depend on what is spoken over the socket: waiting with a deadline, breaking,
/// closing without losing the last answer. A derived class tries to move bytes; Asio only tells when to try again.
class SocketStream : public Stream {
public:
    explicit SocketStream(Tcp::socket socket);
    ~SocketStream() override;

    Task<Result<std::size_t>> read_some(std::span<std::uint8_t> buffer, Duration timeout) final;
    Task<Result<void>> write(ByteView data, Duration timeout) final;
    Task<bool> close(Duration timeout) final;
    void reset() final;
    void keep_alive(std::chrono::seconds idle) override;
    [[nodiscard]] std::function<void()> breaker() const final;
    [[nodiscard]] std::function<void()> reading_stopper() const final;
    [[nodiscard]] const Endpoint& remote() const noexcept final { return remote_; }
    [[nodiscard]] const Endpoint& local() const noexcept final { return local_; }
    [[nodiscard]] int descriptor() const noexcept final { return descriptor_; }

protected:
    using Clock = std::chrono::steady_clock;
    virtual Attempt try_read(std::span<std::uint8_t> buffer) = 0;
    virtual Attempt try_write(ByteView data) = 0;
    /// What the protocol says before FIN; not called on a broken connection's stream that was stopped.
    virtual void say_goodbye() = 0;
    /// Waits for what an attempt that is not done needs, or passes its error on.
    Task<Result<void>> wait_for(Attempt attempt, Clock::time_point deadline);

private:
    struct State;
    Task<Result<void>> wait(Tcp::socket::wait_type direction, Clock::time_point deadline);
    Task<bool> drain(Duration timeout);

    std::shared_ptr<State> state_;
    Endpoint remote_, local_;
    int descriptor_;
};

/// A connected socket without TLS. tls_version() is empty.
std::unique_ptr<Stream> plain_stream(Tcp::socket socket);

Endpoint to_endpoint(const Tcp::endpoint& endpoint);

}  // namespace opencapf::net
