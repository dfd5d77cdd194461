// SPDX-License-Identifier: Apache-2.0
#include "capfctl/commands.hpp"
#include "capfctl/report_commands.hpp"
#include "capfctl/where_option.hpp"
#include "opencapf/base/bytes.hpp"
#include "opencapf/base/text.hpp"

#include <CLI/CLI.hpp>
#include <filesystem>
#include <fmt/format.h>
#include <iostream>
#include <memory>

namespace opencapf::capfctl {
namespace {

struct ExportOptions {
    Conditions where;
    std::vector<std::string> names;
    std::string what = "lsc", directory;
    bool der = false;
};

Json certificate_of(const Connection& connection, const ExportOptions& options, const std::string& name) {
    return ask(connection, kCapfDaemon, {{"command", "lsc.export"}, {"name", name}, {"what", options.what}});
}

std::string content_of(const Json& answer, bool der) {
    if (!der) return answer["pem"].get<std::string>();
    const auto bytes = from_base64(answer["der_base64"].get_ref<const std::string&>());
    return std::string(as_text(bytes.value()));
}

void print_one(const Connection& connection, const ExportOptions& options) {
    const Json answer = certificate_of(connection, options, options.names.front());
    std::cout << (connection.json ? answer.dump() + '\n' : content_of(answer, options.der));
}

[[noreturn]] void usage(std::string_view what) {
    std::cerr << "capfctl: " << what << '\n';
    throw Exit{kExitUsage};
}

void write_all(const Connection& connection, const ExportOptions& options, const std::vector<std::string>& names) {
    const std::filesystem::path directory = options.directory;
    std::filesystem::create_directories(directory);
    Json files = Json::array();
    for (const auto& name : names) {
        // The daemon has refused such names when they were added; a file name is worth a second look.
        if (name.empty() || name.front() == '.' || name.find('/') != std::string::npos)
            throw std::runtime_error("'" + printable(name) + "' cannot be a file's name");
        const auto file = directory / (name + (options.der ? ".der" : ".pem"));
        write_file_atomically(file, content_of(certificate_of(connection, options, name), options.der), 0644,
                              Durability::survives_process);
        files.push_back(file.string());
    }
    if (connection.json) {
        std::cout << Json{{"version", 1}, {"ok", true}, {"files", files}}.dump() << '\n';
    } else {
        std::cout << fmt::format("{} certificates in {}\n", names.size(), directory.string());
    }
}

void export_certificates(const Connection& connection, const ExportOptions& options) {
    const bool by_query = !options.where.empty();
    if (by_query != options.names.empty()) usage("name devices, or choose them with --where");
    if (options.directory.empty() && (by_query || options.names.size() > 1))
        usage("--directory is missing: where shall more than one certificate go?");
    if (options.directory.empty()) return print_one(connection, options);
    auto names = options.names;
    if (by_query) {
        auto where = options.where;
        where.emplace_back(options.what == "lsc"           ? "lsc is-not na"
                           : options.what == "fetched-lsc" ? "fetched is lsc"
                                                           : "fetched is mic");
        for_each_device(connection, where,
                        [&names](const Json& row) { names.push_back(row["name"].get<std::string>()); });
    }
    write_all(connection, options, names);
}

}  // namespace

void add_lsc_commands(CLI::App& cli, const Connection& connection) {
    const auto options = std::make_shared<ExportOptions>();
    auto* lsc = cli.add_subcommand("lsc", "locally significant certificates")->require_subcommand(1);
    auto* exported =
        lsc->add_subcommand("export", "print one device's certificate, or write those of many into a directory");
    exported->add_option("NAME", options->names, "device names");
    add_where_option(*exported, options->where);
    exported
        ->add_option("--what", options->what,
                     "lsc: the installed one as capfd knows it; fetched-lsc, fetched-mic: what the phone showed at the "
                     "last troubleshoot")
        ->check(CLI::IsMember({"lsc", "fetched-lsc", "fetched-mic"}))
        ->capture_default_str();
    exported->add_option("--directory", options->directory, "write NAME.pem or NAME.der there; made when it is missing")
        ->type_name("DIR");
    exported->add_flag("--der", options->der, "DER instead of PEM");
    exported->callback([&connection, options] { export_certificates(connection, *options); });
}

}  // namespace opencapf::capfctl
