// SPDX-License-Identifier: Apache-2.0
#include "opencapf/process/control.hpp"

#include "opencapf/log/operator_log.hpp"
#include "opencapf/process/admin_message.hpp"

#include <algorithm>
#include <mutex>
#include <optional>
#include <unistd.h>

namespace opencapf::process {

void report_changes(const config::Values& running, const config::Values& fresh, ReloadReport& report) {
    for (auto& change : config::changes(running, fresh))
        (change.live ? report.applied : report.needs_restart).push_back(std::move(change.text));
}

struct Control::Impl {
    Impl(std::string name, Hooks h) : program(std::move(name)), hooks(std::move(h)) {}

    ReloadReport reload();
    Task<std::string> handle(std::string line);
    Task<Result<AdminJson>> reload_command();
    Result<AdminJson> status_command() const;
    static Result<AdminJson> log_level_command(const AdminJson& request);

    const std::string program;
    const Hooks hooks;
    const std::chrono::steady_clock::time_point started = std::chrono::steady_clock::now();
    std::mutex mutex;  // one reload at a time, whoever asked for it
    std::optional<AdminSocket> socket;
    net::WorkPool worker{1};  // a reload reads files: not on a loop
};

ReloadReport Control::Impl::reload() {
    const std::lock_guard lock(mutex);
    ReloadReport report = hooks.reload();
    for (const auto& line : report.applied) log::info("reload: " + line);
    for (const auto& line : report.needs_restart) log::warn("reload: needs a restart: " + line);
    for (const auto& line : report.problems) log::error("reload: the old configuration stays: " + line);
    if (report.applied.empty() && report.problems.empty()) log::info("reload: nothing changed");
    return report;
}

Task<Result<AdminJson>> Control::Impl::reload_command() {
    ReloadReport report;
    auto work = [this, &report] { report = reload(); };
    std::function<void()> job(std::ref(work));
    co_await worker.run(std::move(job));
    co_return AdminJson{
        {"applied", report.applied}, {"needs_restart", report.needs_restart}, {"problems", report.problems}};
}

Result<AdminJson> Control::Impl::status_command() const {
    const Status status = hooks.status();
    AdminJson facts = AdminJson::object();
    for (const auto& [name, text] : status.facts) facts[name] = text;
    const auto age = std::chrono::steady_clock::now() - started;
    return AdminJson{{"program", program},
                     {"program_version", OPENCAPF_VERSION},
                     {"pid", ::getpid()},
                     {"uptime", std::chrono::duration_cast<std::chrono::seconds>(age).count()},
                     {"log_level", log::level_names()[static_cast<std::size_t>(log::level())]},
                     {"ready", status.not_ready.empty()},
                     {"not_ready", status.not_ready},
                     {"facts", std::move(facts)}};
}

Result<AdminJson> Control::Impl::log_level_command(const AdminJson& request) {
    const auto& names = log::level_names();
    const auto level = request.find("level");
    const std::string wanted = level != request.end() && level->is_string() ? level->get<std::string>() : "";
    const auto found = std::find(names.begin(), names.end(), wanted);
    if (found == names.end()) return fail(Errc::malformed, "level: expected error, warning, info or debug");
    log::set_level(static_cast<log::Level>(found - names.begin()));
    log::info("log level " + *found + " until the next reload that changes it");
    return AdminJson::object();
}

Task<std::string> Control::Impl::handle(std::string line) {
    const auto request = parse_admin_request(line);
    if (!request) co_return admin_answer(fail(request.error()));
    const std::string command = (*request)["command"];
    if (command == "daemon.status") co_return admin_answer(status_command());
    if (command == "daemon.log_level") co_return admin_answer(log_level_command(*request));
    if (command == "daemon.reload") {
        const auto answer = co_await reload_command();
        co_return admin_answer(answer);
    }
    if (hooks.command) co_return co_await hooks.command(std::move(line));
    co_return admin_answer(fail(Errc::malformed, "command: unknown command " + command));
}

Control::Control(net::LoopPool& loops, std::string program, const std::string& socket_path, Hooks hooks)
    : impl_(std::make_unique<Impl>(std::move(program), std::move(hooks))) {
    if (socket_path.empty()) return;
    impl_->socket.emplace(loops[0], socket_path,
                          [impl = impl_.get()](std::string line) { return impl->handle(std::move(line)); });
}

Control::~Control() = default;

void Control::start() {
    if (impl_->socket) impl_->socket->start();
}

void Control::stop() {
    if (impl_->socket) impl_->socket->stop();
}

ReloadReport Control::reload() { return impl_->reload(); }

}  // namespace opencapf::process
