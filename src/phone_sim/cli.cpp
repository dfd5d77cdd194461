// SPDX-License-Identifier: Apache-2.0
#include "phone_sim/cli.hpp"

#include "opencapf/base/text.hpp"
#include "opencapf/cli/describe.hpp"
#include "phone_sim/report.hpp"

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdio>
#include <map>

namespace opencapf::phone_sim {

namespace {

constexpr int kExitUsage = 2;

const cli::ExitCodes kExitCodes{
    {0, "the operation the server asked for succeeded on the phone (fleet: on every phone)"},
    {1, "the phone could not do it: key, certificate, disk (fleet: at least one phone failed)"},
    {kExitUsage, "wrong use of the command line, or an unreadable file"},
    {3, "nothing changed: no operation is pending, or the server refused (wrong authentication string)"},
    {4, "the server does not know this phone"},
    {5, "communication failed in every attempt: no connection, timeout, connection lost"},
    {6, "TLS failed: the server shows another certificate than --trust, or no common version"},
    {7, "the server broke the protocol"}};

/// The command line as typed, before it is checked and turned into options.
struct Arguments {
    std::string capf;
    std::string trust;
    std::string profile = "v3";
    std::string auth_string;
    std::string auth_string_file;
    std::string tls_maximum;
    std::string fault = "none";
    double timeout_s = 60;
    double key_delay_s = 0;
    double retry_interval_s = 30;
    bool json = false;
    bool list_names = false;
    FleetOptions fleet;
};

net::Duration seconds(double value) { return std::chrono::round<net::Duration>(std::chrono::duration<double>(value)); }

/// Throws CLI::ValidationError.
void parse_address(const std::string& text, PhoneOptions& options) {
    const auto colon = text.rfind(':');
    const std::string port = colon == std::string::npos ? "" : text.substr(colon + 1);
    std::string host = text.substr(0, colon);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
    unsigned value = 0;
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), value);
    if (host.empty() || error != std::errc() || end != port.data() + port.size() || value < 1 || value > 65535) {
        throw CLI::ValidationError("--capf", "'" + text + "' is not HOST:PORT, e.g. 127.0.0.1:3804 or [::1]:3804");
    }
    options.host = host;
    options.port = static_cast<std::uint16_t>(value);
}

/// Throws CLI::ValidationError.
void parse_fault(const std::string& text, PhoneOptions& options) {
    static const std::map<std::string, Fault> kFaults{{"none", Fault::none},
                                                      {"wrong-session", Fault::wrong_session},
                                                      {"garbage-key", Fault::garbage_key},
                                                      {"store-failure", Fault::store_failure},
                                                      {"split-records", Fault::split_records}};
    constexpr std::string_view kDisconnect = "disconnect-after=";
    if (text.starts_with(kDisconnect)) {
        const auto number = text.substr(kDisconnect.size());
        if (number.size() != 1 || number[0] < '0' || number[0] > '9') {
            throw CLI::ValidationError("--fault", "disconnect-after needs a number of frames from 0 to 9");
        }
        options.fault = Fault::disconnect_after;
        options.fault_after = number[0] - '0';
        return;
    }
    const auto found = kFaults.find(text);
    if (found == kFaults.end()) throw CLI::ValidationError("--fault", "'" + text + "' is not a fault this phone knows");
    options.fault = found->second;
}

void add_common(CLI::App& command, Arguments& arguments) {
    PhoneOptions& phone = arguments.fleet.phone;
    command.add_option("--capf", arguments.capf, "address of the CAPF server, HOST:PORT (required)")
        ->type_name("ADDRESS");
    command.add_option("--trust", arguments.trust, "PEM file with the CAPF certificate the phone trusts (required)")
        ->check(CLI::ExistingFile);
    command
        .add_option("--store", arguments.fleet.store,
                    "directory for NAME.key, NAME.lsc.pem and NAME.lsc.der (required)")
        ->type_name("DIR");
    command
        .add_option("--profile", arguments.profile,
                    "kind of phone: v3 (8800-like, signs its request), jabber (version 2, cannot sign), 7900 "
                    "(version 2, slow and old)")
        ->check(CLI::IsMember({"v3", "jabber", "7900"}))
        ->capture_default_str();
    auto* file = command
                     .add_option("--auth-string-file", arguments.auth_string_file,
                                 "file with the authentication string in its first line, not readable by others")
                     ->type_name("FILE");
    command
        .add_option("--auth-string", arguments.auth_string,
                    "authentication string; every user of the machine can read it in the process list, so prefer "
                    "--auth-string-file")
        ->excludes(file);
    command.add_option("--timeout", arguments.timeout_s, "seconds to wait for the server, each time")
        ->check(CLI::Range(0.001, 86400.0))
        ->capture_default_str();
    command.add_option("--retries", phone.attempts, "attempts in all when communication fails")
        ->check(CLI::Range(1, 1000))
        ->capture_default_str();
    command.add_option("--retry-interval", arguments.retry_interval_s, "seconds between attempts")
        ->check(CLI::Range(0.0, 86400.0))
        ->capture_default_str();
    command.add_option("--key-delay", arguments.key_delay_s, "a slow phone: extra seconds for its key")
        ->check(CLI::Range(0.0, 86400.0))
        ->capture_default_str();
    command
        .add_option("--tls-max", arguments.tls_maximum,
                    "newest TLS version to offer; real 7900 phones stop at 1.0, which the server must allow")
        ->check(CLI::IsMember({"1.0", "1.1", "1.2", "1.3"}));
    command.add_option("--fault", arguments.fault,
                       "misbehave: wrong-session, garbage-key, store-failure, disconnect-after=N, split-records");
    command.add_flag("--json", arguments.json, "print one line of JSON instead of the phone's screen");
}

