// SPDX-License-Identifier: Apache-2.0
#include "capfctl/doctor_live.hpp"

#include "capfctl/commands.hpp"
#include "opencapf/base/check.hpp"
#include "opencapf/base/text.hpp"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <iostream>

namespace opencapf::capfctl {
namespace {

/// A daemon tries one thing after the other, each within its own time-outs.
constexpr std::chrono::seconds kPatience{600};
constexpr std::size_t kMaxText = 3000;

struct Daemon {
    const char* name;
    const char* check;  ///< its command; null: it has none
};
constexpr Daemon kDaemons[] = {{"capfd", "capf.check"}, {"cesd", "ces.check"}, {"ca-simd", nullptr}};

Check failure(std::string what, const Error& error) { return bad(std::move(what), error.message); }

/// What `command` of the daemon found. A daemon that cannot say is bad.
void add_found(Checks& checks, const Connection& connection, const std::string& daemon, const char* command) {
    const auto answer = try_ask(connection, daemon, {{"command", command}}, kPatience);
    if (!answer) return append_checks(checks, daemon, {failure(command, answer.error())});
    for (const auto& one : answer->value("checks", Json::array())) {
        const auto state = one.value("state", "");
        checks.push_back({one.value("group", daemon), one.value("what", ""),
                          state == "good"  ? CheckState::good
                          : state == "bad" ? CheckState::bad
                                           : CheckState::unknown,
                          one.value("found", "")});
    }
}

/// Is it there, and can it work? The name of the daemon that answered; empty when none did.
std::string add_status(Checks& checks, const Connection& connection, const std::string& daemon) {
    const std::string socket = socket_of(connection, daemon);
    const auto answer = try_ask(connection, daemon, {{"command", "daemon.status"}}, std::chrono::seconds(60));
    if (!answer) {
        const std::string name = connection.socket.empty() ? daemon : socket;
        append_checks(checks, name, {failure("running", answer.error())});
        return {};
    }
    const auto program = answer->value("program", daemon);
    std::string why;
    for (const auto& reason : answer->value("not_ready", Json::array()))
        why += (why.empty() ? "" : "; ") + reason.get<std::string>();
    const std::string found = answer->value("program_version", "") + " at " + socket;
    const bool ready = answer->value("ready", false);
    append_checks(checks, program, {ready ? good("running", found) : bad("running", found + " is not ready: " + why)});
    return program;
}

/// False when nobody answers.
bool add_daemon(Checks& checks, const Connection& connection, const std::string& asked, bool enrol) {
    const auto program = add_status(checks, connection, asked);
    const auto* daemon = std::find_if(std::begin(kDaemons), std::end(kDaemons),
                                      [&program](const Daemon& one) { return program == one.name; });
    if (daemon == std::end(kDaemons) || daemon->check == nullptr) return !program.empty();
    add_found(checks, connection, program, daemon->check);
    // Before cesd is asked, so that what it remembers of the last certificate is of this one.
    if (enrol && program == kCapfDaemon) add_found(checks, connection, program, "capf.try_enrolment");
    return true;
}

void print(const Checks& checks) {
    std::size_t width = 0;
    for (const auto& one : checks) width = std::max(width, printable(one.what, 60).size());
    std::string group;
    for (const auto& one : checks) {
        if (one.group != group) std::cout << (group.empty() ? "" : "\n") << printable(one.group, kMaxText) << '\n';
        group = one.group;
        std::cout << fmt::format("  {:<8} {:<{}}  {}\n", one.state == CheckState::bad ? "BAD" : to_string(one.state),
                                 printable(one.what, 60), width, printable(one.found, kMaxText));
    }
}

std::size_t count(const Checks& checks, CheckState state) {
    return static_cast<std::size_t>(
        std::count_if(checks.begin(), checks.end(), [state](const Check& one) { return one.state == state; }));
}

}  // namespace

void check_live(const Connection& connection, bool enrol) {
    Checks checks;
    bool somebody = add_daemon(checks, connection, kCapfDaemon, enrol);
    if (connection.socket.empty()) somebody = add_daemon(checks, connection, "cesd", false) || somebody;
    const auto wrong = count(checks, CheckState::bad), open = count(checks, CheckState::unknown);
    if (connection.json) {
        Json list = Json::array();
        for (const auto& one : checks)
            list.push_back(
                {{"group", one.group}, {"what", one.what}, {"state", to_string(one.state)}, {"found", one.found}});
        std::cout << Json{{"ok", true}, {"bad", wrong}, {"unknown", open}, {"checks", list}}.dump() << '\n';
    } else {
        print(checks);
        std::cout << fmt::format("\n{} checks: {} good, {} bad, {} unknown\n", checks.size(),
                                 checks.size() - wrong - open, wrong, open);
    }
    if (!somebody) throw Exit{kExitUnreachable};
    if (wrong > 0) throw Exit{kExitRefused};
}

}  // namespace opencapf::capfctl
