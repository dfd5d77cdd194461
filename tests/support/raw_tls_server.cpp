// SPDX-License-Identifier: Apache-2.0
#include "support/raw_tls_server.hpp"

#include "opencapf/base/text.hpp"

#include <csignal>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace opencapf::test {

std::string RawConnection::read_request() {
    std::string text;
    std::size_t wanted = std::string::npos;
    while (text.size() < wanted) {
        std::string buffer(16 * 1024, '\0');
        const int count = SSL_read(ssl_, buffer.data(), static_cast<int>(buffer.size()));
        if (count <= 0) {
            x509::drain_errors();
            return {};
        }
        text.append(buffer, 0, static_cast<std::size_t>(count));
        const auto head_end = text.find("\r\n\r\n");
        if (wanted != std::string::npos || head_end == std::string::npos) continue;
        wanted = head_end + 4;
        const auto length_at = to_lower(text.substr(0, head_end)).find("content-length:");
        if (length_at != std::string::npos) wanted += std::stoul(text.substr(length_at + 15));
    }
    return text;
}

bool RawConnection::write(std::string_view data) {
    const bool written = SSL_write(ssl_, data.data(), static_cast<int>(data.size())) > 0;
    x509::drain_errors();
    return written;
}

bool RawConnection::write_records(std::string_view data, std::size_t size) {
    for (; !data.empty(); data.remove_prefix(std::min(size, data.size()))) {
        if (!write(data.substr(0, size))) return false;
    }
    return true;
}

bool RawConnection::pause(std::chrono::milliseconds time) {
    pollfd wait{SSL_get_fd(ssl_), POLLIN, 0};
    return ::poll(&wait, 1, static_cast<int>(time.count())) == 0;
}

void RawConnection::close_notify() {
    SSL_shutdown(ssl_);
    x509::drain_errors();
}

bool RawConnection::client_closes() {
    std::string buffer(1024, '\0');
    while (SSL_read(ssl_, buffer.data(), static_cast<int>(buffer.size())) > 0) {
    }
    x509::drain_errors();
    return (SSL_get_shutdown(ssl_) & SSL_RECEIVED_SHUTDOWN) != 0;
}

bool RawConnection::resumed() const { return SSL_session_reused(ssl_) == 1; }

bool RawConnection::has_client_certificate() const { return SSL_get0_peer_certificate(ssl_) != nullptr; }

RawTlsServer::RawTlsServer(const Issued& identity, const Options& options, Script script)
    : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
      context_(SSL_CTX_new(TLS_server_method())),
      script_(std::move(script)) {
    std::signal(SIGPIPE, SIG_IGN);  // clients leave whenever they like
    SSL_CTX_set_min_proto_version(context_.get(), options.minimum_version);
    SSL_CTX_set_max_proto_version(context_.get(), options.maximum_version);
    const unsigned char id[] = "raw";
    SSL_CTX_set_session_id_context(context_.get(), id, sizeof id);
    if (options.ask_for_certificate)
        SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, [](int, X509_STORE_CTX*) { return 1; });
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (SSL_CTX_use_certificate(context_.get(), identity.certificate.native()) != 1 ||
        SSL_CTX_use_PrivateKey(context_.get(), identity.key.native()) != 1 || ::bind(listener_, generic, size) != 0 ||
        ::listen(listener_, 16) != 0 || ::getsockname(listener_, generic, &size) != 0) {
        ::close(listener_);
        throw std::runtime_error("cannot start a TLS server: " + x509::drain_errors());
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
}

void RawTlsServer::serve() {
    while (true) {
        const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (socket < 0) return;
        const timeval limit{10, 0};
        const int on = 1;
        ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
        ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        const x509::Handle<SSL> ssl(SSL_new(context_.get()));
        SSL_set_fd(ssl.get(), socket);
        if (SSL_accept(ssl.get()) == 1) {
            ++connections_;
            RawConnection connection(ssl.get());
            script_(connection);
        }
        x509::drain_errors();
        // What the client still says must not turn the last answer into a reset.
        ::shutdown(socket, SHUT_WR);
        RawConnection(ssl.get()).client_closes();
        ::close(socket);
    }
}

void RawTlsServer::stop() {
    if (!thread_.joinable()) return;
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
}

RawTlsServer::~RawTlsServer() { stop(); }

}  // namespace opencapf::test
