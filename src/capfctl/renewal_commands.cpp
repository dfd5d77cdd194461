// SPDX-License-Identifier: Apache-2.0
#include "capfctl/renewal_commands.hpp"

#include "capfctl/device_commands.hpp"
#include "opencapf/base/clock.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <iostream>
#include <memory>

namespace opencapf::capfctl {
namespace {

struct Options {
    std::vector<std::string> names;
    std::string which = "all";
    bool cleared = false;
};

std::string when(const Json& seconds) {
    const auto value = seconds.get<std::int64_t>();
    return value == 0 ? "-" : format_local(std::chrono::system_clock::from_time_t(value), "%Y-%m-%d %H:%M:%S");
}

std::string state_of(const Json& row) {
    if (row["excluded"].get<bool>()) return "excluded";
    if (row["armed"].get<bool>()) return "armed";
    if (row["pending"].get<bool>()) return "other operation";
    return row["failures"].get<int>() > 0 ? "failing" : "-";
}

void status(const Connection& connection) {
    const Json answer = ask(connection, kCapfDaemon, {{"command", "renewal.status"}});
    if (connection.json) {
        std::cout << answer.dump() << '\n';
        return;
    }
    const auto line = [](std::string_view name, const std::string& value) {
        std::cout << fmt::format("{:<18}{}\n", name, value);
    };
    const auto number = [&answer](const char* key) { return answer[key].get<std::int64_t>(); };
    line("renewal", answer["enabled"].get<bool>() ? "on" : "off");
    line("window", fmt::format("{} days, {} % of the validity; spread over {} % of it", number("window_days"),
                               number("window_percent"), number("jitter_percent")));
    line("authentication", answer["authentication_mode_text"].get<std::string>());
    line("armed", fmt::format("{}; {} of at most {} within the patience", number("armed"), number("patient"),
                              number("max_armed")));
    line("failing", std::to_string(number("failing")));
    line("excluded", std::to_string(number("excluded")));
    for (const auto& [name, count] : answer["alarms"].items()) line(name, std::to_string(count.get<std::int64_t>()));
}

void list(const Connection& connection, const Options& options) {
    Json rows = Json::array();
    Json request = {{"command", "renewal.list"}, {"which", options.which}};
    for (Json next = Json::object(); !next.is_null();) {
        request.update(next);
        const Json answer = ask(connection, kCapfDaemon, request);
        for (const auto& row : answer["renewals"]) rows.push_back(row);
        next = answer["next"];
    }
    if (connection.json) {
        std::cout << Json{{"renewals", std::move(rows)}}.dump() << '\n';
        return;
    }
    constexpr auto kRow = "{:<18} {:<20} {:<20} {:<16} {:>8} {:>8}  {}\n";
    std::cout << fmt::format(kRow, "NAME", "LSC EXPIRES", "RENEWAL DUE", "STATE", "RENEWED", "FAILURES", "NEXT TRY");
    for (const auto& row : rows)
        std::cout << fmt::format(kRow, row["name"].get<std::string>(), when(row["valid_until"]), when(row["due"]),
                                 state_of(row), row["renewed"].get<int>(), row["failures"].get<int>(),
                                 when(row["next_try"]));
}

void ask_for(const Connection& connection, const Options& options, const char* command, std::string_view done) {
    const Json answer = ask(connection, kCapfDaemon, {{"command", command}, {"names", options.names}});
    if (connection.json) {
        std::cout << answer.dump() << '\n';
        return;
    }
    for (const auto& name : options.names) std::cout << name << ' ' << done << '\n';
}

void alarms(const Connection& connection, const Options& options) {
    Json rows = Json::array();
    for (Json next = 0; !next.is_null();) {
        const Json answer =
            ask(connection, kCapfDaemon, {{"command", "alarm.list"}, {"cleared", options.cleared}, {"after", next}});
        for (const auto& row : answer["alarms"]) rows.push_back(row);
        next = answer["next"];
    }
    if (connection.json) {
        std::cout << Json{{"alarms", std::move(rows)}}.dump() << '\n';
        return;
    }
    constexpr auto kRow = "{:<18} {:<20} {:<20} {:<20} {}\n";
    std::cout << fmt::format(kRow, "NAME", "ALARM", "SINCE", "CLEARED", "DETAIL");
    for (const auto& row : rows)
        std::cout << fmt::format(kRow, row["name"].get<std::string>(), row["alarm_text"].get<std::string>(),
                                 when(row["since"]), when(row["cleared"]), row["detail"].get<std::string>());
}

void add_for_names(CLI::App& renewal, const Connection& connection, const std::shared_ptr<Options>& options,
                   const char* name, const char* help, const char* done) {
    auto* command = renewal.add_subcommand(name, help);
    command->add_option("NAME", options->names, "device names")->required();
    const std::string asked = std::string("renewal.") + name;
    command->callback([&connection, options, asked, done] { ask_for(connection, *options, asked.c_str(), done); });
}

}  // namespace

void add_renewal_commands(CLI::App& cli, const Connection& connection) {
    const auto options = std::make_shared<Options>();
    auto* renewal = cli.add_subcommand("renewal", "the automatic renewal of LSCs")->require_subcommand(1);
    auto* shown = renewal->add_subcommand("status", "settings in force, what is armed or failing, alarms by kind");
    shown->callback([&connection] { status(connection); });

    auto* listed = renewal->add_subcommand("list", "devices with an LSC, those that end first first");
    listed->add_option("--which", options->which, "only devices whose renewal is due, armed, failing or excluded")
        ->check(CLI::IsMember({"all", "due", "armed", "failing", "excluded"}))
        ->capture_default_str();
    listed->callback([&connection, options] { list(connection, *options); });

    add_for_names(*renewal, connection, options, "now", "renew at once, without waiting for the window",
                  "armed: renewal");
    add_for_names(*renewal, connection, options, "exclude", "never renew these devices by itself",
                  "excluded from renewal");
    add_for_names(*renewal, connection, options, "include", "renew these devices again", "included in renewal");

    auto* alarm = cli.add_subcommand("alarm", "what an operator must know of LSCs")->require_subcommand(1);
    auto* alarm_list = alarm->add_subcommand("list", "standing alarms: LSC expiring, LSC expired, renewal failing");
    alarm_list->add_flag("--cleared", options->cleared, "also those that are over");
    alarm_list->callback([&connection, options] { alarms(connection, *options); });
}

}  // namespace opencapf::capfctl
