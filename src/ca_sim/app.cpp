// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/app.hpp"

#include "ca_sim/faults/fault_admin.hpp"
#include "ca_sim/faults/fault_effects.hpp"
#include "ca_sim/logon.hpp"
#include "ca_sim/site.hpp"
#include "opencapf/base/text.hpp"
#include "opencapf/log/operator_log.hpp"
#include "opencapf/process/admin_message.hpp"
#include "opencapf/process/control.hpp"
#include "opencapf/process/server_config.hpp"

#include <fmt/format.h>

namespace opencapf::ca_sim {
// Order of members is order of life: loops outlive what posts to them, the listener goes first.
struct App::Impl {
    Impl(Config given, WallClock clock)
        : config(std::move(given)),
          metrics_server(config.metrics, kMetricsPrefix, registry, metric_sources()),
          loops(process::or_processors(config.loops)),
          pool(process::or_processors(config.workers)),
          current(config),
          lockout(std::make_shared<Lockout>(clock)),
          logon(make_logon(config, configured_accounts(config), lockout)),
          ca(config, pool, clock, Metrics(registry)),
          w3c(config.log_directory, clock(), config.log_format),
          faults(config, ca, pool, clock),
          site(config, ca, faults, clock),
          listener(
              loops, config.listen, net::TlsServerContext(config.tls),
              [this](net::Loop&, std::unique_ptr<net::Stream> stream) { return session(std::move(stream)); },
              ca.metrics().sessions.counted(process::operator_log_events())),
          control(loops, "ca-simd", config.admin_socket,
                  {[this] { return reload(); }, [this] { return status(); },
                   [this](std::string line) { return command(std::move(line)); }}),
          source(config.source) {
        log::set_level(config.log_level);
        lockout->set_policy(config.authentication.lockout);
        ca.recover();
        faults.table().replace_configured(faults.prepare(config.faults));
        listener.set_opener([this](const net::Endpoint& remote) { return opening(remote); });
        const auto expiry = ca.issuer().chain().front().not_after().time_since_epoch();
        ca.metrics().certificate_expiry.set(std::chrono::duration<double>(expiry).count());
    }

    Task<> session(std::unique_ptr<net::Stream> stream) {
        ca.metrics().sessions.session_started();
        auto connection = std::make_unique<SiteConnection>(site, logon.get(), w3c, pool, *stream);
        return http::serve(std::move(stream), current.get()->limits, std::move(connection),
                           [this] { return listener.draining(); });
    }

    /// What a connection gets before TLS.
    net::Opening opening(const net::Endpoint& remote) {
        const MetFaults met = faults.table().take_connection();
        for (const MetFaults::Met& one : met.list()) {
            log::info(fmt::format("fault {} {} shown to {} at its connection", one.id, to_string(one.spec.kind),
                                  remote.address));
        }
        return opening_of(met);
    }

    Task<std::string> command(std::string line) {
        auto request = process::parse_admin_request(line);
        if (!request) co_return process::admin_answer(fail(request.error()));
        Result<process::AdminJson> answer = fail(Errc::malformed, "command: unknown command");
        try {
            const auto given = co_await answer_fault_command(faults, std::move(*request));
            if (given) answer = *given;
        } catch (const std::exception& error) {
            log::error(std::string("admin socket: ") + error.what());
            answer = fail(Errc::internal, error.what());
        }
        co_return process::admin_answer(answer);
    }

    /// All that can fail comes first, so that a mistake leaves everything as it was.
    void apply(Config fresh) {
        auto fresh_logon = std::make_shared<const Logon>(make_logon(fresh, configured_accounts(fresh), lockout));
        const bool other_faults = fresh.faults != current.get()->faults;
        auto fresh_faults = other_faults ? faults.prepare(fresh.faults) : std::vector<PreparedFault>();
        listener.replace_tls(net::TlsServerContext(fresh.tls));
        lockout->set_policy(fresh.authentication.lockout);
        lockout->retain(fresh_logon->accounts.names());
        logon.set(std::move(fresh_logon));
        w3c.set_format(fresh.log_format, site.clock()());
        ca.replace_templates(fresh.templates);
        if (other_faults) faults.table().replace_configured(std::move(fresh_faults));
        if (fresh.log_level != current.get()->log_level) log::set_level(fresh.log_level);
        current.set(std::make_shared<const Config>(std::move(fresh)));
    }

