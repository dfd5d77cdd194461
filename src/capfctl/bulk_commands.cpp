// SPDX-License-Identifier: Apache-2.0
#include "capfctl/bulk_commands.hpp"

#include "capfctl/arm_options.hpp"
#include "capfctl/bulk_targets.hpp"
#include "capfctl/commands.hpp"
#include "capfctl/device_commands.hpp"
#include "capfctl/where_option.hpp"
#include "opencapf/base/clock.hpp"
#include "opencapf/base/text.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <iostream>
#include <memory>

namespace opencapf::capfctl {
namespace {

constexpr std::size_t kTargetsPerRequest = 200;  // stays below the socket's 64 KiB line
constexpr std::size_t kMaxFile = 64 * 1024 * 1024;

struct Options {
    explicit Options(const Connection& c) : connection(c) {}
    const Connection& connection;
    ArmOptions arming;
    Conditions where;
    std::string csv, label, window, targets;
    std::int64_t job = 0;
    int max_concurrent = 100, per_minute = 0;
};

std::string when(const Json& seconds) {
    const auto value = seconds.get<std::int64_t>();
    return value == 0 ? "-" : format_local(std::chrono::system_clock::from_time_t(value), "%Y-%m-%d %H:%M:%S");
}

std::string left_text(const Json& job) {
    if (job["state"] != "running" || job["seconds_left"].is_null()) return "-";
    const auto seconds = job["seconds_left"].get<std::int64_t>();
    if (seconds < 120) return fmt::format("{} s", seconds);
    return seconds < 7200 ? fmt::format("{} min", seconds / 60) : fmt::format("{} h", seconds / 3600);
}

void add_by_file(const Options& options, std::int64_t job, const std::vector<Json>& targets, Json& strings) {
    for (std::size_t at = 0; at < targets.size(); at += kTargetsPerRequest) {
        Json part = {{"command", "bulk.add"}, {"job", job}, {"targets", Json::array()}};
        for (std::size_t i = at; i < std::min(targets.size(), at + kTargetsPerRequest); ++i)
            part["targets"].push_back(targets[i]);
        strings.update(ask(options.connection, kCapfDaemon, part)["strings"]);
    }
}

void add_by_query(const Options& options, std::int64_t job, Json& strings) {
    for (Json after = ""; !after.is_null();) {
        const Json answer =
            ask(options.connection, kCapfDaemon,
                {{"command", "bulk.add_matching"}, {"job", job}, {"where", options.where}, {"after", after}});
        strings.update(answer["strings"]);
        after = answer["next"];
    }
}

// Before the job starts: no device may wait for a string that nobody has got.
void tell_strings(const Options& options, std::int64_t job, const Json& strings) {
    if (strings.empty()) return;
    if (options.connection.json) {
        Json shown = ask(options.connection, kCapfDaemon, {{"command", "bulk.show"}, {"job", job}});
        shown["strings"] = strings;
        std::cout << shown.dump() << '\n';
    } else {
        for (const auto& [name, digits] : strings.items())
            std::cout << fmt::format("{:<18} authentication string {}\n", name, digits.get<std::string>());
    }
    if (!std::cout.flush()) {
        std::cerr << "capfctl: the authentication strings cannot be printed: the job is cancelled\n";
        throw Exit{kExitRefused};
    }
}

// A mistake leaves a cancelled job behind, never one that waits for more.
void fill_and_start(const Options& options, std::int64_t job, const std::vector<Json>& targets, Json& strings) {
    try {
        if (options.csv.empty()) {
            add_by_query(options, job, strings);
        } else {
            add_by_file(options, job, targets, strings);
        }
        tell_strings(options, job, strings);
        ask(options.connection, kCapfDaemon, {{"command", "bulk.start"}, {"job", job}});
    } catch (const Exit& end) {
        if (end.code != kExitUnreachable)
            ask(options.connection, kCapfDaemon, {{"command", "bulk.cancel"}, {"job", job}});
        throw;
    }
}

void arm(const Options& options) {
    if (options.csv.empty() == options.where.empty()) {
        std::cerr << "capfctl: say which devices, with --csv FILE or with --where CONDITION\n";
        throw Exit{kExitUsage};
    }
    const Json arming = arm_request(options.arming);
    std::vector<Json> targets;
    if (!options.csv.empty()) {
        try {
            targets = read_targets(read_file(options.csv, kMaxFile), arming);
        } catch (const std::runtime_error& error) {
            std::cerr << "capfctl: " << options.csv << ": " << error.what() << '\n';
            throw Exit{kExitRefused};
        }
    }
    Json request = {{"command", "bulk.create"},
                    {"label", options.label},
                    {"max_concurrent", options.max_concurrent},
                    {"per_minute", options.per_minute},
                    {"window", options.window}};
    request.update(arming);
    const auto job = ask(options.connection, kCapfDaemon, request)["job"].get<std::int64_t>();
    Json strings = Json::object();
    fill_and_start(options, job, targets, strings);
    if (options.connection.json && !strings.empty()) return;  // told already
    const Json shown = ask(options.connection, kCapfDaemon, {{"command", "bulk.show"}, {"job", job}});
    if (options.connection.json) {
        std::cout << shown.dump() << '\n';
        return;
    }
    std::cout << fmt::format("bulk job {} runs: {} devices\n", job, shown["total"].get<std::int64_t>());
}

void list(const Options& options) {
    Json jobs = Json::array();
    for (Json before = 0; !before.is_null();) {
        const Json answer = ask(options.connection, kCapfDaemon, {{"command", "bulk.list"}, {"before", before}});
        for (const auto& job : answer["jobs"]) jobs.push_back(job);
        before = answer["next"];
    }
    if (options.connection.json) {
        std::cout << Json{{"jobs", std::move(jobs)}}.dump() << '\n';
        return;
    }
    constexpr auto kRow = "{:>5} {:<20} {:<10} {:>8} {:>8} {:>8} {:>8} {:>8} {}\n";
    std::cout << fmt::format(kRow, "JOB", "LABEL", "STATE", "TOTAL", "WAITING", "ARMED", "DONE", "FAILED", "LEFT");
    for (const auto& job : jobs) {
        const auto count = [&job](const char* key) { return job[key].get<std::int64_t>(); };
        std::cout << fmt::format(kRow, count("job"), printable(job["label"].get<std::string>(), 20),
                                 job["state"].get<std::string>(), count("total"), count("waiting"), count("armed"),
                                 count("done"), count("failed"), left_text(job));
    }
}

Json targets_of(const Options& options) {
    Json rows = Json::array();
    for (Json after = ""; !after.is_null();) {
        const Json answer =
            ask(options.connection, kCapfDaemon,
                {{"command", "bulk.targets"}, {"job", options.job}, {"state", options.targets}, {"after", after}});
        for (const auto& row : answer["targets"]) rows.push_back(row);
        after = answer["next"];
    }
    return rows;
}

void show(const Options& options) {
    Json job = ask(options.connection, kCapfDaemon, {{"command", "bulk.show"}, {"job", options.job}});
    if (!options.targets.empty()) job["targets"] = targets_of(options);
    if (options.connection.json) {
        std::cout << job.dump() << '\n';
        return;
    }
    const auto line = [](std::string_view name, const std::string& value) {
        std::cout << fmt::format("{:<18}{}\n", name, value.empty() ? "-" : value);
    };
    const auto number = [&job](const char* key) { return job[key].get<std::int64_t>(); };
    line("job", fmt::format("{} {}", number("job"), printable(job["label"].get<std::string>(), 200)));
    line("state", job["state"]);
    line("operation", job["operation_text"]);
    line("throttle", fmt::format("{} at once, {} a minute, from {}", number("max_concurrent"),
                                 number("per_minute") == 0 ? "any number" : std::to_string(number("per_minute")),
                                 job["window"].get<std::string>()));
    line("started", when(job["started"]));
    line("ended", when(job["ended"]));
    for (const char* key : {"total", "waiting", "armed", "done", "failed"}) line(key, std::to_string(number(key)));
    line("left", left_text(job));
    if (!job.contains("targets")) return;
    constexpr auto kRow = "{:<18} {:<8} {:<20} {:<20} {}\n";
    std::cout << fmt::format(kRow, "NAME", "STATE", "ARMED", "ENDED", "WHY");
    for (const auto& row : job["targets"])
        std::cout << fmt::format(kRow, row["name"].get<std::string>(), row["state"].get<std::string>(),
                                 when(row["armed_at"]), when(row["ended"]), row["detail"].get<std::string>());
}

void add_arm(CLI::App& bulk, const std::shared_ptr<Options>& options) {
    auto* armed = bulk.add_subcommand("arm", "arm many devices, a few at a time");
    add_where_option(*armed, options->where);
    armed
        ->add_option("--csv", options->csv,
                     "file of devices: column name, and any of auth, string, key_order, rsa, ec, by for what is not as "
                     "the options say")
        ->type_name("FILE");
    add_arm_options(*armed, options->arming);
    armed->add_option("--max-concurrent", options->max_concurrent, "devices that are armed and have not finished")
        ->check(CLI::Range(1, 5000))
        ->capture_default_str();
    armed->add_option("--per-minute", options->per_minute, "devices armed within a minute; 0 = no limit")
        ->check(CLI::Range(0, 100'000))
        ->capture_default_str();
    armed
        ->add_option("--window", options->window,
                     "arm only in these hours of the server's local time, HH:MM-HH:MM, e.g. 22:00-05:30")
        ->type_name("SPAN");
    armed->add_option("--name", options->label, "what the job is called in lists")->type_name("LABEL");
    armed->callback([options] { arm(*options); });
}

void add_change(CLI::App& bulk, const std::shared_ptr<Options>& options, const char* name, const char* command,
                const char* help) {
    auto* changed = bulk.add_subcommand(name, help);
    changed->add_option("JOB", options->job, "number of the job")->required();
    changed->callback([options, command, done = std::string(name)] {
        const Json answer = ask(options->connection, kCapfDaemon, {{"command", command}, {"job", options->job}});
        std::cout << (options->connection.json ? answer.dump() : fmt::format("bulk job {}: {}", options->job, done))
                  << '\n';
    });
}

}  // namespace

void add_bulk_commands(CLI::App& cli, const Connection& connection) {
    const auto options = std::make_shared<Options>(connection);
    auto* bulk = cli.add_subcommand("bulk", "operations for many devices")->require_subcommand(1);
    add_arm(*bulk, options);

    auto* listed = bulk->add_subcommand("list", "all jobs, newest first, with their progress");
    listed->callback([options] { list(*options); });

    auto* shown = bulk->add_subcommand("show", "one job: throttle, progress, time left");
    shown->add_option("JOB", options->job, "number of the job")->required();
    shown->add_option("--targets", options->targets, "also its devices in this state")
        ->check(CLI::IsMember({"all", "waiting", "armed", "done", "failed"}));
    shown->callback([options] { show(*options); });

    add_change(*bulk, options, "pause", "bulk.pause", "arm no more devices for now; what is armed goes on");
    add_change(*bulk, options, "resume", "bulk.start", "go on with a paused job");
    add_change(*bulk, options, "cancel", "bulk.cancel", "end a job: arm no more devices, and disarm those that wait");
}

}  // namespace opencapf::capfctl
