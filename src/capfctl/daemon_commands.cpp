// SPDX-License-Identifier: Apache-2.0
#include "capfctl/daemon_commands.hpp"

#include "capfctl/commands.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <iostream>
#include <memory>

namespace opencapf::capfctl {
namespace {

struct Arguments {
    std::string daemon = "capfd", level;
};

std::string age_text(std::int64_t seconds) {
    if (seconds < 120) return fmt::format("{} s", seconds);
    if (seconds < 7200) return fmt::format("{} min", seconds / 60);
    return seconds < 172'800 ? fmt::format("{} h", seconds / 3600) : fmt::format("{} days", seconds / 86'400);
}

void status(const Connection& connection, const std::string& daemon) {
    const Json answer = ask(connection, daemon, {{"command", "daemon.status"}});
    const bool ready = answer["ready"].get<bool>();
    if (connection.json) {
        std::cout << answer.dump() << '\n';
    } else {
        const auto line = [](std::string_view name, const std::string& value) {
            std::cout << fmt::format("{:<18}{}\n", name, value);
        };
        line(answer["program"].get<std::string>(), answer["program_version"].get<std::string>());
        line("state", ready ? "ready" : "not ready");
        for (const auto& reason : answer["not_ready"]) line("  because", reason.get<std::string>());
        line("pid", std::to_string(answer["pid"].get<std::int64_t>()));
        line("runs for", age_text(answer["uptime"].get<std::int64_t>()));
        line("log level", answer["log_level"].get<std::string>());
        for (const auto& [name, value] : answer["facts"].items()) line(name, value.get<std::string>());
    }
    if (!ready) throw Exit{kExitRefused};
}

void reload(const Connection& connection, const std::string& daemon) {
    const Json answer = ask(connection, daemon, {{"command", "daemon.reload"}});
    const bool failed = !answer["problems"].empty();
    if (connection.json) {
        std::cout << answer.dump() << '\n';
    } else {
        for (const auto& [key, heading] : {std::pair{"applied", "took effect"}, {"needs_restart", "needs a restart"}})
            for (const auto& text : answer[key]) std::cout << fmt::format("{}: {}\n", heading, text.get<std::string>());
        for (const auto& text : answer["problems"])
            std::cerr << fmt::format("capfctl: the old configuration of {} stays: {}\n", daemon,
                                     text.get<std::string>());
        if (!failed && answer["applied"].empty() && answer["needs_restart"].empty())
            std::cout << daemon << ": nothing changed\n";
    }
    if (failed) throw Exit{kExitRefused};
}

void log_level(const Connection& connection, const Arguments& arguments) {
    const Json answer =
        ask(connection, arguments.daemon, {{"command", "daemon.log_level"}, {"level", arguments.level}});
    std::cout << (connection.json ? answer.dump() : arguments.daemon + ": log level " + arguments.level) << '\n';
}

constexpr const char* kStatusHelp = "whether it can do its work; exit code 1 when it cannot";
constexpr const char* kReloadHelp =
    "read configuration, certificates, accounts and logs again, and say what took effect";

}  // namespace

void add_daemon_shortcuts(CLI::App& group, const Connection& connection, const std::string& daemon) {
    group.add_subcommand("status", kStatusHelp)->callback([&connection, daemon] { status(connection, daemon); });
    group.add_subcommand("reload", kReloadHelp)->callback([&connection, daemon] { reload(connection, daemon); });
}

void add_daemon_commands(CLI::App& cli, const Connection& connection) {
    const auto arguments = std::make_shared<Arguments>();
    auto* daemon = cli.add_subcommand("daemon", "a running daemon: its state, configuration and log level");
    daemon->require_subcommand(1);
    const auto add_name = [&arguments](CLI::App& command) {
        return command.add_option("DAEMON", arguments->daemon, "which daemon")
            ->check(CLI::IsMember({"capfd", "cesd", "ca-simd"}));
    };
    auto* shown = daemon->add_subcommand("status", kStatusHelp);
    add_name(*shown)->capture_default_str();
    shown->callback([&connection, arguments] { status(connection, arguments->daemon); });

    auto* reloaded = daemon->add_subcommand("reload", kReloadHelp);
    add_name(*reloaded)->required();
    reloaded->callback([&connection, arguments] { reload(connection, arguments->daemon); });

    auto* level = daemon->add_subcommand("log-level", "change what its own log says, until its next start");
    add_name(*level)->required();
    level->add_option("LEVEL", arguments->level, "least important lines to write")
        ->required()
        ->check(CLI::IsMember({"error", "warning", "info", "debug"}));
    level->callback([&connection, arguments] { log_level(connection, *arguments); });
}

}  // namespace opencapf::capfctl