    process::ReloadReport reload() {
        process::ReloadReport report;
        try {
            w3c.reopen(site.clock()());
        } catch (const std::exception& problem) {
            report.problems.emplace_back(problem.what());
        }
        const auto running_config = current.get();
        process::reload_config(
            source, *running_config, load_config, [this](Config fresh) { apply(std::move(fresh)); }, report);
        return report;
    }

    [[nodiscard]] process::Status status() const {
        process::Status status;
        if (listener.draining()) status.not_ready.emplace_back("stopping");
        const auto settings = current.get();
        status.facts = {{"https", listener.local_address()},
                        {"sessions", std::to_string(listener.sessions())},
                        {"ca", ca.issuer().display_name()},
                        {"domain", settings->domain.netbios},
                        {"accounts", std::to_string(settings->accounts.size())},
                        {"kerberos", logon.get()->settings.kerberos ? "on" : "off"},
                        {"templates", std::to_string(settings->templates.size())},
                        {"faults", std::to_string(faults.table().list().size())}};
        return status;
    }

    metrics::Sources metric_sources() {
        metrics::Sources sources;
        sources.collect = [this](net::Loop&) -> Task<> {
            collect();
            co_return;
        };
        sources.not_ready = [this](net::Loop&) { return not_ready(); };
        return sources;
    }

    void collect() {
        const Metrics& metrics = ca.metrics();
        metrics.sessions.sessions(listener.sessions());
        metrics.stored.set(static_cast<double>(ca.store().stored()));
        metrics.database_queue.set(static_cast<double>(ca.store().queued()));
    }

    Task<std::vector<std::string>> not_ready() {
        auto reasons = status().not_ready;
        std::string trouble;
        try {
            co_await ca.store().ping();
        } catch (const std::exception& problem) {
            trouble = problem.what();
        }
        if (!trouble.empty()) reasons.push_back("the database of requests takes no changes: " + trouble);
        if (ca.issuer().chain().front().not_after() <= site.clock()())
            reasons.emplace_back("the CA certificate has expired");
        co_return reasons;
    }

    const Config config;  ///< of the start: what needs a restart
    metrics::Registry registry{metric_families()};
    metrics::Server metrics_server;
    net::LoopPool loops;
    net::WorkPool pool;
    Current<Config> current;
    const std::shared_ptr<Lockout> lockout;
    Current<Logon> logon;
    CertificateAuthority ca;
    W3cLog w3c;
    FaultService faults;
    Site site;
    net::Listener listener;
    process::Control control;
    config::Source source;  // touched by reload() only
    bool running = false;
};

App::App(Config config, WallClock clock) : impl_(std::make_unique<Impl>(std::move(config), std::move(clock))) {}

App::~App() { stop(); }

void App::start() {
    impl_->running = true;
    impl_->loops.start();
    impl_->metrics_server.start(impl_->loops);
    impl_->control.start();
    impl_->listener.start();
    log::info(fmt::format("ca-simd {} serves https://{}:{}/certsrv as {} for domain {}: {} accounts, {} templates",
                          OPENCAPF_VERSION, impl_->config.host_name, port(), impl_->ca.issuer().display_name(),
                          impl_->config.domain.netbios, impl_->config.accounts.size(), impl_->config.templates.size()));
    for (const Template& entry : impl_->config.templates) {
        if (entry.allow_unsigned_requests) {
            log::warn("template " + entry.name + " accepts requests without proof of possession");
        }
    }
}

void App::stop() {
    if (!impl_->running) return;
    impl_->running = false;
    impl_->metrics_server.draining();
    impl_->control.stop();
    impl_->listener.drain(impl_->current.get()->drain);
    impl_->metrics_server.stop();
    impl_->loops.stop();
    impl_->w3c.flush();
}

void App::reload() { impl_->control.reload(); }

net::LoopPool& App::loops() { return impl_->loops; }

std::uint16_t App::port() const noexcept { return impl_->listener.port(); }

std::uint16_t App::metrics_port() const noexcept { return impl_->metrics_server.port(); }

void App::flush_log() { impl_->w3c.flush(); }

std::string App::log_path() const { return impl_->w3c.path(); }

std::unique_ptr<process::App> make_app(const std::string& config_path, bool check_only) {
    Config config = load_config(config_path);
    if (check_only) return nullptr;
    config.listen.descriptor = process::activated_socket();
    return std::make_unique<App>(std::move(config));
}

}  // namespace opencapf::ca_sim
