// SPDX-License-Identifier: Apache-2.0
#include "capfctl/device_commands.hpp"

#include "capfctl/arm_options.hpp"
#include "capfctl/commands.hpp"
#include "capfctl/report_commands.hpp"
#include "opencapf/base/clock.hpp"
#include "opencapf/base/text.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <iostream>
#include <memory>

namespace opencapf::capfctl {
namespace {

constexpr std::size_t kNamesPerRequest = 1000;  // stays below the socket's 64 KiB line

struct Options {
    explicit Options(const Connection& c) : connection(c) {}
    const Connection& connection;
    std::vector<std::string> names;
    std::string name, names_file, model;
    ArmOptions arming;
};

std::vector<std::string> all_names(const Options& options) {
    std::vector<std::string> names = options.names;
    if (!options.names_file.empty()) {
        for (const auto& line : split(read_file(options.names_file, 64 * 1024 * 1024), '\n'))
            if (const auto name = trim(line); !name.empty()) names.emplace_back(name);
    }
    if (names.empty()) {
        std::cerr << "capfctl: name at least one device, or give --names-file FILE\n";
        throw Exit{kExitUsage};
    }
    return names;
}

// A generated string is worth nothing unless somebody sees it: it is the one secret that capfctl prints.
void print_strings(const Options& options, const Json& strings) {
    if (options.connection.json) return;
    for (const auto& [name, digits] : strings.items())
        std::cout << fmt::format("{:<18} authentication string {}\n", name, digits.get<std::string>());
}

// Sends `request` for all names, a bounded number at a time.
void ask_for_names(const Options& options, const Json& request, std::string_view done) {
    const auto names = all_names(options);
    Json strings = Json::object();
    for (std::size_t at = 0; at < names.size(); at += kNamesPerRequest) {
        Json part = request;
        part["names"] = Json::array();
        for (std::size_t i = at; i < std::min(names.size(), at + kNamesPerRequest); ++i)
            part["names"].push_back(names[i]);
        const Json answer = ask(options.connection, kCapfDaemon, part);
        if (answer.contains("strings")) strings.update(answer["strings"]);
    }
    if (options.connection.json) {
        Json done_json{{"ok", true}, {"devices", names.size()}};
        if (!strings.empty()) done_json["strings"] = strings;
        std::cout << done_json.dump() << '\n';
    } else {
        std::cout << fmt::format("{} {}\n", names.size() == 1 ? names.front() : fmt::format("{} devices", names.size()),
                                 done);
    }
    print_strings(options, strings);
}

std::string when(std::int64_t seconds) {
    return seconds == 0 ? "-" : format_local(std::chrono::system_clock::from_time_t(seconds), "%Y-%m-%d %H:%M:%S");
}

void list(const Options& options) {
    Json devices = Json::array();
    std::string after;
    for (bool more = true; more;) {
        const Json answer = ask(options.connection, kCapfDaemon, {{"command", "device.list"}, {"after", after}});
        for (const auto& device : answer["devices"]) devices.push_back(device);
        more = answer.value("more", false) && !answer["devices"].empty();
        if (more) after = devices.back()["name"].get<std::string>();
    }
    if (options.connection.json) {
        std::cout << Json{{"version", 1}, {"ok", true}, {"devices", std::move(devices)}}.dump() << '\n';
        return;
    }
    constexpr auto kRow = "{:<18} {:<12} {:<22} {:<50} {}\n";
    std::cout << fmt::format(kRow, "NAME", "MODEL", "OPERATION", "STATUS", "LSC EXPIRES");
    for (const auto& device : devices) {
        const Json& lsc = device["lsc"];
        const std::string until = lsc.is_object() ? when(lsc["valid_until"].get<std::int64_t>()) : "-";
        std::cout << fmt::format(kRow, device["name"].get<std::string>(), device["model"].get<std::string>(),
                                 device["operation_text"].get<std::string>(), device["status_text"].get<std::string>(),
                                 until);
    }
}

void show(const Options& options) {
    const Json answer = ask(options.connection, kCapfDaemon, {{"command", "device.show"}, {"name", options.name}});
    if (options.connection.json) {
        std::cout << answer["device"].dump() << '\n';
        return;
    }
    const Json& device = answer["device"];
    const auto line = [](std::string_view name, const std::string& value) {
        std::cout << fmt::format("{:<32}{}\n", name, value.empty() ? "-" : value);
    };
    line("Device", device["name"]);
    line("Model", device["model"]);
    line("Certificate Operation",
         fmt::format("{} ({})", device["operation_text"].get<std::string>(), device["operation"].get<int>()));
    line("Certificate Operation Status",
         fmt::format("{} ({})", device["status_text"].get<std::string>(), device["status"].get<int>()));
    line("Authentication Mode", device["authentication_mode_text"]);
    line("Operation Completes By", device["finish_by"]);
    line("RSA Key Size", std::to_string(device["rsa_key_size"].get<int>()));
    const Json& lsc = device["lsc"];
    line("LSC", lsc.is_object() ? "Installed" : "Not Installed");
    if (!lsc.is_object()) return;
    line("LSC Subject", lsc["subject"]);
    line("LSC Serial", lsc["serial"]);
    line("LSC Expires", when(lsc["valid_until"]));
    line("LSC Issued By", lsc["issuer"]);
    line("LSC Issuer Expires By", when(lsc["issuer_valid_until"]));
}

void arm(const Options& options) {
    Json request = {{"command", "device.arm"}};
    request.update(arm_request(options.arming));
    const std::string& operation = options.arming.operation;
    ask_for_names(options, request, operation == "none" ? "disarmed" : "armed: " + operation);
}

void add_arm(CLI::App& device, const std::shared_ptr<Options>& options) {
    auto* armed = device.add_subcommand("arm", "let devices run an operation the next time they connect");
    armed->add_option("NAME", options->names, "device names");
    armed->add_option("--names-file", options->names_file, "file with one name per line")->type_name("FILE");
    add_arm_options(*armed, options->arming);
    armed->callback([options] { arm(*options); });
}

}  // namespace

void add_device_commands(CLI::App& cli, const Connection& connection) {
    const auto options = std::make_shared<Options>(connection);
    auto* device = cli.add_subcommand("device", "devices and their operations")->require_subcommand(1);

    auto* add = device->add_subcommand("add", "add devices");
    add->add_option("NAME", options->names, "device names, e.g. SEP001122334455");
    add->add_option("--names-file", options->names_file, "file with one name per line")->type_name("FILE");
    add->add_option("--model", options->model, "model, e.g. CP-8865: first part of the certificate's common name");
    add->callback([options] {
        Json request = {{"command", "device.add"}};
        if (!options->model.empty()) request["model"] = options->model;
        ask_for_names(*options, request, "added");
    });

    device->add_subcommand("list", "show all devices, a line each; see find for reports")->callback([options] {
        list(*options);
    });
    add_find_command(*device, connection);

    auto* shown = device->add_subcommand("show", "show one device: operation, status, certificate");
    shown->add_option("NAME", options->name, "device name")->required();
    shown->callback([options] { show(*options); });

    auto* remove = device->add_subcommand("remove", "remove a device and forget its certificate");
    remove->add_option("NAME", options->name, "device name")->required();
    remove->callback([options] {
        const Json answer =
            ask(options->connection, kCapfDaemon, {{"command", "device.remove"}, {"name", options->name}});
        std::cout << (options->connection.json ? answer.dump() : options->name + " removed") << '\n';
    });

    add_arm(*device, options);
}

}  // namespace opencapf::capfctl
