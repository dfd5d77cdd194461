// SPDX-License-Identifier: Apache-2.0
#include "support/tls_peer.hpp"

#include "opencapf/base/text.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace opencapf::test {

ServerPki::ServerPki(const std::string& dns_name)
    : root_(make_root("Test root")), leaf_(issue(CertificateSpec{dns_name, dns_name}, root_)) {
    write_file_atomically(dir_.file("server.pem"), leaf_.certificate.pem(), 0600, Durability::survives_process);
    write_file_atomically(dir_.file("server.key"), leaf_.key.to_pem(), 0600, Durability::survives_process);
}

net::TlsServerConfig ServerPki::config() const {
    net::TlsServerConfig config;
    config.certificate_file = dir_.file("server.pem");
    config.private_key = dir_.file("server.key");
    return config;
}

TcpPeer::TcpPeer(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const timeval limit{10, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        ::close(fd_);
        throw std::runtime_error("cannot connect");
    }
}

TcpPeer::~TcpPeer() { ::close(fd_); }

bool TcpPeer::closed_by_server() const {
    char byte = 0;
    const auto count = ::recv(fd_, &byte, 1, 0);
    return count == 0 || (count < 0 && errno == ECONNRESET);
}

void TcpPeer::send(std::string_view data) const {
    while (!data.empty()) {
        const auto count = ::send(fd_, data.data(), data.size(), MSG_NOSIGNAL);
        if (count <= 0) throw std::runtime_error("cannot send");
        data.remove_prefix(static_cast<std::size_t>(count));
    }
}

std::string TcpPeer::read_some() const {
    std::string buffer(16 * 1024, '\0');
    const auto count = ::recv(fd_, buffer.data(), buffer.size(), 0);
    buffer.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return buffer;
}

std::string TcpPeer::read_all() const {
    std::string all;
    for (std::string part = read_some(); !part.empty(); part = read_some()) all += part;
    return all;
}

void TcpPeer::finish() const { ::shutdown(fd_, SHUT_WR); }

TlsPeer::TlsPeer(std::uint16_t port, const Options& options) : tcp_(port), context_(SSL_CTX_new(TLS_client_method())) {
    SSL_CTX_set_min_proto_version(context_.get(), options.minimum_version);
    SSL_CTX_set_max_proto_version(context_.get(), options.maximum_version);
    if (options.maximum_version != 0 && options.maximum_version < TLS1_2_VERSION)
        SSL_CTX_set_cipher_list(context_.get(), "ALL:@SECLEVEL=0");
    if (!options.tickets) SSL_CTX_set_options(context_.get(), SSL_OP_NO_TICKET);
    if (!options.extended_master_secret) SSL_CTX_set_options(context_.get(), SSL_OP_NO_EXTENDED_MASTER_SECRET);
    if (options.identity != nullptr) {
        SSL_CTX_use_certificate(context_.get(), options.identity->certificate.native());
        SSL_CTX_use_PrivateKey(context_.get(), options.identity->key.native());
        if (options.issuer != nullptr) SSL_CTX_ctrl(context_.get(), SSL_CTRL_CHAIN_CERT, 1, options.issuer->native());
    }
    if (!options.alpn.empty())
        SSL_CTX_set_alpn_protos(context_.get(), reinterpret_cast<const unsigned char*>(options.alpn.data()),
                                static_cast<unsigned>(options.alpn.size()));
    ssl_.reset(SSL_new(context_.get()));
    if (options.resume != nullptr) SSL_set_session(ssl_.get(), options.resume);
    const auto on_message = [](int sent, int, int type, const void* data, std::size_t, SSL*, void* self) {
        if (sent == 0 && type == SSL3_RT_HEADER && *static_cast<const unsigned char*>(data) == SSL3_RT_APPLICATION_DATA)
            ++static_cast<TlsPeer*>(self)->records_;
    };
    SSL_set_msg_callback(ssl_.get(), on_message);
    SSL_ctrl(ssl_.get(), SSL_CTRL_SET_MSG_CALLBACK_ARG, 0, this);
    SSL_set_fd(ssl_.get(), tcp_.descriptor());
    connected_ = SSL_connect(ssl_.get()) == 1;
    const std::string detail = x509::drain_errors();
    if (!connected_ && options.handshake) throw std::runtime_error("TLS handshake failed: " + detail);
}

