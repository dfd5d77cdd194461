// SPDX-License-Identifier: Apache-2.0
#include "app.hpp"

#include "opencapf/log/operator_log.hpp"
#include "opencapf/process/server_config.hpp"

#include <openssl/crypto.h>
#include <openssl/opensslv.h>
#include <unistd.h>

namespace opencapf::ces {
namespace {

std::unique_ptr<Shared> make_shared_state(Config config, const WallClock& clock) {
    auto directory = x509::TrustStore::load_directory(config.ca.trust_directory);
    std::vector<std::string> left_out;
    auto web_trust =
        std::make_shared<const x509::TrustStore>(trust_for_web_server(directory, config.ca.host, left_out));
    for (const auto& subject : left_out)
        log::warn("the trust directory holds the self-signed server certificate " + subject +
                  ": it vouches for nobody; give the CA's web server a certificate issued by a CA");
    if (web_trust->certificates().empty())
        log::warn(config.ca.trust_directory + " holds no CA certificate: no connection to the CA can be verified");
    const std::size_t max_pending = config.est.max_pending;
    const auto lifetime = config.est.pending_lifetime;
    return std::unique_ptr<Shared>(new Shared{
        std::move(config), std::move(directory), std::move(web_trust), {}, PendingStore(max_pending, lifetime, clock)});
}

}  // namespace

App::App(Config config, WallClock clock)
    : shared_(make_shared_state(std::move(config), clock)), password_(shared_->config.password.line()) {
    const Config& settings = shared_->config;
    loops_ = std::make_unique<net::LoopPool>(process::or_processors(settings.loops));
    for (std::size_t i = 0; i < loops_->size(); ++i)
        enrollers_.push_back(std::make_unique<Enroller>((*loops_)[i], *shared_));
    net::Listener::Session session = [this](net::Loop& loop, std::unique_ptr<net::Stream> stream) {
        return serve(loop, std::move(stream));
    };
    listener_ = std::make_unique<net::Listener>(*loops_, settings.listen, net::TlsServerContext(settings.tls),
                                                std::move(session), process::operator_log_events());
    RenderOptions options;
    options.pid = static_cast<int>(::getpid());
    options.server = settings.listen.address + ":" + std::to_string(listener_->port());
    options.classic_access_lines = settings.classic_access_lines;
    logs_ = std::make_unique<LogBook>(settings.ciscora_log, settings.error_log, std::move(options), std::move(clock));
}

App::~App() = default;

Task<> App::serve(net::Loop& loop, std::unique_ptr<net::Stream> stream) {
    ConnectionInfo info;
    info.number = ++connections_;
    info.client = stream->remote().address;
    auto connection = std::make_unique<EstConnection>(*shared_, *enrollers_[loop.index()], *logs_, std::move(info),
                                                      stream->descriptor());
    return http::serve(std::move(stream), shared_->config.est.limits, std::move(connection));
}

void App::log_start_up() {
    const auto& trusted = shared_->directory.certificates();
    logs_->starting(ConfigParsed{});
    for (const auto& certificate : trusted) logs_->starting(WebTrustAdded{certificate.subject_oneline()});
    logs_->starting(EstBanner{OPENSSL_VERSION_TEXT, OpenSSL_version(OPENSSL_VERSION)});
    for (const auto& certificate : trusted) logs_->starting(EstTrustAdded{certificate.subject_oneline()});
    logs_->starting(PopDisabled{});
    logs_->starting(TlsOptionsSet{});
}

void App::start() {
    log_start_up();
    loops_->start();
    (*loops_)[0].spawn([this] { return keep_chain(); });
    {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return first_attempt_done_; });
    }
    logs_->starting(ServerStarted{static_cast<int>(::getpid())});
    listener_->start();
    const auto& ca = shared_->config.ca;
    log::info("EST on " + shared_->config.listen.address + ":" + std::to_string(listener_->port()) + ", CA " +
              ca.base_url() + ", template " + ca.template_name + ", " + (ca.login_twice ? "two logins" : "one login") +
              " per enrolment");
}

bool App::begin_attempt() {
    const std::lock_guard lock(mutex_);
    attempt_running_ = !stopping_;
    return attempt_running_;
}

void App::end_attempt() {
    const std::lock_guard lock(mutex_);
    attempt_running_ = false;
    changed_.notify_all();
}

void App::first_attempt_done() {
    const std::lock_guard lock(mutex_);
    first_attempt_done_ = true;
    changed_.notify_all();
}

Task<> App::keep_chain() {
    net::Loop& loop = (*loops_)[0];
    net::Duration wait = shared_->config.chain_retry_first;
    for (bool starting = true;; starting = false) {
        bool fetched = false;
        if (begin_attempt()) {
            fetched = co_await fetch_chain(starting);
            end_attempt();
        }
        if (starting) first_attempt_done();
        if (fetched) co_return;
        log::warn("/cacerts answers 503 until the CA's chain is there; trying again in " +
                  std::to_string(std::chrono::duration_cast<std::chrono::seconds>(wait).count()) + " s");
        co_await loop.sleep(wait);
        wait = std::min(wait * 2, shared_->config.chain_retry_longest);
    }
}

Task<bool> App::fetch_chain(bool starting) {
    const Config& config = shared_->config;
    EventRecorder record = [this, starting](Event event) { starting ? logs_->starting(event) : logs_->running(event); };
    CaAccess access;
    access.loop = &(*loops_)[0];
    access.config = &config.ca;
    access.trust = shared_->web_trust;
    const auto tls = std::make_shared<http::TlsSessionCache>();
    CertsrvSession session(std::move(access), CaPhase::start, config.user, password_, tls, record);
    const auto logged_in = co_await session.login();
    if (!logged_in) {
        record(ChainLoginFailed{});
        record(ChainUnavailable{});
        log::error("cannot log in to the CA: " + logged_in.error().message);
        co_return false;
    }
    auto certificates = co_await session.chain();
    Result<std::shared_ptr<const CaChain>> chain =
        certificates ? make_chain(std::move(*certificates), shared_->directory, config.est.wrap)
                     : fail(certificates.error());
    if (!chain) {
        record(ChainUnavailable{});
        log::error("cannot use the CA's chain: " + chain.error().message);
        co_return false;
    }
    log::info("CA chain of " + std::to_string((*chain)->certificates.size()) + " certificates, root " +
              (*chain)->certificates.back().subject_rfc2253());
    shared_->chain.set(std::move(*chain));
    co_return true;
}

void App::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    const std::size_t cut = listener_->drain(shared_->config.drain_timeout);
    if (cut != 0) log::warn("cut off " + std::to_string(cut) + " sessions that did not end in time");
    {
        // A transfer to the CA is let finish; a wait between two attempts is simply dropped with its loop.
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, shared_->config.drain_timeout, [this] { return !attempt_running_; });
    }
    loops_->stop();
    logs_->flush();
}

void App::reload() {
    try {
        logs_->reopen();
    } catch (const std::exception& error) {
        log::error(std::string("cannot reopen the logs: ") + error.what());
    }
    try {
        listener_->replace_tls(net::TlsServerContext(shared_->config.tls));
        log::info("logs reopened, certificate " + shared_->config.tls.certificate_file + " loaded");
    } catch (const std::exception& error) {
        log::error(std::string("the old certificate stays: ") + error.what());
    }
}

std::unique_ptr<process::App> make_app(const std::string& config_path, bool check_only) {
    Config config = load_config(config_path);
    if (check_only) return nullptr;
    return std::make_unique<App>(std::move(config));
}

}  // namespace opencapf::ces
