// SPDX-License-Identifier: Apache-2.0
#include "capfctl/itl_commands.hpp"

#include "capfctl/commands.hpp"
#include "capfctl/table.hpp"
#include "opencapf/base/text.hpp"
#include "opencapf/capf_protocol/itl.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <iostream>
#include <memory>

namespace opencapf::capfctl {
namespace {

using capf_protocol::Itl;
using capf_protocol::ItlContent;
using capf_protocol::ItlFunction;

struct Options {
    std::string file, signer, key, function = "tftp";
    std::vector<std::string> capf, token, ccm, tvs;
};

[[noreturn]] void give_up(const Error& error, int code) {
    std::cerr << "capfctl: " << printable(error.message) << '\n';
    throw Exit{code};
}

ItlFunction signer_function(const std::string& name) {
    if (name == "token") return ItlFunction::security_token;
    return name == "ccm+tftp" ? ItlFunction::ccm_tftp : ItlFunction::tftp;
}

void create(const Connection& connection, const Options& options) {
    const auto signer = x509::Certificate::load(options.signer);
    const auto key = x509::PrivateKey::load(options.key);
    if (!(signer.public_key() == key.public_key()))
        give_up({Errc::config, options.key + " is not the key of " + options.signer}, kExitUsage);
    ItlContent content;
    content.made_at = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    content.records.push_back({signer_function(options.function), signer, "", ""});
    const std::pair<const std::vector<std::string>*, ItlFunction> groups[] = {
        {&options.token, ItlFunction::security_token},
        {&options.ccm, ItlFunction::ccm_tftp},
        {&options.capf, ItlFunction::capf},
        {&options.tvs, ItlFunction::tvs}};
    for (const auto& [files, function] : groups) {
        for (const auto& file : *files) content.records.push_back({function, x509::Certificate::load(file), "", ""});
    }
    const auto made = make_itl(content, signer, key);
    if (!made) give_up(made.error(), kExitRefused);
    write_file_atomically(options.file, as_text(*made), 0644);
    if (connection.json) {
        std::cout << Json{{"ok", true}, {"file", options.file}, {"records", content.records.size()}}.dump() << '\n';
    } else {
        std::cout << fmt::format("{}: {} records, {} bytes\n", options.file, content.records.size(), made->size());
    }
}

Json as_json(const Itl& itl, bool signature_good) {
    Json records = Json::array();
    for (const auto& record : itl.content.records) {
        const auto& certificate = record.certificate;
        records.push_back({{"function", itl_function_name(record.function)},
                           {"subject", certificate.subject_rfc2253()},
                           {"issuer", certificate.issuer_rfc2253()},
                           {"serial", certificate.serial_hex()},
                           {"dns_name", record.dns_name},
                           {"ip_address", record.ip_address},
                           {"sha256", to_hex(x509::hash(x509::Digest::sha256, certificate.der()))}});
    }
    return {{"ok", true},
            {"file_name", itl.content.file_name},
            {"made_at", unix_seconds(itl.content.made_at)},
            {"signer",
             {{"subject", itl.signer_name}, {"issuer", itl.signer_issuer}, {"serial", to_hex(itl.signer_serial)}}},
            {"signature_good", signature_good},
            {"records", records}};
}

void show(const Connection& connection, const Options& options) {
    const auto itl = capf_protocol::read_itl(as_bytes(read_file(options.file, capf_protocol::kMaxItlBytes + 1)));
    if (!itl) give_up(itl.error().with(options.file), kExitRefused);
    const auto checked = check_itl_signer(*itl, itl->content.records);
    if (connection.json) {
        std::cout << as_json(*itl, checked.has_value()).dump() << '\n';
        return;
    }
    std::cout << fmt::format("{} of {}, signed by {} (serial {} of {}): {}\n", printable(itl->content.file_name),
                             format_local(itl->content.made_at, "%Y-%m-%d %H:%M:%S"), printable(itl->signer_name),
                             to_hex(itl->signer_serial), printable(itl->signer_issuer),
                             checked ? "good, by one of its own records" : checked.error().message);
    std::vector<Row> rows;
    for (const auto& record : itl->content.records) {
        rows.push_back({itl_function_name(record.function), record.certificate.subject_rfc2253(),
                        record.certificate.issuer_rfc2253(), record.certificate.serial_hex()});
    }
    print_table(std::cout, {"FUNCTION", "SUBJECT", "ISSUER", "SERIAL"}, rows);
}

void add_certificates(CLI::App& command, const char* name, std::vector<std::string>& files, const char* what) {
    command.add_option(name, files, what)->type_name("FILE")->check(CLI::ExistingFile)->take_all()->expected(1);
}

}  // namespace

void add_itl_commands(CLI::App& cli, const Connection& connection) {
    const auto options = std::make_shared<Options>();
    auto* itl = cli.add_subcommand("itl", "trust lists, by which a phone knows its servers; files only");
    itl->require_subcommand(1);
    auto* made = itl->add_subcommand("create", "write a signed trust list for `phone-sim run --itl`");
    made->add_option("FILE", options->file, "the trust list; is replaced")->required();
    made->add_option("--signer-cert", options->signer, "certificate of the signer, PEM; becomes the first record")
        ->required()
        ->type_name("FILE")
        ->check(CLI::ExistingFile);
    made->add_option("--signer-key", options->key, "its key, PEM, not readable by others")
        ->required()
        ->type_name("FILE")
        ->check(CLI::ExistingFile);
    made->add_option("--signer-function", options->function,
                     "function of the signer: tftp, ccm+tftp, or token (System Administrator Security Token)")
        ->check(CLI::IsMember({"tftp", "ccm+tftp", "token"}))
        ->capture_default_str();
    add_certificates(*made, "--capf", options->capf, "certificate of a CAPF server, PEM; may be repeated");
    add_certificates(*made, "--token", options->token, "certificate that may sign later lists too; may be repeated");
    add_certificates(*made, "--ccm", options->ccm, "certificate of a CCM+TFTP server; may be repeated");
    add_certificates(*made, "--tvs", options->tvs, "certificate of a TVS server; may be repeated");
    made->callback([&connection, options] { create(connection, *options); });
    auto* shown = itl->add_subcommand("show", "say what a trust list holds, and whether its signature is good");
    shown->add_option("FILE", options->file, "the trust list")->required()->check(CLI::ExistingFile);
    shown->callback([&connection, options] { show(connection, *options); });
}

}  // namespace opencapf::capfctl
