// SPDX-License-Identifier: Apache-2.0
#include "ces/app.hpp"

#include "ces/admin.hpp"
#include "ces/certsrv/kerberos_tickets.hpp"
#include "opencapf/log/operator_log.hpp"
#include "opencapf/process/server_config.hpp"

#include <algorithm>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/objects.h>
#include <openssl/opensslv.h>
#include <unistd.h>

namespace opencapf::ces {
namespace {

std::vector<std::string> ca_names(const Config& config) {
    std::vector<std::string> names{config.ca.name};
    for (const auto& ca : config.standby_cas) names.push_back(ca.name);
    return names;
}

std::unique_ptr<Shared> make_shared_state(Config config, const WallClock& clock, const metrics::Registry& registry,
                                          UpstreamMaker upstream) {
    const PendingStore::Limits limits{config.est.max_pending, config.est.pending_lifetime};
    const std::string database = config.state_database;
    const auto names = ca_names(config);
    auto shared = std::unique_ptr<Shared>(
        new Shared{Current<Policy>(make_policy(std::move(config))),
                   {},
                   PendingStore(limits, database, clock),
                   Metrics(registry),
                   metrics::Upstream(registry.gauge("cesd_ca_up"), registry.gauge("cesd_ca_last_success_time_seconds")),
                   CaStates(Metrics(registry), names),
                   RememberedLogins(),
                   std::move(upstream)});
    shared->issued.open(shared->pending.database());
    return shared;
}

TlsOptionsSet tls_options(const net::TlsServerConfig& tls) {
    TlsOptionsSet options;
    const int nid = EC_curve_nist2nid(tls.groups.substr(0, tls.groups.find(':')).c_str());
    if (nid != NID_undef) options.curve_nid = nid;
    return options;
}

/// A change of these may mean another CA.
bool concerns_ca(const config::Change& change) {
    return change.pointer.starts_with("/ca/") || change.pointer.starts_with("/standby_cas") ||
           change.pointer.starts_with("/credentials/");
}

}  // namespace

App::App(Config config, WallClock clock, UpstreamMaker upstream)
    : registry_{metric_families(ca_names(config))},
      metrics_server_(config.metrics, kMetricsPrefix, registry_, metric_sources()),
      shared_(make_shared_state(std::move(config), clock, registry_, std::move(upstream))) {
    const auto policy = shared_->policy.get();
    const Config& settings = policy->config;
    use_kerberos(settings.kerberos_keytab, settings.kerberos_ccache);  // before there are loops
    log::set_level(settings.log_level);
    source_ = settings.source;
    loops_ = std::make_unique<net::LoopPool>(process::or_processors(settings.loops));
    for (std::size_t i = 0; i < loops_->size(); ++i)
        enrollers_.push_back(std::make_unique<Enroller>((*loops_)[i], *shared_));
    EstListeners::Session session = [this](net::Loop& loop, std::unique_ptr<net::Stream> stream,
                                           std::shared_ptr<const EstListenerConfig> listener) {
        return serve(loop, std::move(stream), std::move(listener));
    };
    const auto events = [this] { return shared_->metrics.sessions.counted(process::operator_log_events()); };
    listener_ = std::make_unique<EstListeners>(*loops_, settings, session, events);
    RenderOptions options;
    options.pid = static_cast<int>(::getpid());
    options.server = listener_->local_address();
    options.classic_access_lines = settings.classic_access_lines;
    logs_ = std::make_unique<LogBook>(settings.logs, std::move(options), clock);
    est_ = std::make_unique<EstService>(*shared_, *logs_, clock);
    shared_->pool = &est_->pool;
    watch_ = std::make_unique<CaWatch>((*loops_)[0], *shared_, *enrollers_.front(), *logs_);
    control_ = std::make_unique<process::Control>(
        *loops_, "cesd", settings.admin_socket,
        process::Control::Hooks{
            [this] { return reload_now(); }, [this] { return status(); },
            [this](std::string line) { return handle_admin(*shared_, *enrollers_[0], std::move(line)); }});
}

App::~App() {
    metrics_server_.stop();
    control_.reset();
    listener_.reset();
    loops_->stop();
    est_.reset();
    for (auto& enroller : enrollers_) enroller->close();  // what they keep lives on the loops
}

Task<> App::serve(net::Loop& loop, std::unique_ptr<net::Stream> stream,
                  std::shared_ptr<const EstListenerConfig> listener) {
    shared_->metrics.sessions.session_started();
    ConnectionInfo info;
    info.number = ++connections_;
    info.client = stream->remote().address;
    auto connection = std::make_unique<EstConnection>(*est_, *enrollers_[loop.index()], std::move(listener),
                                                      std::move(info), *stream);
    return http::serve(std::move(stream), shared_->policy.get()->config.est.limits, std::move(connection),
                       [this] { return listener_->draining(); });
}

void App::log_start_up() {
    const auto policy = shared_->policy.get();
    const auto& trusted = policy->directory.certificates();
    logs_->starting(ConfigParsed{});
    for (const auto& certificate : trusted) logs_->starting(WebTrustAdded{certificate.subject_oneline()});
    logs_->starting(EstBanner{OPENSSL_VERSION_TEXT, OpenSSL_version(OPENSSL_VERSION)});
    for (const auto& certificate : trusted) logs_->starting(EstTrustAdded{certificate.subject_oneline()});
    if (!policy->config.est.base.pop_enabled) logs_->starting(PopDisabled{});
    logs_->starting(tls_options(policy->config.tls));
}

void App::start() {
    log_start_up();
    est_->read_lists(shared_->policy.get()->config.est.crl);
    loops_->start();
    metrics_server_.start(*loops_);
    (*loops_)[0].spawn([this] { return keep_lists(); });
    control_->start();
    watch_->start();
    logs_->starting(ServerStarted{static_cast<int>(::getpid())});
    listener_->start();
    const auto policy = shared_->policy.get();
    const auto& ca = policy->config.ca;
    log::info("EST on " + listener_->addresses() + ", CA " + ca.base_url() + ", template " + ca.template_name + ", " +
              (ca.fast          ? "fast mode"
               : ca.login_twice ? "two logins per enrolment"
                                : "one login per enrolment") +
              (policy->cas.size() > 1 ? ", " + std::to_string(policy->cas.size() - 1) + " standby CAs" : ""));
}

/// Reads the lists of revoked certificates, and again from time to time: whoever publishes them tells nobody.
Task<> App::keep_lists() {
    for (;;) {
        co_await (*loops_)[0].sleep(shared_->policy.get()->config.est.crl.refresh);
        std::function<void()> job = [this] { est_->read_lists(shared_->policy.get()->config.est.crl); };
        co_await est_->pool.run(std::move(job));
    }
}

void App::stop() {
    metrics_server_.draining();
    control_->stop();
    const auto grace = shared_->policy.get()->config.drain_timeout;
    const std::size_t cut = listener_->drain(grace);
    if (cut != 0) log::warn("cut off " + std::to_string(cut) + " sessions that did not end in time");
    watch_->stop(grace);
    metrics_server_.stop();
    loops_->stop();
    logs_->flush();
}

// All that can fail comes first, so that a mistake leaves everything as it was.
void App::apply(Config fresh) {
    const auto before = shared_->policy.get();
    const auto differences = config::changes(source_.values, fresh.source.values);
    const bool other_ca = std::any_of(differences.begin(), differences.end(), concerns_ca);
    auto policy = std::make_shared<const Policy>(make_policy(std::move(fresh)));
    listener_->replace_tls(policy->config);
    est_->read_lists(policy->config.est.crl);
    if (policy->config.log_level != before->config.log_level) log::set_level(policy->config.log_level);
    shared_->policy.set(std::move(policy));
    watch_->reloaded(other_ca);
}

process::ReloadReport App::reload_now() {
    process::ReloadReport report;
    try {
        logs_->reopen();
    } catch (const std::exception& error) {
        report.problems.emplace_back(error.what());
    }
    const auto policy = shared_->policy.get();
    process::reload_config(
        source_, policy->config, load_config, [this](Config fresh) { apply(std::move(fresh)); }, report);
    return report;
}

process::Status App::status() const {
    process::Status status;
    if (listener_->draining()) status.not_ready.emplace_back("stopping");
    if (!has_chain()) status.not_ready.emplace_back("the CA's chain could not be fetched yet; see the log");
    const auto policy = shared_->policy.get();
    status.facts = {{"est", listener_->local_address()},
                    {"sessions", std::to_string(listener_->sessions())},
                    {"ca", policy->config.ca.base_url()},
                    {"template", policy->config.ca.template_name},
                    {"pending requests", std::to_string(shared_->pending.size())}};
    return status;
}

metrics::Sources App::metric_sources() {
    metrics::Sources sources;
    sources.collect = [this](net::Loop&) -> Task<> {
        collect();
        co_return;
    };
    sources.not_ready = [this](net::Loop& loop) { return not_ready(loop); };
    return sources;
}

void App::collect() const {
    const Metrics& metrics = shared_->metrics;
    metrics.sessions.sessions(listener_->sessions());
    metrics.pending.set(static_cast<double>(shared_->pending.size()));
    metrics.orphans.set(static_cast<double>(shared_->pending.count(PendingStage::undelivered)));
    const auto chain = shared_->chain.get();
    metrics.chain_loaded.set(chain ? 1 : 0);
    if (!chain) return;
    auto first = chain->certificates.front().not_after();
    for (const auto& certificate : chain->certificates) first = std::min(first, certificate.not_after());
    metrics.chain_expiry.set(std::chrono::duration<double>(first.time_since_epoch()).count());
}

Task<std::vector<std::string>> App::not_ready(net::Loop& loop) {
    auto reasons = status().not_ready;
    if (shared_->ca.due()) {
        const bool answers = co_await any_ca_answers(loop, *shared_);
        shared_->ca.report(answers);
    }
    if (shared_->ca.good() == false)
        reasons.push_back("the CA " + shared_->policy.get()->config.ca.base_url() + " does not answer as it should");
    co_return reasons;
}

std::unique_ptr<process::App> make_app(const std::string& config_path, bool check_only) {
    Config config = load_config(config_path);
    if (check_only) {
        for (const auto& warning : config_warnings(config)) log::warn(warning);
        return nullptr;
    }
    process::apply_lab_switches(config.source.values);
    config.listen.descriptor = process::activated_socket();
    return std::make_unique<App>(std::move(config));
}

}  // namespace opencapf::ces
