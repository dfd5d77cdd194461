// SPDX-License-Identifier: Apache-2.0
#include "opencapf/metrics/server.hpp"

#include "flight.hpp"
#include "opencapf/base/text.hpp"
#include "opencapf/http/server.hpp"
#include "opencapf/log/operator_log.hpp"
#include "opencapf/metrics/common.hpp"
#include "opencapf/net/listener.hpp"

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace opencapf::metrics {
namespace {

namespace asio = boost::asio;
using Reasons = std::vector<std::string>;

constexpr const char* kPlainText = "text/plain; charset=utf-8";
constexpr const char* kMetricsText = "text/plain; version=0.0.4; charset=utf-8";

// A Prometheus server or two, a service manager's probe and a person with curl; each asks a line.
net::ListenerConfig listener_config(const ServerConfig& config) {
    net::ListenerConfig result;
    result.address = config.address;
    result.port = config.port;
    result.backlog = 64;
    result.max_connections = 32;
    return result;
}

http::ServerLimits limits() {
    http::ServerLimits result;
    result.max_head_bytes = 8 * 1024;
    result.max_body_bytes = 1024;
    result.idle_timeout = net::Duration(90'000);  // longer than one usual interval between two scrapes
    result.head_timeout = net::Duration(5'000);
    result.body_timeout = net::Duration(5'000);
    return result;
}

http::Response answer(unsigned status, const char* type, std::string body) {
    http::Response response;
    response.status = status;
    response.headers.add("Content-Type", type);
    response.headers.add("Cache-Control", "no-store");
    response.body = std::move(body);
    return response;
}

http::Response verdict(const Reasons& reasons) {
    if (reasons.empty()) return answer(200, kPlainText, "ok\n");
    std::string body;
    for (const auto& reason : reasons) body += printable(reason) + "\n";
    return answer(503, kPlainText, std::move(body));
}

std::string seconds(net::Duration duration) {
    return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(duration).count()) + " s";
}

}  // namespace

struct Server::Impl {
    Impl(const ServerConfig& given, const std::string& prefix, const Registry& metrics, Sources given_sources)
        : config(given),
          sources(std::move(given_sources)),
          registry(metrics),
          process(metrics),
          ready(metrics.gauge(prefix + "_ready")),
          loops(1),
          collecting(loops[0], [this] { return collect(); }),
          checking(loops[0], [this] { return check_readiness(); }),
          pinging(loops[0], [this] { return ping(); }) {
        if (!config.enabled) return;
        net::ListenerEvents events;
        events.session_failed = [](const net::Endpoint& remote, const std::string& what) {
            log::error(remote.address + ": a request for metrics ended with a defect: " + what);
        };
        auto session = [this](net::Loop&, std::unique_ptr<net::Stream> stream) { return serve(std::move(stream)); };
        listener = std::make_unique<net::Listener>(loops, listener_config(config), std::move(session), events);
    }

    Task<> serve(std::unique_ptr<net::Stream> stream);
    Task<http::Response> handle(std::string path);
    Task<http::Response> metrics();
    Task<Reasons> health();
    Task<Reasons> readiness(Flight::Deadline deadline);
    Task<> collect();
    Task<> check_readiness();
    Task<> ping();
    [[nodiscard]] Flight::Deadline deadline() const { return std::chrono::steady_clock::now() + sources.patience; }

    const ServerConfig config;
    const Sources sources;
    const Registry& registry;
    const ProcessMetrics process;
    const Gauge ready;
    std::atomic<bool> draining{false};
    net::LoopPool* watched = nullptr;  // set before the loop runs
    bool running = false;              // of start() and stop()
    // On the loop, as everything below.
    std::size_t answered = 0;  // loops that answered in the ping under way
    Reasons reasons;           // of the last readiness check
    net::LoopPool loops;
    Flight collecting, checking, pinging;
    std::unique_ptr<net::Listener> listener;
};

namespace {

class Connection final : public http::Connection {
public:
    using Handler = std::function<Task<http::Response>(std::string path)>;
    explicit Connection(Handler handler) : handler_(std::move(handler)) {}

    Task<http::Response> handle(const http::Request& request) override {
        const bool known = request.path == "/metrics" || request.path == "/healthz" || request.path == "/readyz";
        if (!known) co_return answer(404, kPlainText, "here are /metrics, /healthz and /readyz\n");
        if (request.method != "GET" && request.method != "HEAD") {
            auto refused = answer(405, kPlainText, "GET only\n");
            refused.headers.add("Allow", "GET, HEAD");
            co_return refused;
        }
        std::string path = request.path;
        co_return co_await handler_(std::move(path));
    }

private:
    Handler handler_;
};

}  // namespace

Task<> Server::Impl::serve(std::unique_ptr<net::Stream> stream) {
    Connection::Handler handler = [this](std::string path) { return handle(std::move(path)); };
    return http::serve(std::move(stream), limits(), std::make_unique<Connection>(std::move(handler)));
}

Task<http::Response> Server::Impl::handle(std::string path) {
    if (path == "/metrics") co_return co_await metrics();
    Reasons found;
    if (path == "/healthz") {
        found = co_await health();
    } else {
        found = co_await readiness(deadline());
    }
    co_return verdict(found);
}

Task<http::Response> Server::Impl::metrics() {
    const auto until = deadline();
    const auto collection = collecting.start();  // at the same time as the readiness check
    const Reasons found = co_await readiness(until);
    ready.set(found.empty() ? 1 : 0);
    const bool fresh = co_await collecting.landed(collection, until);
    if (!fresh) log::warn("metrics are older than usual: nothing was collected within " + seconds(sources.patience));
    co_return answer(200, kMetricsText, registry.text());
}

Task<Reasons> Server::Impl::health() {
    Reasons found;
    const bool all = co_await pinging.landed(pinging.start(), deadline());
    if (!all)
        found.push_back("event loop " + std::to_string(answered) + " has not answered within " +
                        seconds(sources.patience));
    co_return found;
}

Task<Reasons> Server::Impl::readiness(Flight::Deadline until) {
    Reasons found;
    if (draining) {
        found.push_back("the daemon is stopping");
        co_return found;
    }
    const bool checked = co_await checking.landed(checking.start(), until);
    if (checked) co_return reasons;
    found.push_back("no answer from the daemon within " + seconds(sources.patience));
    co_return found;
}

Task<> Server::Impl::collect() {
    process.update();
    if (sources.collect) co_await sources.collect(loops[0]);
}

Task<> Server::Impl::check_readiness() {
    Reasons found;
    std::string defect;
    try {
        if (sources.not_ready) found = co_await sources.not_ready(loops[0]);
    } catch (const std::exception& error) {
        defect = error.what();
    }
    if (!defect.empty()) found.push_back("the readiness check failed: " + defect);
    reasons = std::move(found);
}

Task<> Server::Impl::ping() {
    for (answered = 0; answered < watched->size(); ++answered)
        co_await asio::post((*watched)[answered].context(), asio::use_awaitable);
}

Server::Server(const ServerConfig& config, const std::string& prefix, const Registry& registry, Sources sources)
    : impl_(std::make_unique<Impl>(config, prefix, registry, std::move(sources))) {}

Server::~Server() { stop(); }

void Server::start(net::LoopPool& watched) {
    impl_->watched = &watched;
    if (!impl_->listener) return;
    impl_->running = true;
    impl_->loops.start();
    impl_->listener->start();
    log::info("metrics and health on http://" + impl_->config.address + ":" + std::to_string(port()));
}

void Server::draining() { impl_->draining = true; }

void Server::stop() {
    if (!std::exchange(impl_->running, false)) return;
    impl_->listener->drain(net::Duration(0));
    impl_->loops.stop();
}

std::uint16_t Server::port() const noexcept { return impl_->listener ? impl_->listener->port() : 0; }

}  // namespace opencapf::metrics
