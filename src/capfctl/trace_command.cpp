// SPDX-License-Identifier: Apache-2.0
#include "capfctl/trace_command.hpp"

#include "capfctl/commands.hpp"
#include "capfctl/trace_page.hpp"
#include "diagnosis/phone_call.hpp"
#include "opencapf/base/text.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
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
    bool last = false;  // the default, for scripts that want to say so
};

Json to_json(const Timeline& call, const diagnosis::LogSet& logs) {
    Json steps = Json::array();
    for (const auto& step : call.steps) {
        Json one{{"actor", diagnosis::to_string(step.actor)},
                 {"what", step.what},
                 {"begin", clock_text(step.begin)},
                 {"milliseconds", step.duration},
                 {"depth", step.depth},
                 {"slow", step.slow}};
        if (step.line != nullptr) {
            one["file"] = logs.file(*step.line);
            one["line"] = step.line->number;
            one["text"] = printable(step.line->text);
        }
        steps.push_back(std::move(one));
    }
    Json clocks = Json::array();
    const auto milliseconds = [](const std::optional<diagnosis::DayTime>& time) { return time ? Json(*time) : Json(); };
    for (const auto& clock : call.clocks) {
        clocks.push_back({{"of", clock.of},
                          {"ahead_milliseconds", milliseconds(clock.ahead)},
                          {"at_least", milliseconds(clock.lowest)},
                          {"at_most", milliseconds(clock.highest)},
                          {"precision_milliseconds", clock.precision}});
    }
    return {{"device", call.device},         {"begin", clock_text(call.begin)},
            {"milliseconds", call.duration}, {"outcome", call.outcome},
            {"why", printable(call.why)},    {"clocks", clocks},
            {"notes", call.notes},           {"steps", steps}};
}

void print(const Timeline& call) {
    std::cout << fmt::format("{}  {}  {} ms  {}\n", printable(call.device), clock_text(call.begin), call.duration,
                             printable(call.outcome));
    if (!call.why.empty()) std::cout << "  " << printable(call.why, 400) << '\n';
    for (const auto& step : call.steps) {
        const std::string what = std::string(static_cast<std::size_t>(step.depth) * 2, ' ') + printable(step.what);
        std::cout << fmt::format("  {}  {:<8}{:<68}{:>8} ms{}\n", clock_text(step.begin),
                                 diagnosis::to_string(step.actor), what, step.duration, step.slow ? "  <-- slow" : "");
    }
    for (const auto& clock : call.clocks) std::cout << "  " << clock_sentence(clock) << '\n';
    for (const auto& note : call.notes) std::cout << "  " << note << '\n';
    std::cout << '\n';
}

void write_page(const std::string& path, const std::string& page) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << page;
    if (!file.flush()) throw std::runtime_error("cannot write " + path);
}

/// A phone that CAPF never heard of may have told its own log why.
[[noreturn]] void refuse(const std::string& device, const diagnosis::LogSet& logs) {
    std::cerr << fmt::format("capfctl: the logs tell of no call of {}{}\n", device,
                             logs.lines(diagnosis::Log::capf).empty() ? ": there is no trace of CAPF among them" : "");
    const auto alone = diagnosis::read_phone_calls(logs, device);
    if (!alone.empty())
        std::cerr << "capfctl: the phone itself did call, and its log ends so: "
                  << printable(alone.back().moments.back().line->text) << '\n';
    throw Exit{kExitRefused};
}

void trace(const Connection& connection, const Arguments& arguments) {
    diagnosis::LogSet logs;
    for (const auto& path : arguments.logs) logs.read(path);
    for (const auto& one : logs.unreadable())
        std::cerr << "capfctl: NOT READ: " << printable(one) << "; what it has to say is missing below\n";
    auto calls = diagnosis::read_timelines(logs, arguments.device);
    if (!arguments.since.empty()) {
        const auto since = diagnosis::day_time_of_capf(arguments.since + ".000 |");
        if (!since) throw std::runtime_error("--since takes a time of day as the trace has it, HH:MM:SS");
        // In the order of the log, which may go on after midnight.
        calls.erase(calls.begin(), std::find_if(calls.begin(), calls.end(),
                                                [&](const Timeline& call) { return call.begin >= *since; }));
    } else if (!arguments.all && calls.size() > 1) {
        calls.erase(calls.begin(), std::prev(calls.end()));
    }
    if (calls.empty()) refuse(arguments.device, logs);
    if (!arguments.html.empty()) write_page(arguments.html, trace_page(calls, logs));
    if (connection.json) {
        Json list = Json::array();
        for (const auto& call : calls) list.push_back(to_json(call, logs));
        std::cout << Json{{"calls", list}}.dump(-1, ' ', false, Json::error_handler_t::replace) << '\n';
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
        ->add_option(
            "--logs", arguments->logs,
            "directory, file or archive with logs of phone-sim, CAPF, CES and IIS, ours or the product's; may be "
            "repeated")
        ->type_name("PATH")
        ->default_val(std::vector<std::string>{"/var/log/opencapf"});
    auto* last = command->add_flag("--last", arguments->last, "the last call; the default");
    auto* all = command->add_flag("--all", arguments->all, "every call")->excludes(last);
    command->add_option("--since", arguments->since, "calls from this time of day on, in CAPF's clock")
        ->type_name("TIME")
        ->excludes(all)
        ->excludes(last);
    command->add_option("--html", arguments->html, "write a self-contained web page, for mail")->type_name("FILE");
    command->callback([&connection, arguments] { trace(connection, *arguments); });
}

}  // namespace opencapf::capfctl
