// SPDX-License-Identifier: Apache-2.0
#include "capfctl/ca_commands.hpp"
#include "capfctl/commands.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <iostream>
#include <map>
#include <memory>

namespace opencapf::capfctl {
namespace {

// RFC 5280 section 5.3.1, without the two that nobody may choose.
const std::map<std::string, int>& reasons() {
    static const std::map<std::string, int> kReasons{
        {"unspecified", 0},        {"keyCompromise", 1},      {"cACompromise", 2},
        {"affiliationChanged", 3}, {"superseded", 4},         {"cessationOfOperation", 5},
        {"certificateHold", 6},    {"privilegeWithdrawn", 9}, {"aACompromise", 10}};
    return kReasons;
}

struct Arguments {
    std::string state, requester, template_name, subject, which, reason = "unspecified";
    std::int64_t id = 0, limit = 50, before = 0;
    bool pem = false;
};

constexpr std::int64_t kRowsPerRequest = 150;

void print_row(const Json& row) {
    std::cout << fmt::format("{:<8}{:<9}{:<21}{:<20}{:<20}{}\n", row["id"].get<std::int64_t>(),
                             row["state"].get<std::string>(), row["submitted"].get<std::string>(),
                             row["requester"].get<std::string>(), row["template"].get<std::string>(),
                             row["subject"].get<std::string>());
}

void list(const Connection& connection, const Arguments& arguments) {
    Json rows = Json::array();
    std::int64_t before = arguments.before;
    while (static_cast<std::int64_t>(rows.size()) < arguments.limit) {
        const auto limit = std::min(kRowsPerRequest, arguments.limit - static_cast<std::int64_t>(rows.size()));
        Json request{{"command", "ca.request.list"}, {"limit", limit}, {"before", before}};
        for (const auto& [key, value] : {std::pair{"state", arguments.state},
                                         {"requester", arguments.requester},
                                         {"template", arguments.template_name},
                                         {"subject", arguments.subject}}) {
            if (!value.empty()) request[key] = value;
        }
        const Json answer = ask(connection, kCaDaemon, request);
        for (const auto& row : answer["requests"]) rows.push_back(row);
        if (static_cast<std::int64_t>(answer["requests"].size()) < limit) break;
        before = rows.back()["id"].get<std::int64_t>();
    }
    if (connection.json) {
        std::cout << Json{{"ok", true}, {"requests", rows}}.dump() << '\n';
        return;
    }
    std::cout << fmt::format("{:<8}{:<9}{:<21}{:<20}{:<20}{}\n", "ID", "STATE", "SUBMITTED (UTC)", "REQUESTER",
                             "TEMPLATE", "SUBJECT");
    for (const auto& row : rows) print_row(row);
}

/// A request id, or a serial number after "serial:".
Json selected(const std::string& which) {
    constexpr std::string_view kSerial = "serial:";
    if (which.starts_with(kSerial)) return {{"serial", which.substr(kSerial.size())}};
    const bool digits =
        !which.empty() && which.size() <= 10 && which.find_first_not_of("0123456789") == std::string::npos;
    if (!digits) {
        std::cerr << "capfctl: '" << which << "' is neither a request id nor serial:HEX\n";
        throw Exit{kExitUsage};
    }
    return {{"id", std::stoll(which)}};
}

void view(const Connection& connection, const Arguments& arguments) {
    Json request = selected(arguments.which);
    request["command"] = "ca.request.show";
    const Json answer = ask(connection, kCaDaemon, request);
    const Json& row = answer["request"];
    if (arguments.pem) {
        if (!row.contains("pem")) {
            std::cerr << "capfctl: request " << arguments.which << " has no certificate: it is "
                      << row["state"].get<std::string>() << '\n';
            throw Exit{kExitRefused};
        }
        std::cout << row["pem"].get<std::string>();
        return;
    }
    if (connection.json) {
        std::cout << answer.dump() << '\n';
        return;
    }
    for (const auto& [key, value] : row.items()) {
        if (key == "text" || key == "pem" || key == "csr_base64") continue;
        std::cout << fmt::format("{:<12}{}\n", key, value.is_string() ? value.get<std::string>() : value.dump());
    }
    if (row.contains("text")) std::cout << row["text"].get<std::string>();
}

void decide(const Connection& connection, const Json& request) {
    const Json answer = ask(connection, kCaDaemon, request);
    if (connection.json) {
        std::cout << answer.dump() << '\n';
        return;
    }
    std::cout << fmt::format("request {}: {}", answer["id"].get<std::int64_t>(), answer["state"].get<std::string>());
    if (answer.contains("message")) std::cout << " (" << answer["message"].get<std::string>() << ')';
    std::cout << '\n';
}

CLI::Option* add_which(CLI::App& command, Arguments& arguments) {
    return command.add_option("REQUEST", arguments.which, "request id, or serial:HEX")->required();
}

}  // namespace

void add_ca_request_commands(CLI::App& ca, const Connection& connection) {
    const auto arguments = std::make_shared<Arguments>();
    auto* listed = ca.add_subcommand("list", "requests and certificates, newest first");
    listed->add_option("--state", arguments->state, "only these")
        ->check(CLI::IsMember({"issued", "revoked", "pending", "denied", "failed", "signing"}));
    listed->add_option("--requester", arguments->requester, "only of this account (DOMAIN\\user)");
    listed->add_option("--template", arguments->template_name, "only for this template");
    listed->add_option("--subject", arguments->subject, "only with this text in the subject");
    listed->add_option("--limit", arguments->limit, "at most so many")
        ->check(CLI::Range(1, 1'000'000))
        ->capture_default_str();
    listed->add_option("--before", arguments->before, "only ids below this one")->check(CLI::Range(0L, 9'999'999'999L));
    listed->callback([&connection, arguments] { list(connection, *arguments); });

    auto* viewed = ca.add_subcommand("view", "one request with its certificate");
    add_which(*viewed, *arguments);
    viewed->add_flag("--pem", arguments->pem, "the certificate alone, as PEM");
    viewed->callback([&connection, arguments] { view(connection, *arguments); });

    for (const auto& [name, help] :
         {std::pair{"approve", "issue a pending request"}, {"deny", "deny a pending request"}}) {
        auto* command = ca.add_subcommand(name, help);
        command->add_option("ID", arguments->id, "request id")->required()->check(CLI::Range(1L, 9'999'999'999L));
        command->callback([&connection, arguments, command = "ca.request." + std::string(name)] {
            decide(connection, {{"command", command}, {"id", arguments->id}});
        });
    }
    auto* revoked = ca.add_subcommand("revoke", "revoke a certificate; the next CRL and OCSP say so");
    add_which(*revoked, *arguments);
    std::vector<std::string> names;
    for (const auto& [name, number] : reasons()) names.push_back(name);
    revoked->add_option("--reason", arguments->reason, "why; only certificateHold can be taken back")
        ->check(CLI::IsMember(names))
        ->capture_default_str();
    revoked->callback([&connection, arguments] {
        Json request = selected(arguments->which);
        request.update({{"command", "ca.request.revoke"}, {"reason", reasons().at(arguments->reason)}});
        decide(connection, request);
    });
    auto* unrevoked = ca.add_subcommand("unrevoke", "take a certificate off hold");
    add_which(*unrevoked, *arguments);
    unrevoked->callback([&connection, arguments] {
        Json request = selected(arguments->which);
        request["command"] = "ca.request.unrevoke";
        decide(connection, request);
    });
}

}  // namespace opencapf::capfctl
