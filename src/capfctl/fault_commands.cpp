// SPDX-License-Identifier: Apache-2.0
#include "capfctl/fault_commands.hpp"

#include "capfctl/commands.hpp"
#include "opencapf/ca_faults/names.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fmt/format.h>
#include <iostream>
#include <memory>

namespace opencapf::capfctl {
namespace {

constexpr const char* kDaemon = "ca-simd";

struct Arguments {
    std::string name, url = "*", phase = "any", template_name, which;
    int count = 0, bytes = 0;
    double seconds = ca_faults::kDefaultSeconds;
    bool available = false, all = false;
};

std::vector<std::string> fault_names() {
    std::vector<std::string> names;
    for (const auto& known : ca_faults::kNames) names.emplace_back(known.name);
    return names;
}

std::string left_text(const Json& fault) {
    return fault["left"].is_null() ? "always" : std::to_string(fault["left"].get<int>());
}

std::string parameters_text(const Json& fault) {
    std::string text;
    if (fault.contains("seconds")) text += fmt::format("{} s ", fault["seconds"].get<double>());
    if (fault.value("bytes", 0) > 0) text += fmt::format("{} bytes ", fault["bytes"].get<int>());
    if (fault.contains("template")) text += fault["template"].get<std::string>() + " ";
    if (fault["configured"].get<bool>()) text += "(configured)";
    return text;
}

// Only what was asked for goes out: the daemon refuses parameters that a fault has no use for.
void set(const Connection& connection, const Arguments& arguments, const CLI::App& command) {
    Json request = {
        {"command", "ca.fault.set"}, {"name", arguments.name}, {"url", arguments.url}, {"phase", arguments.phase}};
    if (command.count("--count") > 0) request["count"] = arguments.count;
    if (command.count("--seconds") > 0) request["seconds"] = arguments.seconds;
    if (command.count("--bytes") > 0) request["bytes"] = arguments.bytes;
    if (command.count("--template") > 0) request["template"] = arguments.template_name;
    const Json answer = ask(connection, kDaemon, request);
    if (connection.json) {
        std::cout << answer["fault"].dump() << '\n';
        return;
    }
    const Json& fault = answer["fault"];
    const std::string times = fault["left"].is_null() ? "until cleared" : left_text(fault) + " times";
    std::cout << fmt::format("fault {} {} is on: {}, {}\n", fault["id"].get<int>(), fault["name"].get<std::string>(),
                             fault["url"].get<std::string>(), times);
}

void list_available(const Connection& connection, const Json& answer) {
    if (connection.json) {
        std::cout << answer.dump() << '\n';
        return;
    }
    for (const Json& fault : answer["available"]) {
        std::string phases;
        for (const Json& phase : fault["phases"]) phases += (phases.empty() ? "" : " ") + phase.get<std::string>();
        std::cout << fmt::format("{:<22}{}\n{:<22}phases: {}", fault["name"].get<std::string>(),
                                 fault["description"].get<std::string>(), "", phases);
        for (const Json& parameter : fault["parameters"]) std::cout << "; --" << parameter.get<std::string>();
        std::cout << '\n';
    }
}

void list(const Connection& connection, const Arguments& arguments) {
    Json request = {{"command", "ca.fault.list"}};
    if (arguments.available) request["available"] = true;
    const Json answer = ask(connection, kDaemon, request);
    if (arguments.available) return list_available(connection, answer);
    if (connection.json) {
        std::cout << answer.dump() << '\n';
        return;
    }
    static constexpr const char* kRow = "{:<6}{:<22}{:<26}{:<9}{:<8}{:<8}{}\n";
    std::cout << fmt::format(kRow, "ID", "NAME", "URL", "PHASE", "LEFT", "SHOWN", "");
    for (const Json& fault : answer["faults"]) {
        std::cout << fmt::format(kRow, fault["id"].get<int>(), fault["name"].get<std::string>(),
                                 fault["url"].get<std::string>(), fault["phase"].get<std::string>(), left_text(fault),
                                 fault["applied"].get<std::int64_t>(), parameters_text(fault));
    }
}

void clear(const Connection& connection, const Arguments& arguments) {
    Json request = {{"command", "ca.fault.clear"}};
    const std::string& which = arguments.which;
    const bool number = !which.empty() && which.size() <= 18 &&
                        std::all_of(which.begin(), which.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (arguments.all) {
        request["all"] = true;
    } else if (number) {
        request["id"] = std::stoull(which);
    } else if (!which.empty()) {
        request["name"] = which;
    } else {
        std::cerr << "capfctl: say which fault, by id or name, or --all\n";
        throw Exit{kExitUsage};
    }
    const Json answer = ask(connection, kDaemon, request);
    std::cout << (connection.json ? answer.dump() : fmt::format("{} cleared", answer["cleared"].get<int>())) << '\n';
}

}  // namespace

void add_fault_commands(CLI::App& ca, const Connection& connection) {
    const auto arguments = std::make_shared<Arguments>();
    auto* fault = ca.add_subcommand("fault", "let the CA go wrong on purpose")->require_subcommand(1);

    auto* on = fault->add_subcommand("set", "switch a fault on");
    on->add_option("NAME", arguments->name, "which fault; `capfctl ca fault list --available` explains them")
        ->required()
        ->check(CLI::IsMember(fault_names()));
    on->add_option("--url", arguments->url,
                   "page such as certfnsh.asp, path such as /certsrv, or *; ?name=value narrows it")
        ->capture_default_str();
    on->add_option("--phase", arguments->phase,
                   "connect: before TLS; login: requests that are not authenticated yet; request: those that are; any: "
                   "all requests the fault is for")
        ->check(CLI::IsMember(std::vector<std::string>(ca_faults::kPhases.begin(), ca_faults::kPhases.end())))
        ->capture_default_str();
    on->add_option("--count", arguments->count, "for so many requests or connections; without: until cleared")
        ->check(CLI::Range(1, ca_faults::kMaxCount));
    on->add_option("--seconds", arguments->seconds, "how long delay and delay-body wait")
        ->check(CLI::Range(0.0, static_cast<double>(ca_faults::kMaxSeconds)))
        ->capture_default_str();
    on->add_option(
          "--bytes", arguments->bytes,
          "of the body before close, reset or the pause of delay-body; without: nothing, not even the head, or "
          "half of the body")
        ->check(CLI::Range(1, ca_faults::kMaxBytes));
    on->add_option("--template", arguments->template_name, "the template that is missing; without: all");
    on->callback([&connection, arguments, on] { set(connection, *arguments, *on); });

    auto* shown = fault->add_subcommand("list", "show the faults that are on, and how often each was shown");
    shown->add_flag("--available", arguments->available, "show which faults there are instead");
    shown->callback([&connection, arguments] { list(connection, *arguments); });

    auto* off = fault->add_subcommand("clear", "switch faults off");
    auto* which = off->add_option("ID", arguments->which, "number or name of the fault");
    off->add_flag("--all", arguments->all, "all faults, configured ones included")->excludes(which);
    off->callback([&connection, arguments] { clear(connection, *arguments); });
}

}  // namespace opencapf::capfctl
