// SPDX-License-Identifier: Apache-2.0
#include "opencapf/net/listener.hpp"

#include "tls_stream.hpp"

#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <condition_variable>
#include <future>
#include <list>
#include <mutex>
#include <optional>
#include <sys/socket.h>
#include <system_error>

namespace opencapf::net {

namespace asio = boost::asio;

namespace {
constexpr std::chrono::seconds kCloseLimit{2};  // loops that do not run must not block a shutdown
constexpr Duration kHoldStep{200};              // how soon a drain is noticed
}  // namespace

struct Listener::Impl : std::enable_shared_from_this<Listener::Impl> {
    Impl(LoopPool& pool, const ListenerConfig& c, std::optional<TlsServerContext> context, Session s, ListenerEvents e)
        : loops(pool),
          config(c),
          session(std::move(s)),
          events(std::move(e)),
          tls(std::move(context)),
          acceptor(pool[0].context()),
          breakers(pool.size()) {}

    void open();
    void bind();
    void adopt();
    Task<> accept();
    Task<> run(Loop& loop, Tcp::socket socket, Endpoint remote);
    Task<> serve(Loop& loop, Tcp::socket socket, Endpoint remote);
    Task<Result<std::unique_ptr<Stream>>> open_stream(Tcp::socket socket, std::optional<TlsServerContext> chosen);
    Task<> hold(Loop& loop, Duration delay);
    void finished();
    bool wait_until_quiet(Duration limit);

