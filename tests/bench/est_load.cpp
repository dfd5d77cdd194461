// SPDX-License-Identifier: Apache-2.0
#include "est_load.hpp"

#include "opencapf/base/result.hpp"
#include "opencapf/x509/free_with.hpp"
#include "opencapf/x509/request.hpp"
#include "support/pki.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <atomic>
#include <charconv>
#include <chrono>
#include <ctime>
#include <functional>
#include <memory>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <stdexcept>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace opencapf::bench {
namespace {

using Clock = std::chrono::steady_clock;
using Context = std::unique_ptr<SSL_CTX, x509::FreeWith<SSL_CTX_free>>;
using Session = std::unique_ptr<SSL, x509::FreeWith<SSL_free>>;

Context client_context() {
    Context context(SSL_CTX_new(TLS_client_method()));
    if (!context || SSL_CTX_set_max_proto_version(context.get(), TLS1_2_VERSION) != 1 ||
        SSL_CTX_set_cipher_list(context.get(), "ECDHE-ECDSA-AES128-GCM-SHA256") != 1)
        throw std::runtime_error("no TLS 1.2");
    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(context.get(), SSL_OP_NO_TICKET);
    return context;
}

/// One TLS connection; failures end in a closed one.
class Client {
public:
    Client(SSL_CTX* context, std::uint16_t port) : context_(context), port_(port) {}
    ~Client() { close(); }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    bool ask(const std::string& request) {
        if (!session_ && !open()) return false;
        const int sent = SSL_write(session_.get(), request.data(), static_cast<int>(request.size()));
        const bool good = sent == static_cast<int>(request.size()) && read_answer();
        if (!good) close();
        return good;
    }
    void close() {
        if (session_) SSL_shutdown(session_.get());
        session_.reset();
        if (socket_ >= 0) ::close(socket_);
        socket_ = -1;
    }

private:
    bool open() {
        socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port_);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const int on = 1;
        ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return false;
        session_.reset(SSL_new(context_));
        SSL_set_fd(session_.get(), socket_);
        return SSL_connect(session_.get()) == 1;
    }
    bool read_answer() {
        std::string answer;
        char part[8192];
        std::size_t head = std::string::npos, length = 0;
        for (;;) {
            if (head == std::string::npos && (head = answer.find("\r\n\r\n")) != std::string::npos) {
                const auto at = answer.find("Content-Length: ");
                if (at == std::string::npos || at > head) return false;
                std::from_chars(answer.data() + at + 16, answer.data() + head, length);
            }
            if (head != std::string::npos && answer.size() >= head + 4 + length) break;
            const int got = SSL_read(session_.get(), part, sizeof part);
            if (got <= 0) return false;
            answer.append(part, static_cast<std::size_t>(got));
        }
        return answer.starts_with("HTTP/1.1 200 ");
    }

    SSL_CTX* context_;
    std::uint16_t port_;
    int socket_ = -1;
    Session session_;
};

std::string request_of(const Load& load, const std::string& body, bool last) {
    return "POST /.well-known/est/simpleenroll HTTP/1.1\r\nHost: localhost\r\nAuthorization: " + load.authorization +
           "\r\nContent-Type: application/pkcs10\r\nContent-Length: " + std::to_string(body.size()) +
           (last ? "\r\nConnection: close\r\n\r\n" : "\r\n\r\n") + body;
}

double cpu_ms() {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

/// Median CPU time of `work`.
double median_ms(const std::function<void()>& work) {
    std::vector<double> times;
    for (int i = 0; i < 300; ++i) {
        const double begin = cpu_ms();
        work();
        times.push_back(cpu_ms() - begin);
    }
    std::nth_element(times.begin(), times.begin() + 150, times.end());
    return times[150];
}

void shake_hands(SSL_CTX* client_context, SSL_CTX* server_context) {
    const Session client(SSL_new(client_context)), server(SSL_new(server_context));
    BIO *a = nullptr, *b = nullptr;
    if (BIO_new_bio_pair(&a, 0, &b, 0) != 1) throw std::runtime_error("no memory");
    SSL_set_bio(client.get(), a, a);
    SSL_set_bio(server.get(), b, b);
    SSL_set_connect_state(client.get());
    SSL_set_accept_state(server.get());
    for (int turn = 0; turn < 20; ++turn) {
        const bool done = SSL_do_handshake(client.get()) == 1;
        if (SSL_do_handshake(server.get()) == 1 && done) return;
    }
    throw std::runtime_error("the handshake of the floor does not end");
}

}  // namespace

LoadResult run_load(const Load& load, Connections connections) {
    const auto context = client_context();
    std::atomic<std::size_t> next{0}, good{0}, failed{0};
    const auto begin = Clock::now();
    const auto end = begin + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(load.seconds));
    std::vector<std::thread> threads;
    for (int i = 0; i < load.clients; ++i) {
        threads.emplace_back([&] {
            Client client(context.get(), load.port);
            for (std::size_t at = next++; at < load.bodies.size() && Clock::now() < end; at = next++) {
                const bool each = connections == Connections::one_per_request;
                ++(client.ask(request_of(load, load.bodies[at], each)) ? good : failed);
                if (each) client.close();
            }
        });
    }
    for (auto& thread : threads) thread.join();
    const double took = std::chrono::duration<double>(Clock::now() - begin).count();
    if (good == 0) throw std::runtime_error("no request was answered with 200");
    return {static_cast<double>(good) / took, failed};
}

Floor measure_floor() {
    const auto root = test::make_root("floor");
    const auto leaf = test::issue({"localhost", "localhost"}, root);
    const auto client = client_context();
    const Context server(SSL_CTX_new(TLS_server_method()));
    SSL_CTX_use_certificate(server.get(), leaf.certificate.native());
    SSL_CTX_use_PrivateKey(server.get(), leaf.key.native());
    SSL_CTX_set_session_cache_mode(server.get(), SSL_SESS_CACHE_OFF);
    const auto csr = x509::make_request({{"CN", "floor"}}, leaf.key);
    const x509::TrustStore store({root.certificate});
    Floor floor;
    floor.handshake_ms = median_ms([&] { shake_hands(client.get(), server.get()); });
    floor.enrolment_ms = median_ms([&] {
        if (!csr.verify_signature()) throw std::runtime_error("the request of the floor is bad");
        test::CertificateSpec spec;
        spec.common_name = "floor";
        const auto issued = test::make_certificate(spec, csr.public_key(), root.key, &root.certificate);
        if (!store.verify(issued)) throw std::runtime_error("the certificate of the floor is bad");
    });
    return floor;
}

}  // namespace opencapf::bench
