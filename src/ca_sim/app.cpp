// SPDX-License-Identifier: Apache-2.0
#include "ca_sim/app.hpp"

#include "ca_sim/admin.hpp"
#include "ca_sim/faults/fault_effects.hpp"
#include "ca_sim/logon.hpp"
#include "ca_sim/overrides.hpp"
#include "ca_sim/site.hpp"
#include "opencapf/base/text.hpp"
#include "opencapf/log/operator_log.hpp"
#include "opencapf/process/admin_message.hpp"
#include "opencapf/process/control.hpp"
#include "opencapf/process/server_config.hpp"

#include <condition_variable>
#include <fmt/format.h>
#include <future>
#include <mutex>
#include <optional>

namespace opencapf::ca_sim {
namespace {

constexpr auto kCrlCheck = std::chrono::milliseconds(30'000);
constexpr auto kCommandGrace = std::chrono::seconds(30);
constexpr auto kPublicDrain = std::chrono::milliseconds(1000);

}  // namespace

// Order of members is order of life: loops outlive what posts to them, the listener goes first.
struct App::Impl {
    Impl(Config given, WallClock clock)
        : config(std::move(given)),
          metrics_server(config.metrics, kMetricsPrefix, registry, metric_sources()),
          loops(process::or_processors(config.loops)),
          pool(process::or_processors(config.workers)),
          current(config),
          lockout(std::make_shared<Lockout>(clock)),
          ca(config, pool, clock, Metrics(registry)),
          logon(make_logon(config, merge_accounts(config.accounts, ca.state().accounts()), lockout)),
          crls(ca),
          w3c(config.log_directory, clock(), config.log_format),
          faults(config, ca, pool, clock),
          site(config, ca, crls, faults, clock),
          admin{ca,
                crls,
                faults,
                [this] { apply_overrides(); },
                [this](const auto& authorities, const auto& accounts, const auto& templates) {
                    ca.check_authorities(authorities);
                    merge_accounts(current.get()->accounts, accounts);
                    merge_templates(current.get()->templates, templates);
                },
                [this](const std::string& account) { return unlock(account); },
                [this] { return accounts(); },
                [this] { return current.get()->templates; },
                config.domain.netbios + "\\Administrator"},
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
        ca.replace_templates(merge_templates(config.templates, ca.state().templates()));
        ca.recover();
        if (config.public_http.enabled) {
            public_listener.emplace(
                loops, config.public_http.listen,
                [this](net::Loop&, std::unique_ptr<net::Stream> stream) { return session(std::move(stream)); },
                process::operator_log_events());
        }
        faults.table().replace_configured(faults.prepare(config.faults));
        listener.set_opener([this](const net::Endpoint& remote) { return opening(remote); });
        const auto expiry = ca.issuer()->chain().front().not_after().time_since_epoch();
        ca.metrics().certificate_expiry.set(std::chrono::duration<double>(expiry).count());
    }

