// SPDX-License-Identifier: Apache-2.0
#include "capfctl/ca_commands.hpp"
#include "capfctl/commands.hpp"
#include "opencapf/base/secret.hpp"
#include "opencapf/base/text.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <iostream>
#include <memory>

namespace opencapf::capfctl {
namespace {

struct Arguments {
    std::string name, state, password_file, file;
    std::vector<std::string> changes;
};

void say(const Connection& connection, const Json& answer, const std::string& text) {
    std::cout << (connection.json ? answer.dump() : text) << '\n';
}

void templates(const Connection& connection) {
    const Json answer = ask(connection, kCaDaemon, {{"command", "ca.template.list"}});
    if (connection.json) {
        std::cout << answer.dump() << '\n';
        return;
    }
    for (const auto& entry : answer["templates"]) {
        std::string who;
        for (const auto& account : entry["enroll"]) who += (who.empty() ? "" : ", ") + account.get<std::string>();
        std::cout << fmt::format(
            "{:<24}version {}.{}  {} days{}  enrol: {}\n", entry["name"].get<std::string>(), entry["schema"].get<int>(),
            entry["major_version"].get<int>(), entry["validity_days"].get<int>(),
            entry["manager_approval"].get<bool>() ? "  manager approval" : "", who.empty() ? "nobody" : who);
    }
}

void show_template(const Connection& connection, const Arguments& arguments) {
    const Json answer = ask(connection, kCaDaemon, {{"command", "ca.template.list"}});
    for (const auto& entry : answer["templates"]) {
        if (!iequals(entry["name"].get<std::string>(), arguments.name)) continue;
        std::cout << (connection.json ? entry.dump() : entry.dump(2)) << '\n';
        return;
    }
    std::cerr << "capfctl: there is no template " << arguments.name << "; see: capfctl ca template list\n";
    throw Exit{kExitRefused};
}

/// KEY=VALUE, where VALUE is JSON, or else a string.
Json changes_of(const Arguments& arguments) {
    Json changes = Json::object();
    if (!arguments.file.empty()) {
        changes = Json::parse(read_file(arguments.file), nullptr, false, true);
        if (!changes.is_object()) {
            std::cerr << "capfctl: " << arguments.file << " holds no JSON object\n";
            throw Exit{kExitUsage};
        }
    }
    for (const std::string& change : arguments.changes) {
        const std::size_t equals = change.find('=');
        if (equals == std::string::npos || equals == 0) {
            std::cerr << "capfctl: '" << change << "' is no KEY=VALUE\n";
            throw Exit{kExitUsage};
        }
        const std::string text = change.substr(equals + 1);
        Json value = Json::parse(text, nullptr, false);
        // 1.2 is the beginning of an OID, not a number.
        if (value.is_discarded() || value.is_number_float()) value = text;
        changes[change.substr(0, equals)] = std::move(value);
    }
    changes["name"] = arguments.name;
    return changes;
}

void set_account(const Connection& connection, const Arguments& arguments) {
    Json request{{"command", "ca.account.set"}, {"name", arguments.name}};
    if (!arguments.state.empty()) request["state"] = arguments.state;
    if (!arguments.password_file.empty())
        request["password"] = std::string(Secret::from_file(arguments.password_file).reveal());
    const Json answer = ask(connection, kCaDaemon, request);
    say(connection, answer,
        fmt::format("account {}: {}", arguments.name, answer["account"]["state"].get<std::string>()));
}

void add_template_commands(CLI::App& ca, const Connection& connection) {
    const auto arguments = std::make_shared<Arguments>();
    auto* group = ca.add_subcommand("template", "certificate templates; changes count before the configuration's");
    group->require_subcommand(1);
    group->add_subcommand("list", "templates this CA issues")->callback([&connection] { templates(connection); });
    const auto add_name = [&arguments](CLI::App& command) {
        command.add_option("NAME", arguments->name, "the template's name")->required();
    };
    auto* shown = group->add_subcommand("show", "one template, as the configuration would write it");
    add_name(*shown);
    shown->callback([&connection, arguments] { show_template(connection, *arguments); });
    auto* set = group->add_subcommand("set", "add a template, or change what is named");
    add_name(*set);
    set->add_option("CHANGES", arguments->changes, "KEY=VALUE as in the configuration, such as manager_approval=true");
    set->add_option("--file", arguments->file, "JSON object with more of them")->check(CLI::ExistingFile);
    set->callback([&connection, arguments] {
        say(connection,
            ask(connection, kCaDaemon, {{"command", "ca.template.set"}, {"changes", changes_of(*arguments)}}),
            "template " + arguments->name + " counts from now on");
    });
    auto* reset = group->add_subcommand("reset", "take a template from the configuration again");
    add_name(*reset);
    reset->callback([&connection, arguments] {
        say(connection, ask(connection, kCaDaemon, {{"command", "ca.template.reset"}, {"name", arguments->name}}),
            "template " + arguments->name + " is as the configuration has it");
    });
    auto* removed = group->add_subcommand("remove", "publish a template no more");
    add_name(*removed);
    removed->callback([&connection, arguments] {
        say(connection, ask(connection, kCaDaemon, {{"command", "ca.template.remove"}, {"name", arguments->name}}),
            "template " + arguments->name + " removed");
    });
}

void add_account_commands(CLI::App& ca, const Connection& connection) {
    const auto arguments = std::make_shared<Arguments>();
    auto* group = ca.add_subcommand("account", "accounts of the domain; changes count before the configuration's");
    group->require_subcommand(1);
    group->add_subcommand("list", "who may log in")->callback([&connection] {
        const Json answer = ask(connection, kCaDaemon, {{"command", "ca.account.list"}});
        if (connection.json) {
            std::cout << answer.dump() << '\n';
            return;
        }
        for (const auto& account : answer["accounts"])
            std::cout << fmt::format("{:<32}{}\n", account["name"].get<std::string>(),
                                     account["state"].get<std::string>());
    });
    const auto add_name = [&arguments](CLI::App& command) {
        command.add_option("NAME", arguments->name, "account without domain")->required();
    };
    auto* set = group->add_subcommand("set", "add an account, or change its password or state");
    add_name(*set);
    set->add_option("--password-file", arguments->password_file, "file whose first line is the password")
        ->check(CLI::ExistingFile);
    set->add_option("--state", arguments->state, "disabled and locked accounts cannot log in")
        ->check(CLI::IsMember({"enabled", "disabled", "locked"}));
    set->callback([&connection, arguments] { set_account(connection, *arguments); });
    for (const auto& [name, help] : {std::pair{"remove", "let an account log in no more"},
                                     {"reset", "take it from the configuration again"},
                                     {"unlock", "forget the wrong passwords that locked an account"}}) {
        auto* command = group->add_subcommand(name, help);
        add_name(*command);
        command->callback([&connection, arguments, verb = std::string(name)] {
            say(connection, ask(connection, kCaDaemon, {{"command", "ca.account." + verb}, {"name", arguments->name}}),
                "account " + arguments->name + ": " + verb + " done");
        });
    }
}

}  // namespace

void add_ca_override_commands(CLI::App& ca, const Connection& connection) {
    add_template_commands(ca, connection);
    add_account_commands(ca, connection);
}

}  // namespace opencapf::capfctl