/// Throws CLI::ValidationError, or std::exception for a file it cannot use.
void finish(Arguments& arguments) {
    // Not `required` for CLI11: `fleet --list-names` needs none of them.
    if (arguments.capf.empty()) throw CLI::RequiredError("--capf");
    if (arguments.trust.empty()) throw CLI::RequiredError("--trust");
    if (arguments.fleet.store.empty()) throw CLI::RequiredError("--store");
    PhoneOptions& phone = arguments.fleet.phone;
    parse_address(arguments.capf, phone);
    parse_fault(arguments.fault, phone);
    phone.profile = capf_protocol::find_profile(arguments.profile).value();
    phone.timeout = seconds(arguments.timeout_s);
    phone.retry_interval = seconds(arguments.retry_interval_s);
    phone.key_delay = seconds(arguments.key_delay_s);
    if (!arguments.auth_string.empty()) phone.auth_string = Secret(std::move(arguments.auth_string));
    if (!arguments.auth_string_file.empty()) phone.auth_string = Secret::from_file(arguments.auth_string_file);
}

net::TlsClientContext make_tls(const Arguments& arguments) {
    net::TlsClientConfig config;
    const auto trusted = x509::Certificate::all_from_pem(read_file(arguments.trust));
    if (!trusted) throw std::runtime_error(arguments.trust + ": " + trusted.error().message);
    for (const auto& certificate : *trusted) config.trust_pem.push_back(certificate.pem());
    config.pin_leaf = true;
    config.maximum_version = arguments.tls_maximum;
    const bool old = arguments.profile == "7900" || arguments.tls_maximum == "1.0" || arguments.tls_maximum == "1.1";
    config.minimum_version = old ? "1.0" : "1.2";
    return net::TlsClientContext(config);
}

int run_command(const Arguments& arguments) {
    const auto& options = arguments.fleet.phone;
    if (!is_file_name(options.name)) {
        throw CLI::ValidationError("NAME", "a device name has letters, digits, '.', '-' and '_', at most 128");
    }
    const auto show = [](std::string_view text) {
        std::printf("%s\n", printable(text).c_str());
        std::fflush(stdout);
    };
    const std::function<void(std::string_view)> screen =
        arguments.json ? std::function<void(std::string_view)>() : show;
    const auto result = run_single(options, arguments.fleet.store, make_tls(arguments), screen);
    const auto text = arguments.json ? result_json(result, options, arguments.fleet.store) : result_text(result);
    std::printf("%s\n", text.c_str());
    return exit_code(result.session.outcome);
}

int fleet_command(const Arguments& arguments) {
    if (!is_file_name(arguments.fleet.prefix) || arguments.fleet.prefix.size() > 100) {
        throw CLI::ValidationError("--prefix", "letters, digits, '.', '-' and '_', at most 100");
    }
    const auto result = run_fleet(arguments.fleet, make_tls(arguments));
    std::printf("%s\n", (arguments.json ? fleet_json(result) : fleet_text(result)).c_str());
    return result.failed() == 0 ? 0 : 1;
}

int list_names(const FleetOptions& options) {
    for (const auto& name : fleet_names(options.prefix, options.count)) std::printf("%s\n", name.c_str());
    return 0;
}

}  // namespace

int run_cli(int argc, char** argv) {
    // A server that leaves while the phone writes is an error to report, not the end of the process.
    Arguments arguments;
    CLI::App app("acts as one Cisco phone, or a fleet, towards a CAPF server", "phone-sim");
    app.set_version_flag("--version", "phone-sim " OPENCAPF_VERSION);
    app.require_subcommand(1);
    app.footer(cli::exit_codes_text(kExitCodes));
    auto* run = app.add_subcommand("run", "act as one phone");
    run->add_option("NAME", arguments.fleet.phone.name, "device name, e.g. SEP001122334455")->required();
    add_common(*run, arguments);
    auto* fleet = app.add_subcommand("fleet", "act as many phones at once");
    add_common(*fleet, arguments);
    const auto add_names = [&arguments](CLI::App& command) {
        command.add_option("--count", arguments.fleet.count, "number of phones")
            ->required()
            ->check(CLI::Range(std::size_t{1}, std::size_t{1'000'000}));
        command.add_option("--prefix", arguments.fleet.prefix, "names are the prefix and 12 hex digits from 1")
            ->capture_default_str();
    };
    add_names(*fleet);
    fleet->add_option("--parallel", arguments.fleet.parallel, "phones at the same time (0: all)")
        ->capture_default_str();
    fleet->add_flag("--pregenerate-keys", arguments.fleet.pregenerate_keys,
                    "make all keys before the clock starts and write the files after it has stopped");
    fleet->add_flag("--list-names", arguments.list_names, "print the names of the fleet, one per line, and stop");
    cli::add_describe_flag(app, kExitCodes);

    try {
        app.parse(argc, argv);
        if (arguments.list_names) return list_names(arguments.fleet);
        finish(arguments);
        return run->parsed() ? run_command(arguments) : fleet_command(arguments);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : kExitUsage;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "phone-sim: %s\n", error.what());
        return kExitUsage;
    }
}

}  // namespace opencapf::phone_sim
