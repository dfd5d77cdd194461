// SPDX-License-Identifier: Apache-2.0
#include "opencapf/process/admin_socket.hpp"

#include "opencapf/log/operator_log.hpp"

#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <filesystem>
#include <list>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>

namespace opencapf::process {
namespace {

namespace asio = boost::asio;
using Local = asio::local::stream_protocol;
constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kMaxLine = 64 * 1024, kMaxClients = 32;
constexpr std::chrono::seconds kSilence{30};

// Asio throws for a longer one.
bool fits(const std::string& path) { return path.size() < sizeof sockaddr_un{}.sun_path; }

}  // namespace

struct AdminSocket::Impl : std::enable_shared_from_this<AdminSocket::Impl> {
    Impl(net::Loop& l, std::string p, Handler h)
        : loop(l), path(std::move(p)), handler(std::move(h)), acceptor(l.context()) {}
    void open();
    Task<> accept();
    Task<> serve(std::shared_ptr<Local::socket> socket);

    net::Loop& loop;
    const std::string path;
    const Handler handler;
    Local::acceptor acceptor;
    std::size_t clients = 0;
    std::atomic<bool> stopping{false};
};

void AdminSocket::Impl::open() {
    if (!fits(path))
        throw std::system_error(std::make_error_code(std::errc::filename_too_long), "admin socket " + path);
    const Local::endpoint endpoint(path);
    boost::system::error_code ec;
    Local::socket probe(loop.context());
    probe.connect(endpoint, ec);
    if (!ec)
        throw std::system_error(std::make_error_code(std::errc::address_in_use),
                                "another process answers on the admin socket " + path + "; stop it first (./lab down)");
    std::error_code ignored;  // bind() reports what matters, also a file that is no socket: that one stays
    if (std::filesystem::is_socket(path, ignored)) std::filesystem::remove(path, ignored);
    acceptor.open(endpoint.protocol());
    // Nobody may connect between bind() and chmod().
    const auto mask = ::umask(0117);
    acceptor.bind(endpoint, ec);
    ::umask(mask);
    if (!ec) acceptor.listen(16, ec);
    if (ec) throw std::system_error(std::error_code(ec), "cannot listen on the admin socket " + path);
}

Task<> AdminSocket::Impl::accept() {
    const auto self = shared_from_this();
    while (!stopping) {
        auto socket = std::make_shared<Local::socket>(loop.context());
        const auto [ec] = co_await acceptor.async_accept(*socket, kAwait);
        if (stopping) co_return;
        if (ec || clients >= kMaxClients) {
            co_await loop.sleep(net::Duration(50));
            continue;
        }
        ++clients;
        loop.spawn([self, socket] { return self->serve(socket); });
    }
}

Task<> AdminSocket::Impl::serve(std::shared_ptr<Local::socket> socket) {
    const auto self = shared_from_this();
    asio::steady_timer timer(loop.context());
    std::string input;
    for (;;) {
        timer.expires_after(kSilence);
        auto on_silence = [weak = std::weak_ptr<Local::socket>(socket)](boost::system::error_code ec) {
            const auto waiting = weak.lock();
            boost::system::error_code ignored;
            if (!ec && waiting) waiting->cancel(ignored);
        };
        timer.async_wait(std::move(on_silence));
        auto buffer = asio::dynamic_buffer(input, kMaxLine);
        const auto [read_error, length] = co_await asio::async_read_until(*socket, buffer, '\n', kAwait);
        timer.cancel();
        if (read_error) break;
        std::string line = input.substr(0, length - 1);
        input.erase(0, length);
        std::string answer = co_await handler(std::move(line));
        answer += '\n';
        const auto [write_error, written] = co_await asio::async_write(*socket, asio::buffer(answer), kAwait);
        if (write_error || written != answer.size()) break;
    }
    --clients;
}

AdminSocket::AdminSocket(net::Loop& loop, std::string path, Handler handler)
    : impl_(std::make_shared<Impl>(loop, std::move(path), std::move(handler))) {
    impl_->open();
}

AdminSocket::~AdminSocket() = default;

void AdminSocket::start() {
    impl_->loop.spawn([impl = impl_] { return impl->accept(); });
}

void AdminSocket::stop() {
    if (impl_->stopping.exchange(true)) return;
    std::error_code ignored;
    std::filesystem::remove(impl_->path, ignored);
    impl_->loop.post([impl = impl_] {
        boost::system::error_code closing;
        impl->acceptor.close(closing);
    });
}

Result<std::string> admin_request(const std::string& socket_path, const std::string& line,
                                  std::chrono::seconds patience) {
    if (!fits(socket_path)) return fail(Errc::unreachable, socket_path + " is too long for a socket's path");
    asio::io_context context;
    Local::socket socket(context);
    boost::system::error_code ec;
    socket.connect(Local::endpoint(socket_path), ec);
    if (ec)
        return fail(Errc::unreachable, "no daemon answers on " + socket_path + " (" + ec.message() +
                                           "); is it running, and may you use the socket?");
    const timeval limit{patience.count(), 0};
    ::setsockopt(socket.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    asio::write(socket, asio::buffer(line + '\n'), ec);
    std::string answer;
    char buffer[4096];
    while (!ec && answer.find('\n') == std::string::npos) {
        const auto count = ::recv(socket.native_handle(), buffer, sizeof buffer, 0);
        if (count == 0) return fail(Errc::closed, "the daemon closed the admin socket without an answer");
        if (count < 0 && errno != EAGAIN)
            return fail(Errc::closed, "the daemon closed the admin socket: " + std::generic_category().message(errno));
        if (count < 0) return fail(Errc::timeout, "the daemon did not answer on " + socket_path);
        answer.append(buffer, static_cast<std::size_t>(count));
    }
    if (ec) return fail(Errc::closed, "cannot write to " + socket_path + ": " + ec.message());
    answer.erase(answer.find('\n'));
    return answer;
}

}  // namespace opencapf::process
