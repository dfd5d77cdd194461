// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "opencapf/net/tls.hpp"
#include "opencapf/x509/handle.hpp"
#include "support/pki.hpp"
#include "support/temp_dir.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

// openssl/types.h leaves this one out.
using SSL_SESSION = struct ssl_session_st;

namespace opencapf::test {

/// A root, and a server certificate for "server.example.test" below it, as files for TlsServerConfig.
class ServerPki {
public:
    explicit ServerPki(const std::string& dns_name = "server.example.test");
    [[nodiscard]] net::TlsServerConfig config() const;
    [[nodiscard]] net::TlsServerContext context() const { return net::TlsServerContext(config()); }
    [[nodiscard]] const x509::Certificate& root() const noexcept { return root_.certificate; }
    [[nodiscard]] const x509::Certificate& leaf() const noexcept { return leaf_.certificate; }

private:
    TempDir dir_;
    Issued root_;
    Issued leaf_;
};

/// A connected TCP socket to 127.0.0.1 without any TLS. Blocking, with a receive time-out.
class TcpPeer {
public:
    explicit TcpPeer(std::uint16_t port);
    ~TcpPeer();
    TcpPeer(const TcpPeer&) = delete;
    TcpPeer& operator=(const TcpPeer&) = delete;
    [[nodiscard]] int descriptor() const noexcept { return fd_; }
    /// Waits until the server closes the connection; false when it sends something or stays silent for 10 s.
    [[nodiscard]] bool closed_by_server() const;
    /// All of `data`; throws when the connection takes it not.
    void send(std::string_view data) const;
    /// What one read gives; empty at the end, at a reset, or after 10 s of silence.
    [[nodiscard]] std::string read_some() const;
    /// Everything until then.
    [[nodiscard]] std::string read_all() const;
    /// Sends FIN.
    void finish() const;

private:
    int fd_;
};

/// Blocking TLS client that shows what is on the wire and is free to misbehave. It verifies nothing.
class TlsPeer {
public:
    struct Options {
        int minimum_version = 0;  ///< TLS1_2_VERSION ...; 0 = any
        int maximum_version = 0;
        bool handshake = true;                      ///< throw std::runtime_error unless the handshake succeeds
        const Issued* identity = nullptr;           ///< client certificate
        const x509::Certificate* issuer = nullptr;  ///< sent after it
        SSL_SESSION* resume = nullptr;              ///< of an earlier connection
        bool extended_master_secret = true;
        std::string alpn = {};  ///< in the form of the wire
        bool tickets = true;
    };
    explicit TlsPeer(std::uint16_t port) : TlsPeer(port, Options()) {}
    TlsPeer(std::uint16_t port, const Options& options);

    [[nodiscard]] bool connected() const noexcept { return connected_; }
    /// One TLS write.
    void send(std::string_view data);
    /// What one read gives; empty at the end of the stream or after 10 s of silence.
    std::string read_some();
    /// Everything until the end of the stream.
    std::string read_all();
    /// One HTTP answer with Content-Length (none = no body); empty when the stream ended first.
    std::string read_answer(bool head_only = false);
    /// Sends close_notify and FIN.
    void close();
    /// Ends the TCP connection with a reset.
    void reset();
    [[nodiscard]] bool saw_close_notify() const;
    /// TLS records of application data received so far (TLS 1.2: exact).
    [[nodiscard]] int data_records() const noexcept { return records_; }
    [[nodiscard]] std::string version() const;
    [[nodiscard]] std::string peer_common_name() const;
    [[nodiscard]] int peer_chain_length() const;
    [[nodiscard]] std::string alpn() const;
    /// RFC 5929 and RFC 9266, as a client makes them.
    [[nodiscard]] Bytes tls_unique() const;
    [[nodiscard]] Bytes tls_exporter() const;
    [[nodiscard]] bool resumed() const;
    /// What another connection can resume. With TLS 1.3 read something first.
    [[nodiscard]] std::shared_ptr<SSL_SESSION> session() const;

private:
    TcpPeer tcp_;
    x509::Handle<SSL_CTX> context_;
    x509::Handle<SSL> ssl_;
    bool connected_ = false;
    int records_ = 0;
    std::string pending_;
};

}  // namespace opencapf::test
