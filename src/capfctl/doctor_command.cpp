// SPDX-License-Identifier: Apache-2.0
#include "capfctl/doctor_command.hpp"

#include "capfctl/commands.hpp"
#include "capfctl/doctor_live.hpp"
#include "diagnosis/doctor.hpp"
#include "opencapf/base/text.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <iostream>
#include <memory>

namespace opencapf::capfctl {
namespace {

using diagnosis::Diagnosis;
using diagnosis::Evidence;

struct Arguments {
    std::vector<std::string> logs;
    std::string device;
    bool live = false, enrol = false;
};

Json evidence_json(const std::vector<Evidence>& evidence) {
    Json lines = Json::array();
    for (const auto& one : evidence)
        lines.push_back({{"file", one.file}, {"line", one.line}, {"text", printable(one.text)}});
    return lines;
}

Json to_json(const Diagnosis& diagnosis, const diagnosis::LogSet& logs) {
    Json findings = Json::array();
    for (const auto& finding : diagnosis.findings) {
        findings.push_back({{"cause", finding.cause->name},
                            {"title", finding.cause->title},
                            {"certainty", diagnosis::to_string(finding.certainty)},
                            {"devices", finding.devices},
                            {"detail", finding.detail},
                            {"meaning", finding.cause->meaning},
                            {"cure", finding.cause->cure},
                            {"pages", finding.cause->pages},
                            {"evidence", evidence_json(finding.evidence)}});
    }
    Json unexplained = Json::array();
    for (const auto& one : diagnosis.unexplained)
        unexplained.push_back({{"device", one.device},
                               {"what", one.what},
                               {"hint", one.hint},
                               {"evidence", evidence_json(one.evidence)}});
    return {{"findings", findings},       {"unexplained", unexplained},      {"healthy", diagnosis.healthy},
            {"phones", diagnosis.phones}, {"unreadable", logs.unreadable()}, {"skipped", logs.skipped()}};
}

/// A roll-out has thousands; --json has them all.
std::string names_of(const std::vector<std::string>& devices) {
    constexpr std::size_t kMost = 20;
    const auto shown = std::min(devices.size(), kMost);
    const auto last = devices.begin() + static_cast<std::ptrdiff_t>(shown);
    auto text = printable(fmt::format("{}", fmt::join(devices.begin(), last, ", ")), 2000);
    if (devices.size() > shown) text += fmt::format(" and {} more", devices.size() - shown);
    return text;
}

void print_evidence(const std::vector<Evidence>& evidence) {
    for (const auto& one : evidence)
        std::cout << fmt::format("    {}:{}\n        {}\n", printable(one.file), one.line, printable(one.text, 400));
}

/// "docs/troubleshooting/a.md, b.md"
std::string pages_of(const diagnosis::Cause& cause) {
    return fmt::format("docs/troubleshooting/{}.md", fmt::join(cause.pages, ".md, "));
}

void print(const Diagnosis& diagnosis, const diagnosis::LogSet& logs, const std::string& device) {
    for (const auto& one : logs.unreadable())
        std::cout << fmt::format("NOT READ: {}; what it has to say is missing below\n", printable(one));
    for (const auto& finding : diagnosis.findings) {
        std::cout << fmt::format("{} ({})\n", finding.cause->title, diagnosis::to_string(finding.certainty));
        if (!finding.devices.empty()) std::cout << "  phones    " << names_of(finding.devices) << '\n';
        if (!finding.detail.empty()) std::cout << "  the logs  " << printable(finding.detail, 400) << '\n';
        std::cout << fmt::format("  meaning   {}\n  to do     {}\n  more      {}\n  evidence\n", finding.cause->meaning,
                                 finding.cause->cure, pages_of(*finding.cause));
        print_evidence(finding.evidence);
        std::cout << '\n';
    }
    for (const auto& one : diagnosis.unexplained) {
        std::cout << fmt::format("Unknown: what happened to {} fits no known cause; it {}\n", printable(one.device),
                                 printable(one.what));
        if (!one.hint.empty()) std::cout << fmt::format("  {}\n  more      docs/troubleshooting/README.md\n", one.hint);
        print_evidence(one.evidence);
        std::cout << '\n';
    }
    if (!diagnosis.healthy.empty()) {
        std::cout << fmt::format("the last call of these phones went well: {}\n", names_of(diagnosis.healthy));
        if (logs.lines(diagnosis::Log::daemon).empty())
            std::cout << "  their certificates are not in these logs; when a phone does not register with its own:\n"
                         "  docs/troubleshooting/no-key-encipherment.md\n";
    }
    if (!device.empty() && diagnosis.phones == 0) {
        std::cout << fmt::format("the logs tell of no call of {}: it did not come, or they are of another time\n",
                                 printable(device));
    } else if (diagnosis.findings.empty() && diagnosis.unexplained.empty() && logs.unreadable().empty()) {
        std::cout << fmt::format("nothing wrong is to be seen in these logs; phones that called: {}\n",
                                 diagnosis.phones);
    }
    for (const auto& one : logs.skipped())
        std::cout << fmt::format("left out, no log of CAPF, CES or IIS: {}\n", printable(one));
}

void doctor(const Connection& connection, const Arguments& arguments) {
    if (arguments.live) return check_live(connection, arguments.enrol);
    if (arguments.device.find('/') != std::string::npos || std::filesystem::exists(arguments.device)) {
        std::cerr << fmt::format("capfctl: {0} is a path: say --logs {0}\n", printable(arguments.device));
        throw Exit{kExitUsage};
    }
    diagnosis::LogSet logs;
    for (const auto& path : arguments.logs) logs.read(path);
    if (logs.empty()) {
        for (const auto& one : logs.unreadable()) std::cerr << "capfctl: " << printable(one) << '\n';
        std::cerr << "capfctl: none of the files is a log of CAPF, CES or IIS\n";
        throw Exit{kExitUsage};
    }
    const auto diagnosis = diagnosis::diagnose(logs, arguments.device);
    if (connection.json) {
        std::cout << to_json(diagnosis, logs).dump(-1, ' ', false, Json::error_handler_t::replace) << '\n';
    } else {
        print(diagnosis, logs, arguments.device);
    }
    const bool not_seen = !arguments.device.empty() && diagnosis.phones == 0;
    if (!diagnosis.findings.empty() || !diagnosis.unexplained.empty() || !logs.unreadable().empty() || not_seen)
        throw Exit{kExitRefused};
}

}  // namespace

void add_doctor_command(CLI::App& cli, const Connection& connection) {
    const auto arguments = std::make_shared<Arguments>();
    auto* command = cli.add_subcommand(
        "doctor",
        "which known cause explains what the logs say; exit code 1 when there is something, or when a "
        "log could not be read");
    command->add_option("DEVICE", arguments->device, "this phone only; else every phone in the logs");
    command
        ->add_option(
            "--logs", arguments->logs,
            "directory, file or archive with logs of CAPF, CES and IIS, ours or the product's; files are told by "
            "their contents and may be compressed; may be repeated")
        ->type_name("PATH")
        ->default_val(std::vector<std::string>{"/var/log/opencapf"});
    auto* live = command->add_flag(
        "--live", arguments->live,
        "instead of reading logs, have the daemons try the running chain: DNS, TCP, TLS, certificates, clocks, log-in, "
        "templates, key usages, trust, EST; with --socket the daemon there only. Exit code 1 when something is bad");
    command
        ->add_flag(
            "--enrol", arguments->enrol,
            "with --live: also have the CA issue a certificate for a throw-away key, and say what it is good for")
        ->needs(live);
    command->callback([&connection, arguments] { doctor(connection, *arguments); });
}

}  // namespace opencapf::capfctl
