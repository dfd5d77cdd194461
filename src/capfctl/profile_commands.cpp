// SPDX-License-Identifier: Apache-2.0
#include "capfctl/profile_commands.hpp"

#include "capfctl/commands.hpp"
#include "capfctl/table.hpp"
#include "capfctl/where_option.hpp"
#include "opencapf/base/clock.hpp"
#include "opencapf/base/secret.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <iostream>
#include <memory>

namespace opencapf::capfctl {
namespace {

struct Options {
    Conditions where;
    std::string user, instance, kind = "application", name, operation = "install", string_file, key_order = "rsa", by;
    int rsa = 2048, ec = 256;
};

std::string text(const Json& row, const char* key) { return row[key].get<std::string>(); }

std::string expires(const Json& profile) {
    const auto until = profile["lsc_valid_until"].get<std::int64_t>();
    return until == 0 ? "NA" : format_local(std::chrono::system_clock::from_time_t(until), "%Y-%m-%d %H:%M:%S");
}

void done(const Connection& connection, const Json& answer, const std::string& sentence) {
    std::cout << (connection.json ? answer.dump() : sentence) << '\n';
}

void add(const Connection& connection, const Options& options) {
    const Json answer = ask(
        connection, kCapfDaemon,
        {{"command", "profile.add"}, {"kind", options.kind}, {"user", options.user}, {"instance", options.instance}});
    done(connection, answer, "profile " + text(answer, "name") + " added");
}

void list(const Connection& connection, const Options& options) {
    Json profiles = Json::array();
    std::string after;
    for (bool more = true; more;) {
        const Json answer =
            ask(connection, kCapfDaemon, {{"command", "profile.list"}, {"where", options.where}, {"after", after}});
        for (const auto& profile : answer["profiles"]) profiles.push_back(profile);
        more = answer.value("more", false) && !answer["profiles"].empty();
        if (more) after = profiles.back()["name"].get<std::string>();
    }
    if (connection.json) {
        std::cout << Json{{"version", 1}, {"ok", true}, {"profiles", std::move(profiles)}}.dump() << '\n';
        return;
    }
    std::vector<Row> rows;
    for (const auto& profile : profiles)
        rows.push_back({text(profile, "user"), text(profile, "instance"), text(profile, "kind"),
                        text(profile, "operation_text"), text(profile, "status_text"), expires(profile)});
    print_table(std::cout, {"User", "Instance ID", "Kind", "Operation", "Status", "Certificate Expires"}, rows);
}

void show(const Connection& connection, const Options& options) {
    const Json answer = ask(connection, kCapfDaemon, {{"command", "profile.show"}, {"name", options.name}});
    if (connection.json) {
        std::cout << answer.dump() << '\n';
        return;
    }
    const Json& profile = answer["profile"];
    const auto line = [](std::string_view name, const std::string& value) {
        std::cout << fmt::format("{:<32}{}\n", name, value.empty() ? "-" : value);
    };
    line("User", text(profile, "user"));
    line("Instance ID", text(profile, "instance"));
    line("Kind", text(profile, "kind"));
    line("Certificate Operation", text(profile, "operation_text"));
    line("Certificate Operation Status",
         fmt::format("{} ({})", text(profile, "status_text"), profile["status"].get<int>()));
    line("Authentication String", profile["authentication_string_set"].get<bool>() ? "set" : "");
    line("Operation Completes By", text(profile, "finish_by"));
    line("Certificate Expires", expires(profile));
    line("Certificate Issued By", text(profile, "lsc_issuer"));
}

void arm(const Connection& connection, const Options& options) {
    Json request{{"command", "profile.arm"},
                 {"name", options.name},
                 {"operation", options.operation},
                 {"key_order", options.key_order},
                 {"rsa", options.rsa},
                 {"ec", options.ec},
                 {"by", options.by}};
    if (options.string_file.empty()) {
        request["generate_string"] = true;
    } else {
        request["string"] = std::string(Secret::from_file(options.string_file).reveal());
    }
    const Json answer = ask(connection, kCapfDaemon, request);
    std::string sentence = options.name + (options.operation == "none" ? " disarmed" : " armed: install");
    // Somebody has to see a generated string once.
    if (answer.contains("strings"))
        for (const auto& [name, digits] : answer["strings"].items())
            sentence += fmt::format("\n{} authentication string {}", name, digits.get<std::string>());
    done(connection, answer, sentence);
}

void add_name(CLI::App& command, Options& options) {
    command.add_option("NAME", options.name, "USER.INSTANCE, as profile list shows them")->required();
}

void add_arm(CLI::App& profile, const Connection& connection, const std::shared_ptr<Options>& options) {
    auto* armed = profile.add_subcommand("arm", "let the application fetch a certificate the next time it connects");
    add_name(*armed, *options);
    armed->add_option("--operation", options->operation, "install a certificate, or none to disarm")
        ->check(CLI::IsMember({"install", "none"}))
        ->capture_default_str();
    armed
        ->add_option("--string-file", options->string_file,
                     "file whose first line is the authentication string, 4 to 10 digits; without it a random one is "
                     "made and printed. It counts once")
        ->type_name("FILE");
    armed->add_option("--key-order", options->key_order, "kind of key: rsa, ec, or ec-preferred (RSA without EC)")
        ->check(CLI::IsMember({"rsa", "ec", "ec-preferred"}))
        ->capture_default_str();
    armed->add_option("--rsa", options->rsa, "RSA key size in bits (512 only where capfd allows it)")
        ->check(CLI::IsMember({512, 1024, 2048, 3072, 4096}))
        ->capture_default_str();
    armed->add_option("--ec", options->ec, "EC key size in bits: the curve P-256, P-384 or P-521")
        ->check(CLI::IsMember({256, 384, 521}))
        ->capture_default_str();
    armed->add_option("--by", options->by, "deadline YYYY:MM:DD:HH:MM in the server's local time");
    armed->callback([&connection, options] { arm(connection, *options); });
}

}  // namespace

void add_profile_commands(CLI::App& cli, const Connection& connection) {
    const auto options = std::make_shared<Options>();
    auto* profile =
        cli.add_subcommand("profile", "CAPF profiles of application users and end users (CTI, JTAPI, TAPI)");
    profile->require_subcommand(1);

    auto* added = profile->add_subcommand("add", "add a profile");
    added->add_option("USER", options->user, "user: letters, digits, '.', '-', '_'")->required();
    added->add_option("INSTANCE", options->instance, "instance id: letters and digits, one for each running instance")
        ->required();
    added->add_option("--kind", options->kind, "whose it is: of an application user or an end user")
        ->check(CLI::IsMember({"application", "end-user"}))
        ->capture_default_str();
    added->callback([&connection, options] { add(connection, *options); });

    auto* listed = profile->add_subcommand("list", "show all profiles, a line each");
    add_where_option(*listed, options->where);
    listed->callback([&connection, options] { list(connection, *options); });

    auto* shown = profile->add_subcommand("show", "show one profile: operation, status, certificate");
    add_name(*shown, *options);
    shown->callback([&connection, options] { show(connection, *options); });

    add_arm(*profile, connection, options);

    auto* removed = profile->add_subcommand("remove", "remove a profile and forget its certificate");
    add_name(*removed, *options);
    removed->callback([&connection, options] {
        done(connection, ask(connection, kCapfDaemon, {{"command", "profile.remove"}, {"name", options->name}}),
             options->name + " removed");
    });
}

}  // namespace opencapf::capfctl
