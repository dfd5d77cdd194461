// SPDX-License-Identifier: Apache-2.0
#include "capfctl/ca_commands.hpp"
#include "capfctl/commands.hpp"
#include "opencapf/base/text.hpp"

#include <CLI/CLI.hpp>
#include <filesystem>
#include <fmt/format.h>
#include <iostream>
#include <memory>

namespace opencapf::capfctl {
namespace {

struct Arguments {
    bool delta = false, new_key = false;
    std::string certificate, key, file;
};

void print_certificate(const Json& certificate) {
    std::cout << fmt::format("{:<4}key {:<4}{}  serial {}  until {}\n", certificate["index"].get<int>(),
                             certificate["key_index"].get<int>(), certificate["subject"].get<std::string>(),
                             certificate["serial"].get<std::string>(), certificate["not_after"].get<std::string>());
}

void certificates(const Connection& connection) {
    const Json answer = ask(connection, kCaDaemon, {{"command", "ca.certificate.list"}});
    if (connection.json) {
        std::cout << answer.dump() << '\n';
    } else {
        for (const auto& certificate : answer["certificates"]) print_certificate(certificate);
    }
}

void print_added(const Connection& connection, const Json& answer) {
    if (connection.json) {
        std::cout << answer.dump() << '\n';
    } else {
        print_certificate(answer["certificate"]);
    }
}

void crls(const Connection& connection, const Json& request) {
    const Json answer = ask(connection, kCaDaemon, request);
    if (connection.json) {
        std::cout << answer.dump() << '\n';
        return;
    }
    for (const auto& crl : answer["crls"]) {
        std::cout << fmt::format("key {:<4}{:<6}number {:<6}published {}  next {}  {} bytes\n",
                                 crl["key_index"].get<int>(), crl["delta"].get<bool>() ? "delta" : "base",
                                 crl["number"].get<std::int64_t>(), crl["published"].get<std::string>(),
                                 crl["next"].get<std::string>(), crl["bytes"].get<std::int64_t>());
    }
}

void import(const Connection& connection, const Arguments& arguments) {
    require_private(arguments.key);
    print_added(connection, ask(connection, kCaDaemon,
                                {{"command", "ca.certificate.import"},
                                 {"certificate", read_file(arguments.certificate)},
                                 {"private_key", read_file(arguments.key)}}));
}

void on_file(const Connection& connection, const Arguments& arguments, const char* command, const char* done) {
    const std::string path = std::filesystem::absolute(arguments.file).string();
    const Json answer = ask(connection, kCaDaemon, {{"command", command}, {"path", path}});
    std::cout << (connection.json ? answer.dump() : fmt::format("{} {}", done, path)) << '\n';
}

}  // namespace

void add_ca_authority_commands(CLI::App& ca, const Connection& connection) {
    const auto arguments = std::make_shared<Arguments>();
    ca.add_subcommand("certificates", "the CA's own certificates, with what renewals added")->callback([&connection] {
        certificates(connection);
    });
    auto* renewed = ca.add_subcommand("renew", "renew the CA's certificate; it issues with the new one from then on");
    renewed->add_flag("--new-key", arguments->new_key, "with a new key, and CRLs of its own");
    renewed->callback([&connection, arguments] {
        print_added(connection,
                    ask(connection, kCaDaemon, {{"command", "ca.certificate.renew"}, {"new_key", arguments->new_key}}));
    });
    auto* imported = ca.add_subcommand("import", "go on with the certificate and key of an existing CA");
    imported->add_option("--certificate", arguments->certificate, "PEM: the CA certificate, then its parents")
        ->required()
        ->check(CLI::ExistingFile);
    imported->add_option("--key", arguments->key, "PEM: its private key, readable by its owner only")
        ->required()
        ->check(CLI::ExistingFile);
    imported->callback([&connection, arguments] { import(connection, *arguments); });

    ca.add_subcommand("crls", "published CRLs, with the day the next is due")->callback([&connection] {
        crls(connection, {{"command", "ca.crl.list"}});
    });
    auto* published = ca.add_subcommand("publish-crl", "publish a base CRL and a delta CRL now");
    published->add_flag("--delta", arguments->delta, "the delta CRL only");
    published->callback([&connection, arguments] {
        crls(connection, {{"command", "ca.crl.publish"}, {"delta", arguments->delta}});
    });
    auto* saved = ca.add_subcommand("backup", "write the CA's database into a new file, keys of renewals included");
    saved->add_option("FILE", arguments->file, "a file ca-simd may make")->required();
    saved->callback([&connection, arguments] { on_file(connection, *arguments, "ca.backup", "backup in"); });
    auto* restored = ca.add_subcommand("restore", "replace the CA's database by a backup; ids go on rising");
    restored->add_option("FILE", arguments->file, "a file ca-simd may read")->required();
    restored->callback([&connection, arguments] { on_file(connection, *arguments, "ca.restore", "restored from"); });
}

}  // namespace opencapf::capfctl
