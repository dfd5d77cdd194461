// SPDX-License-Identifier: Apache-2.0
#include "capfctl/stale_lsc_commands.hpp"

#include "capfctl/commands.hpp"
#include "capfctl/device_commands.hpp"
#include "opencapf/base/clock.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <iostream>
#include <memory>

namespace opencapf::capfctl {
namespace {

struct Options {
    std::string name;
    bool all = false;
};

Json every_row(const Connection& connection) {
    Json rows = Json::array();
    for (Json request{{"command", "stale_lsc.list"}};;) {
        const Json answer = ask(connection, kCapfDaemon, request);
        for (const auto& row : answer["lscs"]) rows.push_back(row);
        if (!answer.contains("next")) return rows;
        request["after"] = answer["next"];
    }
}

void list(const Connection& connection) {
    const Json rows = every_row(connection);
    if (connection.json) {
        std::cout << Json{{"ok", true}, {"lscs", rows}}.dump() << '\n';
        return;
    }
    constexpr auto kRow = "{:<18} {:<34} {:<20} {}\n";
    std::cout << fmt::format(kRow, "DEVICE", "SERIAL", "ISSUED", "WHY");
    for (const auto& row : rows) {
        const auto issued = std::chrono::system_clock::from_time_t(row["issued_at"].get<std::int64_t>());
        std::cout << fmt::format(
            kRow, row["device"].get<std::string>(), row.value("serial", "-"), format_local(issued, "%Y-%m-%d %H:%M:%S"),
            row["in_delivery"].get<bool>() ? "on its way to the phone now" : row["reason"].get<std::string>());
    }
}

void forget(const Connection& connection, const Options& options) {
    if (options.name.empty() != options.all) {
        std::cerr << "capfctl: name a device, or give --all\n";
        throw Exit{kExitUsage};
    }
    Json request{{"command", "stale_lsc.delete"}, {"all", options.all}};
    if (!options.name.empty()) request["name"] = options.name;
    const Json answer = ask(connection, kCapfDaemon, request);
    if (connection.json) {
        std::cout << answer.dump() << '\n';
    } else {
        std::cout << answer["deleted"].get<std::size_t>() << " stale LSCs deleted\n";
    }
}

}  // namespace

void add_stale_lsc_commands(CLI::App& cli, const Connection& connection) {
    const auto options = std::make_shared<Options>();
    auto* stale = cli.add_subcommand("stale-lsc", "certificates that were issued and never confirmed by their phones");
    stale->require_subcommand(1);
    stale->add_subcommand("list", "show them, oldest first, and why each is one")->callback([&connection] {
        list(connection);
    });
    auto* removed = stale->add_subcommand("delete", "forget them; the CA is not told, revoke them there if you must");
    removed->add_option("NAME", options->name, "only those of this device");
    removed->add_flag("--all", options->all, "those of every device");
    removed->callback([&connection, options] { forget(connection, *options); });
}

}  // namespace opencapf::capfctl
