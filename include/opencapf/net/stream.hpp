// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/base/bytes.hpp"
#include "opencapf/base/result.hpp"
#include "opencapf/net/loop.hpp"
#include "opencapf/net/tls.hpp"
#include "opencapf/x509/certificate.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace opencapf::net {

struct Endpoint {
    std::string address;  ///< numeric, IPv4 or IPv6 without brackets
    std::uint16_t port = 0;

    /// Of an IPv6 peer; not of an IPv4 one that a dual-stack socket shows as ::ffff:192.0.2.1.
    [[nodiscard]] bool is_ipv6() const noexcept {
        return address.find(':') != std::string::npos && address.rfind("::ffff:", 0) != 0;
    }
};

/// A connected stream on one loop, TLS unless it comes from a listener without: the compile firewall, Asio's templates
/// stay in src/common/net. All calls on the loop's thread. TCP_NODELAY is set. Every call has its own deadline; after
/// an error only close() makes sense. Errors: timeout, closed (end of stream, with or without close_notify), tls.
class Stream {
public:
    Stream() = default;
    virtual ~Stream() = default;
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;
    /// Reads at least one byte, at most `buffer.size()`. `buffer` must outlive the call. May be repeated after a
    /// timeout.
    virtual Task<Result<std::size_t>> read_some(std::span<std::uint8_t> buffer, Duration timeout) = 0;
    /// Writes all of `data`, with TLS as one write (one record up to 16 KiB): the phones stall otherwise.
    virtual Task<Result<void>> write(ByteView data, Duration timeout) = 0;
    /// Sends close_notify and FIN at once, then waits up to `timeout` for the peer's end, so that the last answer is
    /// not lost to a reset. Never fails. Returns whether the peer closed in turn.
    virtual Task<bool> close(Duration timeout) = 0;
    /// Ends the connection at once with a TCP reset instead of an orderly end: no close_notify, no FIN, and what the
    /// peer has not got yet is lost. Nothing may be called afterwards. Never fails.
    virtual void reset() = 0;
    /// A function that breaks the connection, whether or not the stream still exists: a waiting call returns
    /// Errc::closed. Call it on the loop's thread.
    [[nodiscard]] virtual std::function<void()> breaker() const = 0;
    /// A function after which reads return Errc::closed, the one that waits as well, while a last word can still be
    /// written. Call it on the loop's thread, whether or not the stream still exists.
    [[nodiscard]] virtual std::function<void()> reading_stopper() const = 0;
    /// TCP asks a silent peer after `idle` (1 s or more) whether it is still there, instead of after a minute.
    virtual void keep_alive(std::chrono::seconds idle) = 0;
    [[nodiscard]] virtual const Endpoint& remote() const noexcept = 0;
    [[nodiscard]] virtual const Endpoint& local() const noexcept = 0;
    [[nodiscard]] virtual std::string tls_version() const = 0;  ///< "TLSv1.3"; empty without TLS
    /// RFC 5929 section 4.1, "tls-server-end-point": the hash of the server's certificate on this very connection;
    /// empty without TLS. Channel bindings are made of it.
    [[nodiscard]] virtual Bytes server_end_point() const { return {}; }
    /// The certificates the peer sent, its own first, unverified where the listener verifies none; empty without any.
    [[nodiscard]] virtual std::vector<x509::Certificate> peer_chain() const { return {}; }
    /// RFC 5929 section 3, "tls-unique", of a TLS 1.2 connection with the extended master secret (RFC 7627); empty for
    /// others, which it does not bind.
    [[nodiscard]] virtual Bytes tls_unique() const { return {}; }
    /// RFC 9266, "tls-exporter", of a TLS 1.3 connection; empty for others.
    [[nodiscard]] virtual Bytes tls_exporter() const { return {}; }
    [[nodiscard]] virtual int descriptor() const noexcept = 0;  ///< the socket's number, for traces
};

/// Resolves, connects and shakes hands. Errors: unreachable, timeout, tls. `server_name` for SNI, empty = none.
Task<Result<std::unique_ptr<Stream>>> connect(Loop& loop, std::string host, std::uint16_t port, TlsClientContext tls,
                                              std::string server_name, Duration timeout);

}  // namespace opencapf::net
