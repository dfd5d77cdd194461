// SPDX-License-Identifier: Apache-2.0
#include "capf/app.hpp"

#include "capf/admin.hpp"
#include "capf/session.hpp"
#include "opencapf/base/text.hpp"
#include "opencapf/log/operator_log.hpp"
#include "opencapf/process/server_config.hpp"

namespace opencapf::capf {
namespace {

est::ClientConfig est_config(const EstConfig& config) {
    est::ClientConfig result;
    result.host = config.host;
    result.port = config.port;
    result.path = config.path;
    result.trust = std::make_shared<x509::TrustStore>(x509::TrustStore::load_file(config.trust_file));
    result.user = config.user;
    result.password = config.password.line();
    result.preemptive_auth = config.preemptive_auth;
    result.connect_timeout = config.connect_timeout;
    result.read_timeout = config.read_timeout;
    result.maximum_tls_version = config.maximum_tls_version;
    result.resolve = config.resolve;
    return result;
}

std::vector<std::unique_ptr<LoopState>> make_states(net::LoopPool& loops, const EstConfig& config) {
    const est::ClientConfig shared = est_config(config);
    std::vector<std::unique_ptr<LoopState>> states;
    const std::size_t enrolments = std::max<std::size_t>(1, config.max_concurrent / loops.size());
    for (std::size_t i = 0; i < loops.size(); ++i)
        states.push_back(std::make_unique<LoopState>(loops[i], shared, enrolments));
    return states;
}

net::ListenerEvents listener_events(Service& service) {
    net::ListenerEvents events = process::operator_log_events();
    events.handshake_failed = [&service, log = events.handshake_failed](const net::Endpoint& remote,
                                                                        const Error& error) {
        service.trace.emit(event::HandshakeFailed{remote.address, error.message});
        log(remote, error);
    };
    events.refused_too_many = [&service, log = events.refused_too_many](const net::Endpoint& remote) {
        service.trace.emit(event::ConnectionRefused{remote.address});
        log(remote);
    };
    return events;
}

}  // namespace

App::App(const Config& config)
    : loops_(process::or_processors(config.loops)),
      service_(config),
      states_(make_states(loops_, config.est)),
      admin_(loops_[0], config.admin_socket,
             [this](std::string line) { return handle_admin(service_, std::move(line)); }),
      listener_(
          loops_, config.listen, net::TlsServerContext(config.tls),
          [this](net::Loop& loop, std::unique_ptr<net::Stream> stream) {
              return run_session(service_, *states_[loop.index()], std::move(stream));
          },
          listener_events(service_)) {
    if (config.tls.legacy_phones) log::warn("legacy_phones is on: TLS 1.0, SHA-1 and security level 0 for every phone");
}

App::~App() { loops_.stop(); }

void App::start() {
    const auto& config = service_.config;
    service_.trace.emit(event::ServiceParametersRead{config.ca_hostname, config.ca_port, config.ca_template});
    service_.trace.emit(event::EstClientReady{read_file(config.est.trust_file).size()});
    loops_.start();
    admin_.start();
    listener_.start();
    log::info("phones may connect to " + config.listen.address + ':' + std::to_string(port()));
}

void App::stop() {
    admin_.stop();
    if (const auto left = listener_.drain(service_.config.drain_timeout); left > 0)
        log::warn(std::to_string(left) + " sessions did not end in time; their operations stay armed");
    loops_.stop();
}

void App::reload() {
    service_.trace.reopen();
    try {
        listener_.replace_tls(net::TlsServerContext(service_.config.tls));
        log::info("trace opened again, CAPF certificate read again; everything else needs a restart");
    } catch (const std::exception& error) {
        log::error(std::string("the old CAPF certificate stays in use: ") + error.what());
    }
}

}  // namespace opencapf::capf
