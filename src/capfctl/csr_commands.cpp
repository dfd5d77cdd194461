// SPDX-License-Identifier: Apache-2.0
#include "capfctl/csr_commands.hpp"

#include "capfctl/archive.hpp"
#include "capfctl/commands.hpp"
#include "capfctl/device_commands.hpp"
#include "opencapf/base/bytes.hpp"
#include "opencapf/base/clock.hpp"
#include "opencapf/base/text.hpp"
#include "opencapf/process/admin_socket.hpp"

#include <CLI/CLI.hpp>
#include <filesystem>
#include <fmt/format.h>
#include <iostream>
#include <memory>

namespace opencapf::capfctl {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxCertificate = 32 * 1024;  // in base64 still below the socket's 64 KiB line
constexpr std::size_t kMaxMembers = 100'000;
constexpr std::size_t kMaxUnpacked = 1024UL * 1024 * 1024;

struct Options {
    explicit Options(const Connection& c) : connection(c) {}
    const Connection& connection;
    std::vector<std::string> names;
    std::string file;
    bool waiting = false, all = false, der = false;
};

/// Every request the daemon has, asked for in bounded parts with `command`.
Json all_requests(const Options& options, const char* command) {
    Json found = Json::array();
    std::string after;
    for (bool more = true; more;) {
        const Json answer = ask(options.connection, kCapfDaemon,
                                {{"command", command}, {"after", after}, {"waiting", options.waiting}});
        for (const auto& request : answer["requests"]) found.push_back(request);
        more = answer["more"].get<bool>();
        after = answer.contains("last") ? answer["last"].get<std::string>()
                : found.empty()         ? ""
                                        : found.back()["device"].get<std::string>();
    }
    return found;
}

void list(const Options& options) {
    const Json requests = all_requests(options, "csr.list");
    if (options.connection.json) {
        std::cout << Json{{"ok", true}, {"requests", requests}}.dump() << '\n';
        return;
    }
    constexpr auto kRow = "{:<24} {:<20} {:<12} {}\n";
    std::cout << fmt::format(kRow, "DEVICE", "WRITTEN", "WAITS FOR", "CERTIFICATE");
    for (const auto& request : requests) {
        const auto written = std::chrono::system_clock::from_time_t(request["written"].get<std::int64_t>());
        const Json& waits = request["waiting_for"];
        std::cout << fmt::format(kRow, request["device"].get<std::string>(), format_local(written, "%Y-%m-%d %H:%M:%S"),
                                 waits.is_null() ? "-" : waits.get<std::string>(),
                                 request["certificate_imported"].get<bool>() ? "imported" : "-");
    }
}

void count(const Options& options) {
    const Json answer = ask(options.connection, kCapfDaemon, {{"command", "csr.count"}});
    if (options.connection.json) {
        std::cout << answer.dump() << '\n';
    } else {
        std::cout << fmt::format("{} requests, {} of them wait\n", answer["requests"].get<std::size_t>(),
                                 answer["waiting"].get<std::size_t>());
    }
}

/// "-----BEGIN ...", base64, "-----END ..." to DER.
Bytes pem_content(const std::string& pem) {
    std::string base64;
    for (const auto& line : split(pem, '\n'))
        if (line.rfind("-----", 0) != 0) base64 += line;
    return from_base64(base64).value_or(Bytes());
}

// The daemon's names are safe as file names, but capfctl trusts no daemon with its user's files.
bool is_plain_name(const std::string& name) {
    return !name.empty() && name.front() != '.' && name.find('/') == std::string::npos;
}

void dump(const Options& options) {
    const Json requests = all_requests(options, "csr.dump");
    const bool to_directory = fs::is_directory(options.file);
    std::unique_ptr<ArchiveWriter> archive;
    if (!to_directory) archive = std::make_unique<ArchiveWriter>(options.file);
    std::size_t written = 0;
    for (const auto& request : requests) {
        const auto device = request["device"].get<std::string>();
        const auto pem = request["pem"].get<std::string>();
        if (!is_plain_name(device)) continue;
        const Bytes der = options.der ? pem_content(pem) : Bytes();
        const ByteView content = options.der ? ByteView(der) : as_bytes(pem);
        const std::string name = device + (options.der ? ".csr.der" : ".csr");
        if (archive) {
            archive->add(name, content);
        } else {
            write_file_atomically((fs::path(options.file) / name).string(), as_text(content), 0644);
        }
        ++written;
    }
    if (archive) archive->finish();
    if (options.connection.json) {
        std::cout << Json{{"ok", true}, {"requests", written}, {"path", options.file}}.dump() << '\n';
    } else {
        std::cout << fmt::format("{} requests written to {}\n", written, options.file);
    }
}

void remove(const Options& options) {
    if (options.all == !options.names.empty()) {
        std::cerr << "capfctl: name devices, or give --all\n";
        throw Exit{kExitUsage};
    }
    Json request = {{"command", "csr.delete"}};
    if (options.all) {
        request["all"] = true;
    } else {
        request["names"] = options.names;
    }
    const Json answer = ask(options.connection, kCapfDaemon, request);
    std::cout << (options.connection.json ? answer.dump()
                                          : fmt::format("{} requests deleted", answer["deleted"].get<std::size_t>()))
              << '\n';
}

/// "./SEP001122334455.der" -> "SEP001122334455"; empty for another path.
std::string device_of(std::string path) {
    if (path.rfind("./", 0) == 0) path.erase(0, 2);
    constexpr std::string_view kEnding = ".der";
    const bool fits = path.size() > kEnding.size() && path.find('/') == std::string::npos &&
                      to_lower(path).compare(path.size() - kEnding.size(), kEnding.size(), kEnding) == 0;
    return fits ? path.substr(0, path.size() - kEnding.size()) : std::string();
}

/// Why the member was refused; empty when the daemon has taken it.
std::string import_member(const Options& options, const ArchiveMember& member) {
    const std::string device = device_of(member.path);
    if (!member.regular || device.empty()) return "expected a file DEVICE.der, without directories";
    if (member.too_large) return fmt::format("larger than {} bytes", kMaxCertificate);
    const Json request = {
        {"version", 1}, {"command", "cert.import"}, {"name", device}, {"der_base64", to_base64(member.content)}};
    const auto line = process::admin_request(socket_of(options.connection, kCapfDaemon), request.dump());
    if (!line) {
        std::cerr << "capfctl: " << line.error().message << "; import the file again\n";
        throw Exit{kExitUnreachable};
    }
    const Json answer = Json::parse(*line, nullptr, false);
    if (answer.is_object() && answer.value("ok", false)) return {};
    const Json error = answer.is_object() ? answer.value("error", Json::object()) : Json::object();
    return error.value("message", "the daemon's answer is not understood");
}

// Each file by itself, all or nothing: what was imported before an interruption is imported again, which changes
// nothing.
void import(const Options& options) {
    Json imported = Json::array(), refused = Json::array();
    const auto take = [&](const ArchiveMember& member) {
        if (!member.regular && (member.path == "." || member.path == "./")) return;  // of tar -c .
        const std::string why = import_member(options, member);
        const std::string shown = printable(member.path, 200);
        if (!options.connection.json)
            std::cout << fmt::format("{:<9} {}{}{}\n", why.empty() ? "imported" : "refused", shown,
                                     why.empty() ? "" : ": ", why);
        if (why.empty()) {
            imported.push_back(shown);
        } else {
            refused.push_back({{"file", shown}, {"reason", why}});
        }
    };
    std::string problem;
    try {
        read_archive(options.file, kMaxCertificate, kMaxMembers, kMaxUnpacked, take);
    } catch (const std::runtime_error& error) {
        problem = error.what();
    }
    const bool good = refused.empty() && problem.empty();
    if (options.connection.json) {
        Json report = {{"ok", good}, {"imported", imported}, {"refused", refused}};
        if (!problem.empty()) report["error"] = {{"code", "malformed"}, {"message", problem}};
        std::cout << report.dump() << '\n';
    } else {
        std::cout << fmt::format("{} imported, {} refused\n", imported.size(), refused.size());
    }
    if (!problem.empty()) std::cerr << "capfctl: " << problem << '\n';
    if (!good) throw Exit{kExitRefused};
}

}  // namespace

