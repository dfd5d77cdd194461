// SPDX-License-Identifier: Apache-2.0
#include "phone_sim/arguments.hpp"

#include "opencapf/base/text.hpp"
#include "opencapf/net/tls_key_log.hpp"

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdio>

namespace opencapf::phone_sim {

namespace {

constexpr double kLongestDelay = 86400;
constexpr std::string_view kFaultList = "list";

/// Throws CLI::ValidationError.
Server parse_address(const std::string& text) {
    const auto colon = text.rfind(':');
    const std::string port = colon == std::string::npos ? "" : text.substr(colon + 1);
    std::string host = text.substr(0, colon);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
    unsigned value = 0;
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), value);
    if (host.empty() || error != std::errc() || end != port.data() + port.size() || value < 1 || value > 65535) {
        throw CLI::ValidationError("--capf", "'" + text + "' is not HOST:PORT, e.g. 127.0.0.1:3804 or [::1]:3804");
    }
    return {host, static_cast<std::uint16_t>(value)};
}

std::optional<double> parse_seconds(std::string_view text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool good = error == std::errc() && end == text.data() + text.size() && value >= 0 && value <= kLongestDelay;
    return good ? std::optional(value) : std::nullopt;
}

/// "2" or "1-30". Throws CLI::ValidationError.
void parse_key_delay(const std::string& text, PhoneOptions& options) {
    const auto dash = text.find('-');
    const auto shortest = parse_seconds(std::string_view(text).substr(0, dash));
    const auto longest = dash == std::string::npos ? shortest : parse_seconds(std::string_view(text).substr(dash + 1));
    if (!shortest || !longest || *longest < *shortest) {
        throw CLI::ValidationError("--key-delay", "'" + text + "' is neither seconds nor a range, e.g. 2 or 1-30");
    }
    options.key_delay = to_duration(*shortest);
    options.key_delay_spread = to_duration(*longest) - options.key_delay;
}

void add_identity_options(CLI::App& command, Arguments& arguments) {
    command
        .add_option("--auth", arguments.auth,
                    "how the phone proves who it is: null (null string), string (authentication string), lsc (its LSC, "
                    "else its MIC), mic (its MIC, else its LSC); default string when there is one, else null")
        ->check(CLI::IsMember({"null", "string", "lsc", "mic"}));
    auto* file = command
                     .add_option("--auth-string-file", arguments.auth_string_file,
                                 "file with the authentication string in its first line, not readable by others")
                     ->type_name("FILE");
    command
        .add_option("--auth-string", arguments.auth_string,
                    "authentication string; every user of the machine can read it in the process list, so prefer "
                    "--auth-string-file")
        ->excludes(file);
    command.add_flag(
        "--sudi", arguments.fleet.phone.sudi,
        "with --auth lsc or mic: also prove the MIC as secure device identity, which binds the proof to the "
        "session");
}

void add_timing_options(CLI::App& command, Arguments& arguments) {
    command.add_option("--timeout", arguments.timeout_s, "seconds to wait for the server, each time")
        ->check(CLI::Range(0.001, 86400.0))
        ->capture_default_str();
    command
        .add_option("--retries", arguments.fleet.phone.attempts,
                    "attempts in all when communication fails; each tries every server once")
        ->check(CLI::Range(1, 1000))
        ->capture_default_str();
    command.add_option("--retry-interval", arguments.retry_interval_s, "seconds between attempts")
        ->check(CLI::Range(0.0, 86400.0))
        ->capture_default_str();
    command
        .add_option("--key-delay", arguments.key_delay,
                    "a slow phone: extra seconds for its key, or a range such as 1-30 in which each phone has its own, "
                    "always the same, delay")
        ->type_name("SECONDS")
        ->capture_default_str();
}

Auth auth_of(const Arguments& arguments) {
    const bool with_string = !arguments.auth_string.empty() || !arguments.auth_string_file.empty();
    if (arguments.auth == "string" && !with_string) {
        throw CLI::ValidationError("--auth", "string needs --auth-string-file or --auth-string");
    }
    if (with_string && !arguments.auth.empty() && arguments.auth != "string") {
        throw CLI::ValidationError("--auth", arguments.auth + " uses no authentication string");
    }
    if (arguments.auth == "lsc") return Auth::lsc;
    if (arguments.auth == "mic") return Auth::mic;
    return Auth::secret;
}

}  // namespace

net::Duration to_duration(double seconds) {
    return std::chrono::round<net::Duration>(std::chrono::duration<double>(seconds));
}

