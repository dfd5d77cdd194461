// SPDX-License-Identifier: Apache-2.0
#include "capfctl/ces_commands.hpp"

#include "capfctl/commands.hpp"
#include "capfctl/daemon_commands.hpp"
#include "capfctl/table.hpp"
#include "opencapf/base/clock.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <iostream>
#include <memory>

namespace opencapf::capfctl {
namespace {

constexpr const char* kCes = "cesd";

struct Options {
    std::string stage, id;
};

std::string when(const Json& seconds) {
    if (seconds.is_null()) return "-";
    return format_local(std::chrono::system_clock::from_time_t(seconds.get<std::int64_t>()), "%Y-%m-%d %H:%M:%S");
}

/// Exit code 1 when a CA is down: for scripts.
void cas(const Connection& connection) {
    const Json answer = ask(connection, kCes, {{"command", "ces.cas"}});
    bool all_up = true;
    std::vector<Row> rows;
    for (const auto& ca : answer["cas"]) {
        const bool up = ca["up"].get<bool>();
        all_up = all_up && up;
        rows.push_back({ca["name"].get<std::string>(), up ? "up" : "down",
                        when(up ? ca["last_good"] : ca["down_since"]), ca["chain_known"].get<bool>() ? "yes" : "no",
                        std::to_string(ca["submitted"].get<std::size_t>()), ca["url"].get<std::string>(),
                        ca["last_error"].get<std::string>()});
    }
    if (connection.json) {
        std::cout << answer.dump() << '\n';
    } else {
        print_table(std::cout, {"CA", "STATE", "LAST ANSWER OR DOWN SINCE", "CHAIN", "REQUESTS", "URL", "LAST ERROR"},
                    rows);
    }
    if (!all_up) throw Exit{kExitRefused};
}

void requests(const Connection& connection, const Options& options) {
    Json all = Json::array();
    Json request{{"command", "ces.requests"}, {"stage", options.stage}};
    for (bool more = true; more;) {
        const Json answer = ask(connection, kCes, request);
        for (const auto& one : answer["requests"]) all.push_back(one);
        more = answer["more"].get<bool>();
        if (more) request["after"] = all.back()["id"];
    }
    if (connection.json) {
        std::cout << Json{{"ok", true}, {"requests", all}}.dump() << '\n';
        return;
    }
    std::vector<Row> rows;
    for (const auto& one : all) {
        const auto number = one["request_id"].get<std::uint64_t>();
        rows.push_back({one["id"].get<std::string>(), one["stage"].get<std::string>(), when(one["since"]),
                        one["ca"].get<std::string>(), number == 0 ? "-" : std::to_string(number),
                        one["subject"].get<std::string>(), one["account"].get<std::string>()});
    }
    print_table(std::cout, {"ID", "STAGE", "SINCE", "CA", "CA'S ID", "SUBJECT", "ACCOUNT"}, rows);
}

void forget(const Connection& connection, const Options& options) {
    const Json answer = ask(connection, kCes, {{"command", "ces.forget"}, {"id", options.id}});
    std::cout << (connection.json ? answer.dump() : options.id + " forgotten") << '\n';
}

}  // namespace

void add_ces_commands(CLI::App& cli, const Connection& connection) {
    const auto options = std::make_shared<Options>();
    auto* ces = cli.add_subcommand("ces", "the registration authority: its CAs, and requests nobody collected");
    ces->require_subcommand(1);
    add_daemon_shortcuts(*ces, connection, kCes);
    ces->add_subcommand("ca", "each CA: does it answer, since when; exit code 1 when one is down")
        ->callback([&connection] { cas(connection); });
    auto* list = ces->add_subcommand("requests", "requests without a delivered certificate, orphans among them");
    list->add_option(
            "--stage", options->stage,
            "unanswered (sent, no answer came), at-the-ca (pending there), undelivered (issued, the client has "
            "gone)")
        ->check(CLI::IsMember({"unanswered", "at-the-ca", "undelivered"}));
    list->callback([&connection, options] { requests(connection, *options); });
    auto* removed = ces->add_subcommand("forget", "forget one; when it comes again it is a new request to the CA");
    removed->add_option("ID", options->id, "as the list shows it")->required();
    removed->callback([&connection, options] { forget(connection, *options); });
}

}  // namespace opencapf::capfctl
