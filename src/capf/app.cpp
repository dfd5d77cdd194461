// SPDX-License-Identifier: Apache-2.0
#include "capf/app.hpp"

#include "capf/admin.hpp"
#include "capf/phone_trust.hpp"
#include "capf/session/session.hpp"
#include "opencapf/base/text.hpp"
#include "opencapf/log/operator_log.hpp"
#include "opencapf/process/server_config.hpp"

namespace opencapf::capf {
namespace {

constexpr net::Duration kAxlGrace{2'000};  // a call takes milliseconds

std::vector<std::unique_ptr<LoopState>> make_states(net::LoopPool& loops,
                                                    const std::shared_ptr<const IssuerParts>& shared,
                                                    std::size_t max_concurrent) {
    std::vector<std::unique_ptr<LoopState>> states;
    const std::size_t enrolments = std::max<std::size_t>(1, max_concurrent / loops.size());
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
    return service.metrics.sessions.counted(std::move(events));
}

}  // namespace

App::App(const Config& config)
    : metrics_server_(config.metrics, kMetricsPrefix, registry_, metric_sources()),
      loops_(process::or_processors(config.loops)),
      service_(config, registry_),
      states_(make_states(loops_, service_.issuer_parts.get(), config.est.max_concurrent)),
      listener_(
          loops_, config.listen, net::TlsServerContext(config.tls),
          [this](net::Loop& loop, std::unique_ptr<net::Stream> stream) {
              stream->keep_alive(std::chrono::minutes(service_.config()->enterprise.keep_alive_minutes));
              service_.metrics.sessions.session_started();
              return run_session(service_, *states_[loop.index()], std::move(stream));
          },
          listener_events(service_)),
      monitor_(service_, loops_[loops_.size() - 1]),
      bulk_(service_, loops_[loops_.size() - 1]),
      axl_(config.axl.enabled ? std::make_unique<axl::Server>(loops_, config.axl, service_) : nullptr),
      control_(loops_, "capfd", config.admin_socket,
               {[this] { return reload_now(); }, [this] { return status(); },
                [this](std::string line) { return handle_admin(service_, loops_[0], std::move(line)); }}),
      source_(config.source) {
    log::set_level(config.log_level);
    listener_.set_opener([this](const net::Endpoint& remote) { return open(remote); });
    if (service_.member) heart_.emplace(loops_[loops_.size() - 1], "cluster", [this] { return heartbeat(); });
    if (config.tls.legacy_phones) log::warn("legacy_phones is on: TLS 1.0, SHA-1 and security level 0 for every phone");
}

App::~App() {
    metrics_server_.stop();
    monitor_.stop();
    bulk_.stop();
    if (heart_) heart_->stop();
    loops_.stop();
}

net::Opening App::open(const net::Endpoint& remote) {
    net::Opening opening;
    if (service_.config()->enterprise.enable_ipv6 || !remote.is_ipv6()) return opening;
    service_.trace.emit(event::Ipv6Refused{remote.address});
    log::warn(remote.address + " refused: enterprise_parameters/enable_ipv6 is off");
    opening.end = net::Opening::End::reset;
    return opening;
}

void App::start() {
    const auto config = service_.config();
    const ServiceParameters& parameters = config->service;
    service_.trace.emit(event::ServiceParametersRead{
        parameters.certificate_issuer, parameters.online_ca_type, parameters.online_ca_hostname,
        parameters.online_ca_port, parameters.online_ca_template, parameters.enrollment_profile_label});
    if (parameters.online()) service_.trace.emit(event::EstClientReady{service_.issuer_parts.get()->trust_length});
    loops_.start();
    if (heart_) heart_->start();
    metrics_server_.start(loops_);
    control_.start();
    listener_.start();
    monitor_.start();
    bulk_.start();
    if (axl_) axl_->start();
    log::info("phones may connect to " + listener_.local_address());
    if (axl_) log::info("AXL scripts may connect to " + axl_->local_address());
}

void App::stop() {
    metrics_server_.draining();
    control_.stop();
    monitor_.stop();
    bulk_.stop();
    if (axl_ && axl_->drain(kAxlGrace) > 0) log::warn("AXL requests did not end in time");
    if (const auto left = listener_.drain(service_.config()->drain_timeout); left > 0)
        log::warn(std::to_string(left) + " sessions did not end in time; their operations stay armed");
    if (heart_) heart_->stop();
    metrics_server_.stop();
    loops_.stop();
}

// All that can fail comes first, so that a mistake leaves everything as it was.
void App::apply(Config fresh) {
    const auto parts = std::make_shared<const IssuerParts>(load_issuer_parts(fresh));
    auto phone_trust =
        std::make_shared<const x509::TrustStore>(load_phone_trust(fresh.phone_trust, fresh.tls.certificate_file));
    std::optional<axl::Server::Fresh> axl;
    if (axl_ && fresh.axl.enabled) axl = axl::Server::load(fresh.axl);  // switching it off waits for a restart
    listener_.replace_tls(net::TlsServerContext(fresh.tls));
    if (axl) axl_->use(std::move(*axl));
    for (auto& state : states_) {
        state->loop.post([&state = *state, parts] { state.use(parts); });
    }
    service_.issuer_parts.set(parts);
    service_.phone_trust.set(std::move(phone_trust));
    if (fresh.log_level != service_.config()->log_level) log::set_level(fresh.log_level);
    service_.current_config.set(std::make_shared<const Config>(std::move(fresh)));
    monitor_.wake();
    bulk_.wake();
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

// Trouble must not keep it from the next sign of life: Periodic would pause for a minute.
Task<net::Duration> App::heartbeat() {
    cluster::Member& member = *service_.member;
    const bool led = member.leads();
    cluster::Beat beat;
    std::string trouble;
    try {
        beat = co_await member.beat();
    } catch (const std::exception& error) {
        trouble = error.what();
    }
    if (!trouble.empty()) {
        log::error("cluster: no sign of life in the database: " + trouble);
        co_return member.interval();
    }
    if (beat.rejoined) log::warn("cluster: the others had given this instance up; its sessions begin again");
    for (const auto& dead : beat.reaped)
        log::warn("cluster: instance " + dead.name + " gave no sign of life and is given up, " +
                  std::to_string(dead.interrupted) + " certificates were on their way to phones");
    service_.active.keep_only(beat);
    if (member.leads() != led) {
        log::info(std::string("cluster: this instance ") + (led ? "no longer leads" : "leads now"));
        monitor_.wake();
        bulk_.wake();
    }
    co_return member.interval();
}

process::Status App::status() const {
    process::Status status;
    if (listener_.draining()) status.not_ready.emplace_back("stopping");
    status.facts = {{"phones", listener_.local_address()}, {"sessions", std::to_string(listener_.sessions())}};
    if (service_.member) {
        status.facts.emplace_back("cluster", service_.member->describe());
        if (!service_.member->alive()) status.not_ready.emplace_back("the lease of this instance has ended");
    }
    for (auto& fact : monitor_.facts()) status.facts.push_back(std::move(fact));
    return status;
}

metrics::Sources App::metric_sources() {
    metrics::Sources sources;
    sources.collect = [this](net::Loop&) { return collect(); };
    sources.not_ready = [this](net::Loop& loop) { return not_ready(loop); };
    return sources;
}

Task<> App::collect() {
    const Metrics& metrics = service_.metrics;
    metrics.sessions.sessions(listener_.sessions());
    metrics.database_queue.set(static_cast<double>(service_.devices.queued()));
    const auto figures = co_await service_.devices.figures(unix_seconds(std::chrono::system_clock::now()));
    metrics.show(figures);
}

Task<std::vector<std::string>> App::not_ready(net::Loop& loop) {
    auto reasons = status().not_ready;
    std::string trouble;
    try {
        co_await service_.devices.ping();
    } catch (const std::exception& error) {
        trouble = error.what();
    }
    if (!trouble.empty()) reasons.push_back("the database takes no changes: " + trouble);
    const auto parts = service_.issuer_parts.get();
    if (!parts->est) co_return reasons;
    if (service_.est_server.due()) co_await ask_est_server(loop, *parts->est);
    if (service_.est_server.good() == false)
        reasons.push_back("the EST server " + parts->est->host + ':' + std::to_string(parts->est->port) +
                          " does not answer as it should");
    co_return reasons;
}

// Only when no enrolment has asked it lately. It must also have the CA's certificates: without them it enrols nobody.
Task<> App::ask_est_server(net::Loop& loop, est::ClientConfig config) {
    est::Client client(loop, std::move(config));
    const auto answer = co_await client.cacerts();
    service_.est_server.report(answer.ok());
    if (!answer.ok()) log::warn("the EST server does not answer as it should: " + answer.detail);
}

}  // namespace opencapf::capf
