// SPDX-License-Identifier: Apache-2.0
#include "capfctl/parameter_commands.hpp"

#include "capfctl/device_commands.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <iostream>
#include <memory>

namespace opencapf::capfctl {
namespace {

std::string text(const Json& parameter, const char* key) {
    const auto value = parameter[key].get<std::string>();
    return value.empty() ? "-" : value;
}

void list(const Connection& connection) {
    const Json answer = ask(connection, kCapfDaemon, {{"command", "parameter.list"}});
    if (connection.json) {
        std::cout << answer.dump() << '\n';
        return;
    }
    constexpr auto kRow = "{:<54} {:<44} {:<12} {}\n";
    std::cout << fmt::format(kRow, "PARAMETER", "VALUE", "DEFAULT", "IN CAPFD.JSON");
    for (const auto& parameter : answer["parameters"]) {
        const auto standard = text(parameter, "default");
        std::cout << fmt::format(kRow, text(parameter, "name"), text(parameter, "value"),
                                 parameter["value"] == parameter["default"] ? "(is it)" : standard,
                                 text(parameter, "key"));
    }
}

void show(const Connection& connection, const std::string& name) {
    const Json answer = ask(connection, kCapfDaemon, {{"command", "parameter.show"}, {"name", name}});
    if (connection.json) {
        std::cout << answer.dump() << '\n';
        return;
    }
    const Json& parameter = answer["parameter"];
    const auto line = [](std::string_view label, const std::string& value) {
        std::cout << fmt::format("{:<12}{}\n", label, value);
    };
    line("Parameter", text(parameter, "name"));
    line("Kind", text(parameter, "kind"));
    line("Meaning", text(parameter, "help"));
    line("Value", text(parameter, "value"));
    line("Range", text(parameter, "range"));
    line("Default", text(parameter, "default") +
                        (parameter["default_confirmed"].get<bool>() ? "" : " (chosen by us: not documented)"));
    line("Set at", text(parameter, "key") + " in capfd.json or capfd.d/*.json");
    line("A change",
         parameter["needs_restart"].get<bool>() ? "needs a restart of capfd" : "needs: capfctl daemon reload capfd");
}

}  // namespace

void add_parameter_commands(CLI::App& cli, const Connection& connection) {
    auto* parameter =
        cli.add_subcommand("parameter", "CUCM's service and enterprise parameters of CAPF, and their values")
            ->require_subcommand(1);
    parameter->add_subcommand("list", "show all parameters")->callback([&connection] { list(connection); });
    auto* shown = parameter->add_subcommand("show", "show one parameter: value, range, default, where it is set");
    const auto name = std::make_shared<std::string>();
    shown->add_option("NAME", *name, "documented name, or the key in capfd.json, e.g. key_size")->required();
    shown->callback([&connection, name] { show(connection, *name); });
}

}  // namespace opencapf::capfctl
