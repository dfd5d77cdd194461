// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/x509/handle.hpp"
#include "support/pki.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

namespace opencapf::test {

/// One accepted connection of a RawTlsServer: blocking, at most 10 s for a call, and free to break every rule.
class RawConnection {
public:
    explicit RawConnection(SSL* ssl) : ssl_(ssl) {}
    /// Head and body (by Content-Length) of one request; empty when the client ended first.
    std::string read_request();
    /// One TLS write; false when the client is gone.
    bool write(std::string_view data);
    /// The same in TLS records of `size` bytes at most.
    bool write_records(std::string_view data, std::size_t size);
    /// Says nothing for `time`; false when the client ended, or spoke, meanwhile.
    bool pause(std::chrono::milliseconds time);
    /// close_notify, without waiting for the client's.
    void close_notify();
    /// Waits until the client ends the connection; true when it did with close_notify.
    bool client_closes();
    [[nodiscard]] bool resumed() const;
    [[nodiscard]] bool has_client_certificate() const;

private:
    SSL* ssl_;
};

/// A TLS server below HTTP: what goes over a connection is the script's business. One connection at a time, on a
/// thread of its own.
class RawTlsServer {
public:
    struct Options {
        int minimum_version = 0;  ///< TLS1_2_VERSION ...; 0 = any
        int maximum_version = 0;
        bool ask_for_certificate = false;  ///< takes any
    };
    using Script = std::function<void(RawConnection&)>;
    /// FIN follows when `script` returns, without close_notify unless the script sent it.
    RawTlsServer(const Issued& identity, const Options& options, Script script);
    ~RawTlsServer();
    RawTlsServer(const RawTlsServer&) = delete;
    RawTlsServer& operator=(const RawTlsServer&) = delete;
    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    /// Handshakes that succeeded.
    [[nodiscard]] int connections() const noexcept { return connections_; }
    /// Ends the thread when the connection that is being served is over.
    void stop();

private:
    void serve();
    int listener_;
    std::uint16_t port_ = 0;
    x509::Handle<SSL_CTX> context_;
    Script script_;
    std::atomic<int> connections_{0};
    std::thread thread_;
};

}  // namespace opencapf::test
