// SPDX-License-Identifier: Apache-2.0
#include "opencapf/process/daemon.hpp"

#include "description.hpp"
#include "opencapf/config/reader.hpp"
#include "opencapf/log/operator_log.hpp"

#include <CLI/CLI.hpp>
#include <csignal>
#include <iostream>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <system_error>
#include <systemd/sd-daemon.h>

namespace opencapf::process {
namespace {

void notify_manager(const std::string& state) {
    if (const int rc = ::sd_notify(0, state.c_str()); rc < 0)
        log::warn("cannot tell the service manager " + state + ": " + std::generic_category().message(-rc));
}

sigset_t handled_signals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, signal);
    return set;
}

// Each session of a relay takes several descriptors, and the customary soft limit of 1024 is for programs with
// select().
void allow_all_descriptors() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) log::warn("cannot raise the limit of open files");
}

/// Waits for a signal and meanwhile keeps the service manager's watchdog quiet as long as every event loop answers.
class SignalWait {
public:
    SignalWait(App& app, const sigset_t& signals) : app_(app), signals_(signals) {
        std::uint64_t microseconds = 0;
        if (::sd_watchdog_enabled(0, &microseconds) > 0) period_ = std::chrono::microseconds(microseconds) / 4;
    }
    int next() {
        for (;;) {
            if (period_.count() > 0) show_life();
            const auto whole = std::chrono::duration_cast<std::chrono::seconds>(period_);
            const timespec limit{whole.count(), std::chrono::nanoseconds(period_ - whole).count()};
            const int signal = ::sigtimedwait(&signals_, nullptr, period_.count() > 0 ? &limit : nullptr);
            if (signal > 0) return signal;
        }
    }

private:
    void show_life() {
        if (app_.loops().answers(std::chrono::duration_cast<net::Duration>(period_)))
            return notify_manager("WATCHDOG=1");
        log::error("an event loop does not answer; the watchdog will end this process if that lasts");
    }
    App& app_;
    const sigset_t& signals_;
    std::chrono::microseconds period_{0};
};

int serve(App& app, const DaemonInfo& info, const sigset_t& signals) {
    app.start();
    log::info(std::string(info.name) + " " OPENCAPF_VERSION " is ready");
    notify_manager("READY=1");
    SignalWait wait(app, signals);
    for (;;) {
        const int signal = wait.next();
        if (signal == SIGHUP) {
            log::info("reloading (SIGHUP)");
            notify_manager("RELOADING=1");
            app.reload();
            notify_manager("READY=1");
            continue;
        }
        log::info(std::string("stopping (") + (signal == SIGTERM ? "SIGTERM" : "SIGINT") +
                  "); a second signal ends at once");
        notify_manager("STOPPING=1");
        // From here a signal has its default effect: the operator is in a hurry.
        sigset_t again;
        sigemptyset(&again);
        sigaddset(&again, SIGTERM);
        sigaddset(&again, SIGINT);
        pthread_sigmask(SIG_UNBLOCK, &again, nullptr);
        app.stop();
        log::info(std::string(info.name) + " stopped");
        return kExitOk;
    }
}

}  // namespace

int activated_socket() {
    const int count = ::sd_listen_fds(1);
    if (count == 0) return -1;
    if (count != 1 || ::sd_is_socket(SD_LISTEN_FDS_START, AF_UNSPEC, SOCK_STREAM, 1) <= 0)
        throw std::runtime_error("the service manager must hand over exactly one listening stream socket");
    return SD_LISTEN_FDS_START;
}

int run_daemon(int argc, char** argv, const DaemonInfo& info,
               const std::function<std::unique_ptr<App>(const std::string&, bool)>& make) {
    CLI::App cli(info.description, info.name);
    std::string config_path = info.default_config;
    bool check_only = false;
    cli.add_option("--config", config_path, "configuration file")->type_name("FILE")->capture_default_str();
    cli.add_flag("--check-config", check_only, "check the configuration and exit");
    cli.set_version_flag("--version", std::string(info.name) + " " OPENCAPF_VERSION);
    describe_daemon(cli, info);
    try {
        cli.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return cli.exit(error) == 0 ? kExitOk : kExitUsage;
    }
    ::umask(0027);
    allow_all_descriptors();
    // Blocked before any thread exists, so that only sigwait in serve() sees them.
    const sigset_t signals = handled_signals();
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    try {
        const auto app = make(config_path, check_only);
        if (check_only) {
            std::cout << config_path << ": good\n";
            return kExitOk;
        }
        return serve(*app, info, signals);
    } catch (const config::ConfigError& error) {
        std::cerr << info.name << ": " << error.what() << '\n';
        return kExitConfig;
    } catch (const std::exception& error) {
        std::cerr << info.name << ": " << error.what() << '\n';
        return kExitFailure;
    }
}

}  // namespace opencapf::process