    Task<> session(std::unique_ptr<net::Stream> stream) {
        ca.metrics().sessions.session_started();
        auto connection = std::make_unique<SiteConnection>(site, logon, w3c, pool, *stream);
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

    /// Commands count, so that stop() can wait for the jobs they have on the pool.
    Task<std::string> command(std::string line) {
        {
            const std::lock_guard lock(commands_mutex);
            ++commands;
        }
        std::string answer = co_await handle_admin(admin, std::move(line));
        {
            const std::lock_guard lock(commands_mutex);
            --commands;
        }
        commands_done.notify_all();
        co_return answer;
    }

    void wait_for_commands() {
        std::unique_lock lock(commands_mutex);
        if (!commands_done.wait_for(lock, kCommandGrace, [this] { return commands == 0; }))
            log::error("a command of the admin socket was still at work at the end");
    }

    /// All that can fail comes first, so that a mistake leaves everything as it was.
    void apply(Config fresh) {
        const std::lock_guard lock(applying);
        auto fresh_logon = new_logon(fresh);
        auto templates = merge_templates(fresh.templates, ca.state().templates());
        const bool other_faults = fresh.faults != current.get()->faults;
        auto fresh_faults = other_faults ? faults.prepare(fresh.faults) : std::vector<PreparedFault>();
        listener.replace_tls(net::TlsServerContext(fresh.tls));
        lockout->set_policy(fresh.authentication.lockout);
        use(std::move(fresh_logon));
        w3c.set_format(fresh.log_format, site.clock()());
        ca.replace_templates(std::move(templates));
        if (other_faults) faults.table().replace_configured(std::move(fresh_faults));
        if (fresh.log_level != current.get()->log_level) log::set_level(fresh.log_level);
        current.set(std::make_shared<const Config>(std::move(fresh)));
    }

    /// Accounts and templates again, after the database's changed.
    void apply_overrides() {
        const std::lock_guard lock(applying);
        const auto settings = current.get();
        auto fresh_logon = new_logon(*settings);
        ca.replace_templates(merge_templates(settings->templates, ca.state().templates()));
        use(std::move(fresh_logon));
    }

    std::shared_ptr<const Logon> new_logon(const Config& settings) {
        return std::make_shared<const Logon>(
            make_logon(settings, merge_accounts(settings.accounts, ca.state().accounts()), lockout));
    }

    void use(std::shared_ptr<const Logon> fresh) {
        lockout->retain(fresh->accounts.names());
        logon.set(std::move(fresh));
    }

    bool unlock(const std::string& account) {
        const auto now = logon.get();
        const Account* found = now->accounts.find(account);
        if (found != nullptr) lockout->unlock(found->name);
        return found != nullptr;
    }

    std::vector<StoredAccount> accounts() {
        std::vector<StoredAccount> list;
        const auto now = logon.get();
        for (const std::string& name : now->accounts.names()) {
            const bool locked = lockout->locked(name);
            list.push_back(
                {name, {}, std::string(to_string(locked ? AccountState::locked : now->accounts.find(name)->state))});
        }
        return list;
    }

    /// CRLs when they are due, until the loop stops.
    Task<> publish_crls() {
        for (;;) {
            co_await crls.publish_due();  // what goes wrong stands in the log
            co_await loops[0].sleep(kCrlCheck);
        }
    }

    /// What CDPs name must be there before the first certificate names it.
    void publish_first_crls() {
        std::promise<void> done;
        loops[0].spawn([this, &done] { return first_crls(done); });
        done.get_future().wait();
        loops[0].spawn([this] { return publish_crls(); });
    }

    Task<> first_crls(std::promise<void>& done) {
        co_await crls.publish_due();
        done.set_value();
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
        if (ca.issuer()->authority().certificate().not_after() <= site.clock()())
            status.not_ready.emplace_back("the CA certificate has expired");
        const auto settings = current.get();
        status.facts = {{"https", listener.local_address()},
                        {"sessions", std::to_string(listener.sessions())},
                        {"ca", ca.issuer()->display_name()},
                        {"domain", settings->domain.netbios},
                        {"accounts", std::to_string(settings->accounts.size())},
                        {"kerberos", logon.get()->settings.kerberos ? "on" : "off"},
                        {"templates", std::to_string(ca.templates()->size())},
                        {"faults", std::to_string(faults.table().list().size())}};
        if (public_listener) status.facts.insert(status.facts.begin() + 1, {"http", public_listener->local_address()});
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
        co_return reasons;
    }

    const Config config;  ///< of the start: what needs a restart
    metrics::Registry registry{metric_families()};
    metrics::Server metrics_server;
    net::LoopPool loops;
    net::WorkPool pool;
    Current<Config> current;
    const std::shared_ptr<Lockout> lockout;
    CertificateAuthority ca;
    Current<Logon> logon;
    CrlPublisher crls;
    W3cLog w3c;
    FaultService faults;
    Site site;
    Admin admin;
    net::Listener listener;
    std::optional<net::Listener> public_listener;
    process::Control control;
    std::mutex commands_mutex;
    std::condition_variable commands_done;
    int commands = 0;
    std::mutex applying;    ///< reload and admin socket change the same things
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
    impl_->publish_first_crls();
    impl_->listener.start();
    if (impl_->public_listener) impl_->public_listener->start();
    for (const Template& entry : impl_->config.templates) {
        if (entry.allow_unsigned_requests) {
            log::warn("template " + entry.name + " accepts requests without proof of possession");
        }
    }
    if (impl_->config.ca.san_attribute)
        log::warn(
            "san: request attributes count (EDITF_ATTRIBUTESUBJECTALTNAME2): whoever may enrol can put any name "
            "into a certificate (ESC6)");
    log::info(fmt::format("ca-simd {} serves https://{}:{}/certsrv as {} for domain {}: {} accounts, {} templates",
                          OPENCAPF_VERSION, impl_->config.host_name, port(), impl_->ca.issuer()->display_name(),
                          impl_->config.domain.netbios, impl_->config.accounts.size(), impl_->config.templates.size()));
}

void App::stop() {
    if (!impl_->running) return;
    impl_->running = false;
    impl_->metrics_server.draining();
    impl_->control.stop();
    impl_->listener.drain(impl_->current.get()->drain);
    if (impl_->public_listener) impl_->public_listener->drain(kPublicDrain);
    impl_->metrics_server.stop();
    impl_->wait_for_commands();
    impl_->crls.close();
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
    process::apply_lab_switches(config.source.values);
    config.listen.descriptor = process::activated_socket();
    return std::make_unique<App>(std::move(config));
}

}  // namespace opencapf::ca_sim