void add_phone_options(CLI::App& command, Arguments& arguments) {
    command
        .add_option(
            "--capf", arguments.capf,
            "address of the CAPF server, HOST:PORT (required); up to five, tried in this order when one cannot be "
            "reached or goes away")
        ->type_name("ADDRESS")
        ->expected(1)
        ->take_all();
    command.add_option("--trust", arguments.trust, "PEM file with the CAPF certificates the phone trusts (required)")
        ->check(CLI::ExistingFile);
    command
        .add_option("--store", arguments.fleet.store,
                    "directory for NAME.key, NAME.lsc.pem and NAME.lsc.der, and for NAME.mic.pem and NAME.mic.key "
                    "(required)")
        ->type_name("DIR");
    command
        .add_option("--profile", arguments.profile,
                    "kind of phone: v3 (8800-like, RSA and EC keys, signs its request), jabber (version 2, RSA, cannot "
                    "sign), 7900 (version 2, RSA up to 2048, slow and old; its TLS: see --tls-max)")
        ->check(CLI::IsMember({"v3", "jabber", "7900"}))
        ->capture_default_str();
    add_identity_options(command, arguments);
    add_timing_options(command, arguments);
    command
        .add_option("--tls-max", arguments.tls_maximum,
                    "newest TLS version to offer; real 7900 phones stop at 1.0, which the server must allow")
        ->check(CLI::IsMember({"1.0", "1.1", "1.2", "1.3"}));
    command
        .add_option("--tls-key-log", arguments.tls_key_log,
                    "LAB ONLY: file for the TLS secrets of the connections, for Wireshark; made with mode 0600")
        ->type_name("FILE");
    auto* log = command
                    .add_option("--log", arguments.log,
                                "file for a log of the phones' own, appended to: capfctl trace reads it")
                    ->type_name("FILE");
    command
        .add_option("--log-max-mb", arguments.log_max_mb,
                    "megabytes after which the log becomes FILE.1, in place of an older one, and a new one begins")
        ->check(CLI::Range(std::size_t{1}, std::size_t{100'000}))
        ->needs(log)
        ->capture_default_str();
    command
        .add_option("--keys", arguments.keys,
                    "file or directory of keys made by `phone-sim keys`, used instead of making new ones")
        ->type_name("PATH");
    const auto on_fault = [&arguments](const std::string& text) {
        arguments.fault = text;
        if (text != kFaultList) return;
        std::printf("%s", fault_list().c_str());
        throw CLI::Success();  // as --help does: nothing else is needed then
    };
    command
        .add_option_function<std::string>("--fault", on_fault,
                                          "misbehave: NAME or NAME:N; `--fault list` says which names there are")
        ->trigger_on_parse()
        ->type_name("NAME");
    command.add_flag("--json", arguments.json, "print one line of JSON instead of text for people");
}

void add_name_options(CLI::App& command, Arguments& arguments, bool required) {
    command.add_option("--count", arguments.fleet.count, "number of phones")
        ->required(required)
        ->check(CLI::Range(std::size_t{1}, std::size_t{1'000'000}));
    command.add_option("--prefix", arguments.fleet.prefix, "names are the prefix and 12 hex digits from 1")
        ->capture_default_str();
}

void add_fleet_options(CLI::App& command, Arguments& arguments) {
    command.add_option("--parallel", arguments.fleet.parallel, "phones at the same time (0: all)")
        ->capture_default_str();
    command.add_option("--rate", arguments.fleet.rate, "phones that arrive per second (0: all at once)")
        ->check(CLI::Range(0.0, 1e6))
        ->capture_default_str();
    auto* poll = command
                     .add_option("--poll", arguments.poll_s,
                                 "an estate: the phones stay, and each asks the server again every so many seconds (0: "
                                 "each phone comes once)")
                     ->check(CLI::Range(0.0, 86400.0 * 365))
                     ->capture_default_str();
    command
        .add_option("--for", arguments.for_s,
                    "with --poll: seconds after which the estate ends (0: only by SIGINT or SIGTERM)")
        ->check(CLI::Range(0.0, 86400.0 * 3650))
        ->needs(poll)
        ->capture_default_str();
    command
        .add_flag("--pregenerate-keys", arguments.fleet.pregenerate_keys,
                  "make all keys before the clock starts and write the files after it has stopped")
        ->excludes(poll);
    command.add_flag("--list-names", arguments.list_names, "print the names of the fleet, one per line, and stop");
}

void add_keys_options(CLI::App& command, Arguments& arguments) {
    command.add_option("--count", arguments.fleet.count, "number of keys")
        ->required()
        ->check(CLI::Range(std::size_t{1}, std::size_t{1'000'000}));
    command.add_option("--type", arguments.kind, "kind of key")
        ->check(CLI::IsMember(kind_names()))
        ->capture_default_str();
    command.add_option("--out", arguments.out, "directory for KIND.pem, e.g. rsa-2048.pem; replaces the file")
        ->required()
        ->type_name("DIR");
}

void add_mic_options(CLI::App& command, Arguments& arguments) {
    command.add_option("NAME", arguments.fleet.phone.name, "device name, or --count and --prefix for a fleet");
    add_name_options(command, arguments, false);
    command
        .add_option("--ca-cert", arguments.ca_certificate,
                    "certificate of the manufacturing CA, PEM; the lab's is pki/manufacturing-ca.pem")
        ->required()
        ->check(CLI::ExistingFile);
    command.add_option("--ca-key", arguments.ca_key, "its key, PEM, not readable by others")
        ->required()
        ->check(CLI::ExistingFile);
    command.add_option("--store", arguments.fleet.store, "directory for NAME.mic.pem and NAME.mic.key")
        ->required()
        ->type_name("DIR");
    command.add_option("--type", arguments.kind, "kind of key")
        ->check(CLI::IsMember(kind_names()))
        ->capture_default_str();
    command.add_option("--keys", arguments.keys, "take the keys from here instead of making new ones")
        ->type_name("PATH");
    command.add_option("--model", arguments.model, "model in the certificate's name: CN=MODEL-NAME")
        ->capture_default_str();
    command.add_option("--days", arguments.days, "validity")->check(CLI::Range(1, 36500))->capture_default_str();
}

void finish(Arguments& arguments) {
    // Not `required` for CLI11: `fleet --list-names` needs none of them.
    if (arguments.capf.empty()) throw CLI::RequiredError("--capf");
    if (arguments.trust.empty() && arguments.itl.empty()) throw CLI::RequiredError("--trust");
    if (arguments.fleet.store.empty()) throw CLI::RequiredError("--store");
    if (arguments.capf.size() > kMaxServers) throw CLI::ValidationError("--capf", "a phone knows at most five servers");
    PhoneOptions& phone = arguments.fleet.phone;
    const auto first = parse_address(arguments.capf.front());
    phone.host = first.host;
    phone.port = first.port;
    for (std::size_t i = 1; i < arguments.capf.size(); ++i) {
        phone.other_servers.push_back(parse_address(arguments.capf[i]));
    }
    const auto fault = parse_fault(arguments.fault);
    if (!fault) throw CLI::ValidationError("--fault", fault.error().message);
    phone.set_fault(*fault);
    phone.profile = capf_protocol::find_profile(arguments.profile).value();
    phone.auth = auth_of(arguments);
    phone.timeout = to_duration(arguments.timeout_s);
    phone.retry_interval = to_duration(arguments.retry_interval_s);
    parse_key_delay(arguments.key_delay, phone);
    if (!arguments.auth_string.empty()) phone.auth_string = Secret(std::move(arguments.auth_string));
    if (!arguments.auth_string_file.empty()) phone.auth_string = Secret::from_file(arguments.auth_string_file);
    if (!arguments.log.empty()) {
        phone.log = std::make_shared<PhoneLog>(arguments.log, arguments.log_max_mb * 1024 * 1024);
    }
    if (!arguments.keys.empty()) arguments.fleet.keys = KeyPool::load(arguments.keys);
}

net::TlsClientContext make_tls(const Arguments& arguments) {
    const auto trusted = x509::Certificate::all_from_pem(read_file(arguments.trust));
    if (!trusted) throw std::runtime_error(arguments.trust + ": " + trusted.error().message);
    return make_tls(arguments, *trusted);
}

net::TlsClientContext make_tls(const Arguments& arguments, const std::vector<x509::Certificate>& trusted) {
    net::TlsClientConfig config;
    for (const auto& certificate : trusted) config.trust_pem.push_back(certificate.pem());
    config.pin_leaf = true;
    config.maximum_version = arguments.tls_maximum;
    const bool old = arguments.profile == "7900" || arguments.tls_maximum == "1.0" || arguments.tls_maximum == "1.1";
    config.minimum_version = old ? "1.0" : "1.2";
    net::set_tls_key_log(arguments.tls_key_log);
    return net::TlsClientContext(config);
}

}  // namespace opencapf::phone_sim