    LoopPool& loops;
    const ListenerConfig config;
    const Session session;
    const ListenerEvents events;
    std::function<Opening(const Endpoint&)> opener;  // may be empty
    std::mutex mutex;                                // guards tls; also pairs with `quiet`
    std::optional<TlsServerContext> tls;             // nothing: no TLS is spoken here
    Endpoint bound;
    Tcp::acceptor acceptor;                                  // on loop 0
    std::vector<std::list<std::function<void()>>> breakers;  // per loop, touched on its thread only
    std::atomic<std::size_t> running{0};
    std::atomic<bool> stopping{false};
    std::condition_variable quiet;
};

void Listener::Impl::open() {
    config.descriptor < 0 ? bind() : adopt();
    boost::system::error_code ignored;
    bound = to_endpoint(acceptor.local_endpoint(ignored));
}

void Listener::Impl::adopt() {
    sockaddr_storage address{};
    socklen_t length = sizeof address;
    if (::getsockname(config.descriptor, reinterpret_cast<sockaddr*>(&address), &length) != 0)
        throw std::system_error(errno, std::generic_category(), "the socket of the service manager is unusable");
    const auto protocol = address.ss_family == AF_INET6 ? Tcp::v6() : Tcp::v4();
    acceptor.assign(protocol, config.descriptor);
}

void Listener::Impl::bind() {
    const std::string where = config.address + ":" + std::to_string(config.port);
    boost::system::error_code ec;
    const auto address = asio::ip::make_address(config.address, ec);
    if (ec) throw std::runtime_error("listen address " + config.address + " is not a numeric IP address");
    const Tcp::endpoint endpoint(address, config.port);
    acceptor.open(endpoint.protocol());
    acceptor.set_option(Tcp::acceptor::reuse_address(true));
    acceptor.bind(endpoint, ec);
    if (!ec) acceptor.listen(config.backlog, ec);
    if (ec)
        throw std::system_error(std::error_code(ec),
                                "cannot listen on " + where + " (is another program using the port? see: ss -ltnp)");
}

Task<> Listener::Impl::accept() {
    const auto self = shared_from_this();
    std::size_t next = 0;
    std::chrono::steady_clock::time_point next_report{};
    while (!stopping) {
        Loop& loop = loops[next++ % loops.size()];
        Tcp::endpoint peer;
        Tcp::socket socket(loop.context());
        const auto [ec] = co_await acceptor.async_accept(socket, peer, asio::as_tuple(asio::use_awaitable));
        if (stopping) co_return;
        if (ec) {
            // Out of descriptors, or the client left before accept: waiting a moment keeps the loop from spinning.
            const auto now = std::chrono::steady_clock::now();
            if (events.accept_failed && now >= next_report) {
                next_report = now + std::chrono::seconds(1);
                events.accept_failed(Error{Errc::unavailable, "cannot accept a connection: " + ec.message()});
            }
            co_await loops[0].sleep(Duration(50));
            continue;
        }
        const Endpoint remote = to_endpoint(peer);
        if (running >= config.max_connections) {
            if (events.refused_too_many) events.refused_too_many(remote);
            continue;
        }
        ++running;
        auto moved = std::make_shared<Tcp::socket>(std::move(socket));
        loop.spawn([self, &loop, moved, remote] { return self->run(loop, std::move(*moved), remote); });
    }
}

Task<> Listener::Impl::run(Loop& loop, Tcp::socket socket, Endpoint remote) {
    const auto self = shared_from_this();
    std::string defect;
    try {
        co_await serve(loop, std::move(socket), remote);
    } catch (const std::exception& error) {
        defect = error.what();
    }
    if (!defect.empty() && events.session_failed) events.session_failed(remote, defect);
    finished();
}

Task<Result<std::unique_ptr<Stream>>> Listener::Impl::open_stream(Tcp::socket socket,
                                                                  std::optional<TlsServerContext> chosen) {
    const std::optional<TlsServerContext> context = [this, &chosen] {
        const std::lock_guard lock(mutex);
        return tls && chosen ? chosen : tls;
    }();
    if (!context) co_return plain_stream(std::move(socket));
    std::string no_name;
    co_return co_await shake_hands(std::move(socket), context->native(), true, std::move(no_name),
                                   config.handshake_timeout);
}

// In steps, as nothing is registered yet that drain() could break.
Task<> Listener::Impl::hold(Loop& loop, Duration delay) {
    const auto end = std::chrono::steady_clock::now() + delay;
    while (!stopping) {
        const auto left = std::chrono::ceil<Duration>(end - std::chrono::steady_clock::now());
        if (left <= Duration(0)) co_return;
        co_await loop.sleep(std::min(left, kHoldStep));
    }
}

Task<> Listener::Impl::serve(Loop& loop, Tcp::socket socket, Endpoint remote) {
    Opening opening;
    if (opener) opening = opener(remote);
    if (opening.delay > Duration(0)) co_await hold(loop, opening.delay);
    if (opening.end != Opening::End::serve) {
        const auto unheard = plain_stream(std::move(socket));
        if (opening.end == Opening::End::reset) {
            unheard->reset();
        } else {
            co_await unheard->close(kCloseLimit);
        }
        co_return;
    }
    auto stream = co_await open_stream(std::move(socket), std::move(opening.tls));
    if (!stream) {
        if (events.handshake_failed) events.handshake_failed(remote, stream.error());
        co_return;
    }
    // Registered until the session is over, so that drain() can break its connection.
    struct Registration {
        std::list<std::function<void()>>& list;
        std::list<std::function<void()>>::iterator at;
        ~Registration() { list.erase(at); }
    };
    auto& list = breakers[loop.index()];
    const Registration registration{list, list.insert(list.end(), (*stream)->breaker())};
    co_await session(loop, std::move(*stream));
}

void Listener::Impl::finished() {
    const std::lock_guard lock(mutex);
    if (--running == 0) quiet.notify_all();
}

bool Listener::Impl::wait_until_quiet(Duration limit) {
    std::unique_lock lock(mutex);
    return quiet.wait_for(lock, limit, [this] { return running == 0; });
}

Listener::Listener(LoopPool& loops, const ListenerConfig& config, TlsServerContext tls, Session session,
                   ListenerEvents events)
    : impl_(std::make_shared<Impl>(loops, config, std::move(tls), std::move(session), std::move(events))) {
    impl_->open();
}

Listener::Listener(LoopPool& loops, const ListenerConfig& config, Session session, ListenerEvents events)
    : impl_(std::make_shared<Impl>(loops, config, std::nullopt, std::move(session), std::move(events))) {
    impl_->open();
}

Listener::~Listener() { impl_->stopping = true; }

std::uint16_t Listener::port() const noexcept { return impl_->bound.port; }

std::string Listener::local_address() const {
    const auto& address = impl_->bound.address;
    const bool v6 = address.find(':') != std::string::npos;
    return (v6 ? '[' + address + ']' : address) + ':' + std::to_string(impl_->bound.port);
}

void Listener::start() {
    impl_->loops[0].spawn([impl = impl_] { return impl->accept(); });
}

void Listener::set_opener(std::function<Opening(const Endpoint&)> opener) { impl_->opener = std::move(opener); }

void Listener::replace_tls(TlsServerContext tls) {
    const std::lock_guard lock(impl_->mutex);
    if (impl_->tls) impl_->tls = std::move(tls);
}

std::size_t Listener::sessions() const noexcept { return impl_->running; }

bool Listener::draining() const noexcept { return impl_->stopping; }

std::size_t Listener::drain(Duration grace) {
    impl_->stopping = true;
    // Waits for the close: later connects have to be refused at once, not hang in the backlog.
    const auto closed = std::make_shared<std::promise<void>>();
    impl_->loops[0].post([impl = impl_, closed] {
        boost::system::error_code ignored;
        impl->acceptor.close(ignored);
        closed->set_value();
    });
    closed->get_future().wait_for(kCloseLimit);
    if (impl_->wait_until_quiet(grace)) return 0;
    for (std::size_t i = 0; i < impl_->loops.size(); ++i) {
        impl_->loops[i].post([impl = impl_, i] {
            for (const auto& break_connection : impl->breakers[i]) break_connection();
        });
    }
    impl_->wait_until_quiet(grace);
    return impl_->running;
}

}  // namespace opencapf::net
