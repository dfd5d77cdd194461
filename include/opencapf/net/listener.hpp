// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/net/stream.hpp"

#include <functional>
#include <optional>

namespace opencapf::net {

struct ListenerConfig {
    std::string address = "0.0.0.0";
    std::uint16_t port = 0;  ///< 0 = the system chooses; see Listener::port()
    int backlog = 1024;
    std::size_t max_connections = 4096;  ///< above it a connection is closed at once and logged
    Duration handshake_timeout{10'000};
    /// A listening socket that the service manager opened (socket activation) instead of address and port; -1 = none.
    int descriptor = -1;
};

/// What a listener tells its owner besides sessions; called on loop threads.
struct ListenerEvents {
    std::function<void(const Endpoint& remote, const Error& error)> handshake_failed;
    std::function<void(const Endpoint& remote)> refused_too_many;
    /// A connection could not be accepted (out of descriptors, say); told once per second at most.
    std::function<void(const Error& error)> accept_failed;
    /// A session ended with an exception: a defect of ours; the daemon goes on.
    std::function<void(const Endpoint& remote, const std::string& what)> session_failed;
};

/// What the owner of a listener wants with one accepted connection before anything is said on it.
struct Opening {
    enum class End {
        serve,
        close,  ///< the peer gets an orderly end of the connection and nothing else
        reset,
    };
    std::optional<TlsServerContext> tls;  ///< instead of the listener's own; ignored by one without TLS
    Duration delay{0};                    ///< silence before the handshake; over at once when the listener drains
    End end = End::serve;
};

/// Accepts TLS or plain connections, spreads them over the loops in turn, and runs `session` for each as a child task:
/// never in the accept loop, so that a silent client costs nobody else anything. Owns the sessions: drain() waits for
/// them.
class Listener {
public:
    using Session = std::function<Task<>(Loop&, std::unique_ptr<Stream>)>;

    /// Binds at once; throws std::system_error naming address and port, and what to do when the port is taken.
    Listener(LoopPool& loops, const ListenerConfig& config, TlsServerContext tls, Session session,
             ListenerEvents events);
    /// The same without TLS: for what may be public and stays on a trusted network.
    Listener(LoopPool& loops, const ListenerConfig& config, Session session, ListenerEvents events);
    ~Listener();

    [[nodiscard]] std::uint16_t port() const noexcept;
    /// "0.0.0.0:3804", as bound.
    [[nodiscard]] std::string local_address() const;
    void start();
    /// Asks `opener` about each accepted connection, on its loop: it must not block. Call it before start().
    void set_opener(std::function<Opening(const Endpoint& remote)> opener);
    /// Later connections use `tls`; running sessions keep theirs. Thread-safe.
    void replace_tls(TlsServerContext tls);
    [[nodiscard]] std::size_t sessions() const noexcept;
    /// drain() was called: a connection that waits for nothing may end. Thread-safe.
    [[nodiscard]] bool draining() const noexcept;
    /// Stops accepting, lets sessions finish for `grace`, then cancels them. Blocks; call from a thread that is no
    /// loop.
    std::size_t drain(Duration grace);

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace opencapf::net
