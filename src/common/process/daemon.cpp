// SPDX-License-Identifier: Apache-2.0
#include "opencapf/process/daemon.hpp"

#include "description.hpp"
#include "opencapf/config/reader.hpp"
#include "opencapf/log/operator_log.hpp"

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace opencapf::process {
namespace {

// sd_notify(3)'s datagram, a dozen lines instead of a library: the protocol is documented and stable.
void notify_manager(const std::string& state) {
    const char* path = std::getenv("NOTIFY_SOCKET");
    if (path == nullptr || (path[0] != '/' && path[0] != '@')) return;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::size_t length = std::strlen(path);
    if (length >= sizeof address.sun_path) return;
    std::memcpy(address.sun_path, path, length);
    if (path[0] == '@') address.sun_path[0] = '\0';
    const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return;
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length);
    if (::sendto(fd, state.data(), state.size(), 0, reinterpret_cast<const sockaddr*>(&address), size) < 0)
        log::warn("cannot tell the service manager: " + state);
    ::close(fd);
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

int serve(App& app, const DaemonInfo& info, const sigset_t& signals) {
    app.start();
    log::info(std::string(info.name) + " " OPENCAPF_VERSION " is ready");
    notify_manager("READY=1");
    for (;;) {
        int signal = 0;
        if (sigwait(&signals, &signal) != 0) continue;
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
