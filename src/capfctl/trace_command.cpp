// SPDX-License-Identifier: Apache-2.0
#include "capfctl/trace_command.hpp"

#include "capfctl/commands.hpp"
#include "capfctl/trace_page.hpp"
#include "opencapf/base/text.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fstream>
#include <iostream>
#include <memory>

namespace opencapf::capfctl {
namespace {

using diagnosis::Timeline;

struct Arguments {
    std::vector<std::string> logs;
    std::string device, since, html;
    bool all = false;
};

Json to_json(const Timeline& call, const diagnosis::LogSet& logs) {
    Json steps = Json::array();
    for (const auto& step : call.steps) {
        Json one{{"actor", diagnosis::to_string(step.actor)},
                 {"what", step.what},
                 {"begin", clock_text(step.begin)},
                 {"milliseconds", step.duration},
                 {"inside", step.inside},
                 {"slow", step.slow}};
        if (step.line != nullptr) {
            one["file"] = logs.file(*step.line);
            one["line"] = step.line->number;
            one["text"] = printable(step.line->text);
        }
        steps.push_back(std::move(one));
    }
    return {{"device", call.device},
            {"begin", clock_text(call.begin)},
            {"milliseconds", call.duration},
            {"outcome", call.outcome},
            {"iis_clock_ahead_seconds", call.iis_ahead ? Json(*call.iis_ahead) : Json()},
            {"steps", steps}};
}

void print(const Timeline& call) {
    std::cout << fmt::format("{}  {}  {} ms  {}\n", call.device, clock_text(call.begin), call.duration, call.outcome);
    for (const auto& step : call.steps) {
        const std::string clock = step.inside ? std::string() : clock_text(step.begin);
        std::cout << fmt::format("  {:<12}  {}{:<6} {:<46}{:>8} ms{}\n", clock, step.inside ? "  " : "",
                                 diagnosis::to_string(step.actor), printable(step.what), step.duration,
                                 step.slow ? "  <-- slow" : "");
    }
    if (call.iis_ahead && *call.iis_ahead != 0)
        std::cout << fmt::format("  the clock of the CA's web server reads {} s later than CAPF's\n", *call.iis_ahead);
    std::cout << '\n';
}

void write_page(const std::string& path, const std::string& page) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << page;
    if (!file.flush()) throw std::runtime_error("cannot write " + path);
}

void trace(const Connection& connection, const Arguments& arguments) {
    diagnosis::LogSet logs;
    for (const auto& path : arguments.logs) logs.read(path);
    auto calls = diagnosis::read_timelines(logs, arguments.device);
    if (!arguments.since.empty()) {
        const auto since = diagnosis::day_time_of_capf(arguments.since + ".000 |");
        if (!since) throw std::runtime_error("--since takes a time of day as the trace has it, HH:MM:SS");
        std::erase_if(calls, [&](const Timeline& call) { return call.begin < *since; });
    } else if (!arguments.all && calls.size() > 1) {
        calls.erase(calls.begin(), std::prev(calls.end()));
    }
    if (calls.empty()) {
        std::cerr << fmt::format(
            "capfctl: the logs tell of no call of {}{}\n", arguments.device,
            logs.lines(diagnosis::Log::capf).empty() ? ": there is no trace of CAPF among them" : "");
        throw Exit{kExitRefused};
    }
    if (!arguments.html.empty()) write_page(arguments.html, trace_page(calls, logs));
    if (connection.json) {
        Json list = Json::array();
        for (const auto& call : calls) list.push_back(to_json(call, logs));
        std::cout << Json{{"calls", list}}.dump() << '\n';
    } else if (arguments.html.empty()) {
        for (const auto& call : calls) print(call);
    }
}

}  // namespace

void add_trace_command(CLI::App& cli, const Connection& connection) {
    const auto arguments = std::make_shared<Arguments>();
    auto* command = cli.add_subcommand("trace", "one call of a phone as a timeline, from the log files alone");
    command->add_option("DEVICE", arguments->device, "the phone")->required();
    command
        ->add_option("--logs", arguments->logs,
                     "directory or file with logs of CAPF and IIS, ours or the product's; may be repeated")
        ->type_name("PATH")
        ->default_val(std::vector<std::string>{"/var/log/opencapf"});
    auto* all = command->add_flag("--all", arguments->all, "every call; without it the last one");
    command->add_option("--since", arguments->since, "calls from this time of day on, in CAPF's clock")
        ->type_name("TIME")
        ->excludes(all);
    command->add_option("--html", arguments->html, "write a self-contained web page, for mail")->type_name("FILE");
    command->callback([&connection, arguments] { trace(connection, *arguments); });
}

}  // namespace opencapf::capfctl