void TlsPeer::send(std::string_view data) {
    const int count = SSL_write(ssl_.get(), data.data(), static_cast<int>(data.size()));
    if (count != static_cast<int>(data.size())) throw std::runtime_error("cannot send: " + x509::drain_errors());
}

std::string TlsPeer::read_some() {
    if (!pending_.empty()) return std::exchange(pending_, {});
    std::string buffer(16 * 1024, '\0');
    const int count = SSL_read(ssl_.get(), buffer.data(), static_cast<int>(buffer.size()));
    if (count <= 0) x509::drain_errors();
    buffer.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return buffer;
}

std::string TlsPeer::read_all() {
    std::string all;
    for (std::string part = read_some(); !part.empty(); part = read_some()) all += part;
    return all;
}

std::string TlsPeer::read_answer(bool head_only) {
    std::string text;
    std::size_t wanted = std::string::npos;
    while (text.size() < wanted) {
        const std::string part = read_some();
        if (part.empty()) return text;
        text += part;
        const auto head_end = text.find("\r\n\r\n");
        if (head_end == std::string::npos) continue;
        wanted = head_end + 4;
        const auto length_at = to_lower(text.substr(0, head_end)).find("content-length:");
        if (!head_only && length_at != std::string::npos) wanted += std::stoul(text.substr(length_at + 15));
    }
    pending_ = text.substr(wanted);
    text.resize(wanted);
    return text;
}

void TlsPeer::close() {
    SSL_shutdown(ssl_.get());
    x509::drain_errors();
    ::shutdown(tcp_.descriptor(), SHUT_WR);
}

void TlsPeer::reset() {
    const linger at_once{1, 0};
    ::setsockopt(tcp_.descriptor(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    const int nothing = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ::dup2(nothing, tcp_.descriptor());  // closes the connection and keeps the number valid
    ::close(nothing);
}

bool TlsPeer::saw_close_notify() const { return (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0; }
std::string TlsPeer::version() const { return SSL_get_version(ssl_.get()); }

int TlsPeer::peer_chain_length() const { return sk_X509_num(SSL_get_peer_cert_chain(ssl_.get())); }

std::string TlsPeer::alpn() const {
    const unsigned char* data = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl_.get(), &data, &size);
    return size == 0 ? std::string() : std::string(reinterpret_cast<const char*>(data), size);
}

Bytes TlsPeer::tls_unique() const {
    Bytes value(64);
    const std::size_t size = resumed() ? SSL_get_peer_finished(ssl_.get(), value.data(), value.size())
                                       : SSL_get_finished(ssl_.get(), value.data(), value.size());
    value.resize(size);
    return value;
}

Bytes TlsPeer::tls_exporter() const {
    static constexpr std::string_view kLabel = "EXPORTER-Channel-Binding";
    Bytes value(32);
    SSL_export_keying_material(ssl_.get(), value.data(), value.size(), kLabel.data(), kLabel.size(), nullptr, 0, 1);
    return value;
}

bool TlsPeer::resumed() const { return SSL_session_reused(ssl_.get()) != 0; }

std::shared_ptr<SSL_SESSION> TlsPeer::session() const { return {SSL_get1_session(ssl_.get()), SSL_SESSION_free}; }

std::string TlsPeer::peer_common_name() const {
    x509::Handle<X509> certificate(SSL_get1_peer_certificate(ssl_.get()));
    return certificate ? x509::Certificate::adopt(std::move(certificate)).common_name() : std::string();
}

}  // namespace opencapf::test
