// SPDX-License-Identifier: Apache-2.0
#include "capfctl/axl_commands.hpp"

#include "capfctl/commands.hpp"
#include "opencapf/base/password_hash.hpp"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

namespace opencapf::capfctl {
namespace {

void hash(const Connection& connection, const std::string& user) {
    std::string line;
    if (!std::getline(std::cin, line) || line.empty()) {
        std::cerr << "capfctl: the first line of standard input is the password: it is empty\n";
        throw Exit{kExitUsage};
    }
    if (line.back() == '\r') line.pop_back();
    const std::string account = user + ':' + hash_password(Secret(std::move(line)));
    std::cout << (connection.json ? Json{{"version", 1}, {"ok", true}, {"line", account}}.dump() : account) << '\n';
}

}  // namespace

void add_axl_commands(CLI::App& cli, const Connection& connection) {
    const auto user = std::make_shared<std::string>();
    auto* axl = cli.add_subcommand("axl", "the AXL-like endpoint of capfd")->require_subcommand(1);
    auto* hashed = axl->add_subcommand(
        "hash", "make a line of the accounts file; reads the password from standard input and asks no daemon");
    hashed->add_option("USER", *user, "user name, without a colon")
        ->required()
        ->check(CLI::Validator(
            [](const std::string& text) {
                return text.empty() || text.find_first_of(":\r\n#") != std::string::npos
                           ? std::string("a user has neither colon, # nor line end")
                           : std::string();
            },
            ""));
    hashed->callback([&connection, user] { hash(connection, *user); });
}

}  // namespace opencapf::capfctl
