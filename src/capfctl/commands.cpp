// SPDX-License-Identifier: Apache-2.0
#include "capfctl/commands.hpp"

#include "capfctl/ca_commands.hpp"
#include "capfctl/client.hpp"
#include "capfctl/daemon_commands.hpp"
#include "opencapf/base/bytes.hpp"
#include "opencapf/base/clock.hpp"
#include "opencapf/base/secret.hpp"
#include "opencapf/base/text.hpp"
#include "opencapf/cli/describe.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <iostream>

namespace opencapf::capfctl {
namespace {

const cli::ExitCodes kExitCodes{{kExitOk, "done"},
                                {kExitRefused, "refused, failed, or not ready"},
                                {kExitUsage, "wrong usage"},
                                {kExitUnreachable, "the daemon does not answer"}};
constexpr const char* kDaemon = "capfd";
constexpr std::size_t kNamesPerRequest = 1000;  // stays below the socket's 64 KiB line

struct Options {
    Connection connection;
    std::vector<std::string> names;
    std::string name, names_file, model, operation = "install", auth = "null", digits, digits_file, key_order = "rsa",
                                         by;
    int rsa = 2048;
    bool der = false;
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

// Sends `request` for all names, a bounded number at a time.
void ask_for_names(const Options& options, const Json& request, std::string_view done) {
    const auto names = all_names(options);
    for (std::size_t at = 0; at < names.size(); at += kNamesPerRequest) {
        Json part = request;
        part["names"] = Json::array();
        for (std::size_t i = at; i < std::min(names.size(), at + kNamesPerRequest); ++i)
            part["names"].push_back(names[i]);
        ask(options.connection, kDaemon, part);
    }
    if (options.connection.json) {
        std::cout << Json{{"ok", true}, {"devices", names.size()}}.dump() << '\n';
    } else {
        std::cout << fmt::format("{} {}\n", names.size() == 1 ? names.front() : fmt::format("{} devices", names.size()),
                                 done);
    }
}

std::string when(std::int64_t seconds) {
    return seconds == 0 ? "-" : format_local(std::chrono::system_clock::from_time_t(seconds), "%Y-%m-%d %H:%M:%S");
}

void list(const Options& options) {
    const Json answer = ask(options.connection, kDaemon, {{"command", "device.list"}});
    if (options.connection.json) {
        std::cout << answer.dump() << '\n';
        return;
    }
    constexpr auto kRow = "{:<18} {:<12} {:<22} {:<50} {}\n";
    std::cout << fmt::format(kRow, "NAME", "MODEL", "OPERATION", "STATUS", "LSC EXPIRES");
    for (const auto& device : answer["devices"]) {
        const Json& lsc = device["lsc"];
        const std::string until = lsc.is_object() ? when(lsc["valid_until"].get<std::int64_t>()) : "-";
        std::cout << fmt::format(kRow, device["name"].get<std::string>(), device["model"].get<std::string>(),
                                 device["operation_text"].get<std::string>(), device["status_text"].get<std::string>(),
                                 until);
    }
}

void show(const Options& options) {
    const Json answer = ask(options.connection, kDaemon, {{"command", "device.show"}, {"name", options.name}});
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
    std::string digits = options.digits;
    if (!options.digits_file.empty()) digits = std::string(Secret::from_file(options.digits_file).reveal());
    const Json request = {{"command", "device.arm"}, {"operation", options.operation}, {"auth", options.auth},
                          {"string", digits},        {"key_order", options.key_order}, {"rsa", options.rsa},
                          {"by", options.by}};
    ask_for_names(options, request, options.operation == "none" ? "disarmed" : "armed: " + options.operation);
}

void export_lsc(const Options& options) {
    const Json answer = ask(options.connection, kDaemon, {{"command", "lsc.export"}, {"name", options.name}});
    if (options.connection.json) {
        std::cout << answer.dump() << '\n';
    } else if (options.der) {
        const auto der = from_base64(answer["der_base64"].get_ref<const std::string&>());
        std::cout << as_text(der.value());
    } else {
        std::cout << answer["pem"].get<std::string>();
    }
}

void add_device_commands(CLI::App& cli, Options& o) {
    auto* device = cli.add_subcommand("device", "devices and their operations")->require_subcommand(1);

    auto* add = device->add_subcommand("add", "add devices");
    add->add_option("NAME", o.names, "device names, e.g. SEP001122334455");
    add->add_option("--names-file", o.names_file, "file with one name per line")->type_name("FILE");
    add->add_option("--model", o.model, "model, e.g. CP-8865: first part of the certificate's common name");
    add->callback([&o] {
        Json request = {{"command", "device.add"}};
        if (!o.model.empty()) request["model"] = o.model;
        ask_for_names(o, request, "added");
    });

    device->add_subcommand("list", "show all devices, a line each")->callback([&o] { list(o); });

    auto* shown = device->add_subcommand("show", "show one device: operation, status, certificate");
    shown->add_option("NAME", o.name, "device name")->required();
    shown->callback([&o] { show(o); });

    auto* remove = device->add_subcommand("remove", "remove a device and forget its certificate");
    remove->add_option("NAME", o.name, "device name")->required();
    remove->callback([&o] {
        const Json answer = ask(o.connection, kDaemon, {{"command", "device.remove"}, {"name", o.name}});
        std::cout << (o.connection.json ? answer.dump() : o.name + " removed") << '\n';
    });

    auto* armed = device->add_subcommand("arm", "let devices run an operation the next time they connect");
    armed->add_option("NAME", o.names, "device names");
    armed->add_option("--names-file", o.names_file, "file with one name per line")->type_name("FILE");
    armed->add_option("--operation", o.operation, "what to do: install a certificate, or none to disarm")
        ->check(CLI::IsMember({"install", "none"}))
        ->capture_default_str();
    armed
        ->add_option("--auth", o.auth,
                     "how the phone proves itself: null (not at all) or string (authentication string)")
        ->check(CLI::IsMember({"null", "string"}))
        ->capture_default_str();
    armed->add_option("--string", o.digits,
                      "authentication string, 4 to 10 digits (others can read arguments: see --string-file)");
    armed->add_option("--string-file", o.digits_file, "file whose first line is the authentication string")
        ->type_name("FILE");
    armed->add_option("--key-order", o.key_order, "kind of key")->check(CLI::IsMember({"rsa"}))->capture_default_str();
    armed->add_option("--rsa", o.rsa, "RSA key size in bits")->check(CLI::IsMember({2048}))->capture_default_str();
    armed->add_option("--by", o.by, "deadline YYYY:MM:DD:HH:MM in the server's local time");
    armed->callback([&o] { arm(o); });
}

}  // namespace

int run(int argc, char** argv) {
    Options options;
    CLI::App cli("administers OpenCAPF: devices, operations and certificates of capfd, and the daemons themselves",
                 "capfctl");
    cli.footer(cli::exit_codes_text(kExitCodes));
    cli.set_version_flag("--version", std::string("capfctl ") + OPENCAPF_VERSION);
    cli.add_option("--socket", options.connection.socket,
                   "admin socket of the daemon; default: the variable CAPF_ADMIN_SOCKET, CES_ADMIN_SOCKET or "
                   "CA_ADMIN_SOCKET, else /run/opencapf/DAEMON/admin.sock")
        ->type_name("FILE");
    cli.add_flag("--json", options.connection.json, "answer as JSON");
    cli.fallthrough();
    cli.require_subcommand(1);
    add_device_commands(cli, options);
    auto* lsc = cli.add_subcommand("lsc", "certificates of devices")->require_subcommand(1);
    auto* exported = lsc->add_subcommand("export", "print the LSC of a device as PEM");
    exported->add_option("NAME", options.name, "device name")->required();
    exported->add_flag("--der", options.der, "DER instead of PEM");
    exported->callback([&options] { export_lsc(options); });
    add_ca_commands(cli, options.connection);
    add_daemon_commands(cli, options.connection);
    cli::add_describe_flag(cli, kExitCodes);
    try {
        cli.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return cli.exit(error) == 0 ? kExitOk : kExitUsage;
    } catch (const Exit& end) {
        return end.code;
    } catch (const std::exception& error) {
        std::cerr << "capfctl: " << error.what() << '\n';
        return kExitRefused;
    }
    return kExitOk;
}

}  // namespace opencapf::capfctl
