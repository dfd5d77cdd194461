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
      listener_(
          loops_, config.listen, net::TlsServerContext(config.tls),
          [this](net::Loop& loop, std::unique_ptr<net::Stream> stream) {
              return run_session(service_, *states_[loop.index()], std::move(stream));
          },
          listener_events(service_)),
      control_(loops_, "capfd", config.admin_socket,
               {[this] { return reload_now(); }, [this] { return status(); },
                [this](std::string line) { return handle_admin(service_, std::move(line)); }}),
      source_(config.source) {
    log::set_level(config.log_level);
    if (config.tls.legacy_phones) log::warn("legacy_phones is on: TLS 1.0, SHA-1 and security level 0 for every phone");
}

App::~App() { loops_.stop(); }

void App::start() {
    const auto config = service_.config();
    service_.trace.emit(event::ServiceParametersRead{config->ca_hostname, config->ca_port, config->ca_template});
    service_.trace.emit(event::EstClientReady{read_file(config->est.trust_file).size()});
    loops_.start();
    control_.start();
    listener_.start();
    log::info("phones may connect to " + listener_.local_address());
}

void App::stop() {
    control_.stop();
    if (const auto left = listener_.drain(service_.config()->drain_timeout); left > 0)
        log::warn(std::to_string(left) + " sessions did not end in time; their operations stay armed");
    loops_.stop();
}

// All that can fail comes first, so that a mistake leaves everything as it was.
void App::apply(Config fresh) {
    const est::ClientConfig est = est_config(fresh.est);
    listener_.replace_tls(net::TlsServerContext(fresh.tls));
    for (auto& state : states_) {
        state->loop.post([&state = *state, est] {
            state.est = std::make_shared<est::Client>(state.loop, est);
            state.ca_certificates.clear();
            state.next_ca_lookup = {};
        });
    }
    if (fresh.log_level != service_.config()->log_level) log::set_level(fresh.log_level);
    service_.current_config.set(std::make_shared<const Config>(std::move(fresh)));
}

process::ReloadReport App::reload_now() {
    process::ReloadReport report;
    try {
        service_.trace.reopen();
    } catch (const std::exception& error) {
        report.problems.emplace_back(error.what());
    }
    process::reload_config(
        source_, *service_.config(), read_config, [this](Config fresh) { apply(std::move(fresh)); }, report);
    return report;
}

process::Status App::status() const {
    process::Status status;
    if (listener_.draining()) status.not_ready.emplace_back("stopping");
    status.facts = {{"phones", listener_.local_address()}, {"sessions", std::to_string(listener_.sessions())}};
    return status;
}

}  // namespace opencapf::capf
