// SPDX-License-Identifier: Apache-2.0
#include "capfctl/report_commands.hpp"

#include "capfctl/commands.hpp"
#include "capfctl/table.hpp"
#include "capfctl/where_option.hpp"
#include "opencapf/base/clock.hpp"
#include "opencapf/base/text.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <iostream>
#include <memory>

namespace opencapf::capfctl {
namespace {

std::string text(const Json& row, const char* key) { return row[key].get<std::string>(); }
std::string number(const Json& row, const char* key) { return std::to_string(row[key].get<std::int64_t>()); }

std::string moment(std::int64_t seconds) {
    return format_local(std::chrono::system_clock::from_time_t(seconds), "%Y-%m-%d %H:%M:%S");
}

// CUCM's words: NA on a device that never had one, Unknown when the certificate is older than the column.
std::string of_lsc(const Json& row, const std::string& known) {
    if (row["lsc"] == "na") return "NA";
    return row["lsc"] == "unknown" || known.empty() ? "Unknown" : known;
}
std::string date(const Json& row, const char* key) {
    const auto seconds = row[key].get<std::int64_t>();
    return of_lsc(row, seconds == 0 ? "" : moment(seconds));
}

struct Column {
    const char* name;
    const char* head;  ///< CUCM's, where CUCM has the column
    std::string (*value)(const Json&);
};

constexpr const char* kDefaultColumns = "name,model,operation,status,expires,issuer,issuer-expires";

constexpr std::array kColumns = {
    Column{"name", "Device Name", [](const Json& row) { return text(row, "name"); }},
    Column{"model", "Model", [](const Json& row) { return text(row, "model"); }},
    Column{"operation", "Operation", [](const Json& row) { return text(row, "operation_text"); }},
    Column{"status", "LSC Status", [](const Json& row) { return text(row, "status_text"); }},
    Column{"expires", "LSC Expires", [](const Json& row) { return date(row, "lsc_valid_until"); }},
    Column{"issuer", "LSC Issued By", [](const Json& row) { return of_lsc(row, text(row, "lsc_issuer")); }},
    Column{"issuer-expires", "LSC Issuer Expires By",
           [](const Json& row) { return date(row, "lsc_issuer_valid_until"); }},
    Column{"lsc", "LSC", [](const Json& row) { return text(row, "lsc"); }},
    Column{"issued", "LSC Issued", [](const Json& row) { return date(row, "lsc_valid_from"); }},
    Column{"serial", "LSC Serial", [](const Json& row) { return of_lsc(row, text(row, "lsc_serial")); }},
    Column{"key-type", "LSC Key", [](const Json& row) { return text(row, "lsc_key_type"); }},
    Column{"auth", "Authentication Mode", [](const Json& row) { return text(row, "authentication_mode_text"); }},
    Column{"auth-string", "Authentication String",
           [](const Json& row) { return std::string(row["authentication_string_set"].get<bool>() ? "set" : ""); }},
    Column{"finish-by", "Operation Completes By", [](const Json& row) { return text(row, "finish_by"); }},
    Column{"rsa", "RSA Key Size", [](const Json& row) { return number(row, "rsa_key_size"); }},
    Column{"ec", "EC Key Size", [](const Json& row) { return number(row, "ec_key_size"); }},
    Column{"status-number", "Status Number", [](const Json& row) { return number(row, "status"); }}};

struct FindOptions {
    Conditions where;
    std::string format = "table", columns = kDefaultColumns;
    bool count = false;
};

std::string column_names() {
    std::string names;
    for (const auto& column : kColumns) names += (names.empty() ? "" : ", ") + std::string(column.name);
    return names;
}

std::vector<const Column*> chosen_columns(const std::string& list) {
    std::vector<const Column*> chosen;
    for (const auto& name : split(list, ',')) {
        const auto column = std::ranges::find_if(kColumns, [&](const Column& c) { return trim(name) == c.name; });
        if (column == kColumns.end()) {
            std::cerr << "capfctl: no column '" << printable(name) << "'; there are " << column_names() << '\n';
            throw Exit{kExitUsage};
        }
        chosen.push_back(&*column);
    }
    return chosen;
}

void count(const Connection& connection, const FindOptions& options) {
    const Json answer = ask(connection, kCapfDaemon, {{"command", "device.count"}, {"where", options.where}});
    std::cout << (connection.json ? answer.dump() : answer["count"].dump()) << '\n';
}

void find(const Connection& connection, const FindOptions& options) {
    if (options.count) return count(connection, options);
    const auto columns = chosen_columns(options.columns);
    Row head;
    for (const auto* column : columns) head.emplace_back(column->head);
    std::vector<Row> rows;
    Json devices = Json::array();
    const bool json = connection.json || options.format == "json";
    auto see = [&](const Json& device) {
        if (json) {
            devices.push_back(device);
            return;
        }
        Row row;
        for (const auto* column : columns) row.push_back(column->value(device));
        rows.push_back(std::move(row));
    };
    for_each_device(connection, options.where, see);
    if (json) {
        std::cout << Json{{"version", 1}, {"ok", true}, {"devices", std::move(devices)}}.dump() << '\n';
    } else if (options.format == "csv") {
        print_csv(std::cout, head, rows);
    } else {
        print_table(std::cout, head, rows);
    }
}

void report_lsc(const Connection& connection, const Conditions& where) {
    const Json answer = ask(connection, kCapfDaemon, {{"command", "report.lsc"}, {"where", where}});
    if (connection.json) {
        std::cout << answer.dump() << '\n';
        return;
    }
    const auto line = [](const std::string& name, const Json& value) {
        std::cout << fmt::format("{:<32}{:>8}\n", name, value.dump());
    };
    line("Devices", answer["devices"]);
    line("Operation pending", answer["pending"]);
    line("LSC valid", answer["lsc"]["valid"]);
    line("LSC expired", answer["lsc"]["expired"]);
    line("LSC NA", answer["lsc"]["na"]);
    line("LSC Unknown", answer["lsc"]["unknown"]);
    for (const auto& [days, devices] : answer["expiring_days"].items())
        line("Expiring within " + days + " days", devices);
    std::vector<Row> rows;
    for (const auto& status : answer["by_status"])
        rows.push_back({text(status, "status_text"), number(status, "devices")});
    std::cout << '\n';
    print_table(std::cout, {"LSC Status", "Devices"}, rows);
    rows.clear();
    for (const auto& issuer : answer["by_issuer"]) {
        const auto until = issuer["valid_until"].get<std::int64_t>();
        const auto name = text(issuer, "issuer");
        rows.push_back(
            {name.empty() ? "Unknown" : name, number(issuer, "lscs"), until == 0 ? "Unknown" : moment(until)});
    }
    std::cout << '\n';
    print_table(std::cout, {"LSC Issued By", "LSCs", "LSC Issuer Expires By"}, rows);
}

}  // namespace

void add_find_command(CLI::App& device, const Connection& connection) {
    const auto options = std::make_shared<FindOptions>();
    auto* found = device.add_subcommand("find", "devices by name, LSC status, expiry, issuer and more, as a report");
    add_where_option(*found, options->where);
    found->add_option("--format", options->format, "how to print; --json is the same as json")
        ->check(CLI::IsMember({"table", "csv", "json"}))
        ->capture_default_str();
    found->add_option("--columns", options->columns, "columns of table and csv, of: " + column_names())
        ->type_name("LIST")
        ->capture_default_str();
    found->add_flag("--count", options->count, "print how many there are and nothing else");
    found->callback([&connection, options] { find(connection, *options); });
}

void add_report_commands(CLI::App& cli, const Connection& connection) {
    auto* report = cli.add_subcommand("report", "figures of all devices")->require_subcommand(1);
    const auto where = std::make_shared<Conditions>();
    auto* lsc = report->add_subcommand(
        "lsc", "how many LSCs there are by status and issuer, and how many expire in 7, 30 and 90 days");
    add_where_option(*lsc, *where);
    lsc->callback([&connection, where] { report_lsc(connection, *where); });
}

}  // namespace opencapf::capfctl