void add_csr_commands(CLI::App& cli, const Connection& connection) {
    const auto options = std::make_shared<Options>(connection);
    auto* csr =
        cli.add_subcommand("csr", "certificate requests of phones that wait for their CA")->require_subcommand(1);

    auto* listed = csr->add_subcommand("list", "show the requests with their times");
    listed->add_flag("--waiting", options->waiting, "only those that wait for an administrator or a CA");
    listed->callback([options] { list(*options); });

    csr->add_subcommand("count", "count the requests")->callback([options] { count(*options); });

    auto* dumped = csr->add_subcommand("dump", "write the requests to a .tgz or into a directory, for the Offline CA");
    dumped->add_option("PATH", options->file, "file to make, e.g. requests.tgz, or a directory that is there")
        ->required();
    dumped->add_flag("--waiting", options->waiting, "only those that wait for an administrator or a CA");
    dumped->add_flag("--der", options->der, "DER (DEVICE.csr.der) instead of PEM (DEVICE.csr)");
    dumped->callback([options] { dump(*options); });

    auto* removed = csr->add_subcommand("delete", "delete requests: the phones make new keys at their next call");
    removed->add_option("NAME", options->names, "device names");
    removed->add_flag("--all", options->all, "every request");
    removed->callback([options] { remove(*options); });

    auto* cert = cli.add_subcommand("cert", "certificates from the Offline CA")->require_subcommand(1);
    auto* imported = cert->add_subcommand(
        "import", "take certificates for the requests that wait; each phone gets its own at its next call");
    imported->add_option("FILE", options->file, ".tgz of files DEVICE.der: tar -zcvf FILE *.der")
        ->check(CLI::ExistingFile)
        ->required();
    imported->callback([options] { import(*options); });
}

}  // namespace opencapf::capfctl
