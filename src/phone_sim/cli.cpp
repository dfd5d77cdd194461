// SPDX-License-Identifier: Apache-2.0
#include "phone_sim/cli.hpp"

#include "opencapf/base/text.hpp"
#include "opencapf/cli/describe.hpp"
#include "phone_sim/arguments.hpp"
#include "phone_sim/mic.hpp"
#include "phone_sim/progress.hpp"
#include "phone_sim/report.hpp"
#include "phone_sim/trust_list.hpp"

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>

namespace opencapf::phone_sim {

namespace {

constexpr int kExitUsage = 2;

const cli::ExitCodes kExitCodes{
    {0,
     "the operation the server asked for succeeded on the phone (fleet: on every phone; estate: every phone has a "
     "valid "
     "LSC, and none was ever without after its first)"},
    {1,
     "the phone could not do it: no certificate to authenticate with, key, certificate, disk (fleet: at least one "
     "phone "
     "failed; estate: at least one was or is without a valid LSC)"},
    {kExitUsage, "wrong use of the command line, or an unreadable file"},
    {3,
     "nothing changed: no operation is pending, the certificate is not there yet, or the server refused (wrong "
     "authentication string)"},
    {4, "the server does not know this phone"},
    {5, "communication failed in every attempt: no connection, timeout, connection lost"},
    {6, "TLS failed: the server shows another certificate than --trust, or no common version"},
    {7, "the server broke the protocol"}};

// Set by a signal while an estate runs.
std::atomic<bool> stop_requested{false};
static_assert(std::atomic<bool>::is_always_lock_free);

/// While it lives, the first SIGINT or SIGTERM sets stop_requested; a second one ends the process as usual.
class StopOnSignal {
public:
    StopOnSignal() {
        stop_requested = false;
        struct sigaction action {};
        action.sa_handler = [](int) { stop_requested = true; };
        action.sa_flags = static_cast<int>(SA_RESETHAND);
        ::sigaction(SIGINT, &action, &interrupt_);
        ::sigaction(SIGTERM, &action, &terminate_);
    }
    ~StopOnSignal() {
        ::sigaction(SIGINT, &interrupt_, nullptr);
        ::sigaction(SIGTERM, &terminate_, nullptr);
    }
    StopOnSignal(const StopOnSignal&) = delete;
    StopOnSignal& operator=(const StopOnSignal&) = delete;

private:
    struct sigaction interrupt_ {};
    struct sigaction terminate_ {};
};

void check_name(const std::string& name) {
    if (!is_file_name(name)) {
        throw CLI::ValidationError("NAME", "a device name has letters, digits, '.', '-' and '_', at most 128");
    }
}

void check_prefix(const std::string& prefix) {
    if (!is_file_name(prefix) || prefix.size() > 100) {
        throw CLI::ValidationError("--prefix", "letters, digits, '.', '-' and '_', at most 100");
    }
}

/// TLS that trusts the CAPF servers of the phone's trust list, after it has been offered the one of --itl.
net::TlsClientContext tls_of_trust_list(const Arguments& arguments, const PhoneStore& store,
                                        const std::function<void(std::string_view)>& show) {
    const auto list = offer_trust_list(store, arguments.itl);
    if (!list) throw std::runtime_error(list.error().message);
    if (!list->note.empty()) show(list->note);
    const auto servers = list->itl.with_function(capf_protocol::ItlFunction::capf);
    if (servers.empty()) throw std::runtime_error("the phone's ITL names no CAPF server");
    return make_tls(arguments, servers);
}

int run_command(const Arguments& arguments) {
    const auto& options = arguments.fleet.phone;
    check_name(options.name);
    PhoneStore store(arguments.fleet.store, options.name);
    if (!arguments.mic_certificate.empty()) store.use_mic(arguments.mic_certificate, arguments.mic_key);
    const auto show = [](std::string_view text) {
        std::printf("%s\n", printable(text).c_str());
        std::fflush(stdout);
    };
    const std::function<void(std::string_view)> screen =
        arguments.json ? std::function<void(std::string_view)>() : show;
    const auto aside = [](std::string_view text) { std::fprintf(stderr, "%s\n", printable(text).c_str()); };
    const bool by_list = !arguments.itl.empty();
    const auto tls = by_list ? tls_of_trust_list(arguments, store, screen ? screen : aside) : make_tls(arguments);
    auto result = run_single(options, store, tls, screen, arguments.fleet.keys);
    if (by_list && result.session.outcome == Outcome::untrusted) {
        result.session.detail = "not the CAPF server of the phone's ITL, or no TLS with it: " + result.session.detail;
    }
    const auto text = arguments.json ? result_json(result, options, arguments.fleet.store) : result_text(result);
    std::printf("%s\n", text.c_str());
    return exit_code(result.session.outcome);
}

int estate_command(const Arguments& arguments) {
    EstateOptions options;
    options.fleet = arguments.fleet;
    options.poll = std::max(net::Duration(1), to_duration(arguments.poll_s));
    if (arguments.for_s > 0) options.duration = std::max(net::Duration(1), to_duration(arguments.for_s));
    const StopOnSignal signals;
    const auto duration = arguments.for_s > 0 ? std::optional(options.duration) : std::nullopt;
    const auto result = run_estate(options, make_tls(arguments), stop_requested, terminal_progress(duration));
    end_progress();
    std::printf("%s\n", (arguments.json ? estate_json(result) : estate_text(result)).c_str());
    return result.good() ? 0 : 1;
}

int fleet_command(const Arguments& arguments) {
    check_prefix(arguments.fleet.prefix);
    if (arguments.poll_s > 0) return estate_command(arguments);
    const auto result = run_fleet(arguments.fleet, make_tls(arguments), terminal_progress(std::nullopt));
    end_progress();
    std::printf("%s\n", (arguments.json ? fleet_json(result) : fleet_text(result)).c_str());
    return result.failed() == 0 ? 0 : 1;
}

int keys_command(const Arguments& arguments) {
    const auto spec = find_kind(arguments.kind).value();
    const auto keys = make_keys(spec, arguments.fleet.count);
    std::printf("%s: %zu keys\n", write_keys(keys, spec, arguments.out).c_str(), keys.size());
    return 0;
}

int mic_command(const Arguments& arguments, bool fleet) {
    const auto& one = arguments.fleet.phone.name;
    if (one.empty() != fleet) throw CLI::ValidationError("NAME", "give a name, or --count for a fleet");
    if (fleet) check_prefix(arguments.fleet.prefix);
    if (!fleet) check_name(one);
    const Factory factory{x509::Certificate::load(arguments.ca_certificate), x509::PrivateKey::load(arguments.ca_key),
                          arguments.model, arguments.days};
    if (!(factory.certificate.public_key() == factory.key.public_key())) {
        throw std::runtime_error(arguments.ca_key + " is not the key of " + arguments.ca_certificate);
    }
    const auto pool = arguments.keys.empty() ? nullptr : KeyPool::load(arguments.keys);
    const auto names =
        fleet ? fleet_names(arguments.fleet.prefix, arguments.fleet.count) : std::vector<std::string>{one};
    const auto made = make_mics(factory, names, arguments.fleet.store, find_kind(arguments.kind).value(), pool);
    std::printf("%s: %zu MICs made, %zu phones had one already\n", arguments.fleet.store.c_str(), made,
                names.size() - made);
    return 0;
}

int list_names(const FleetOptions& options) {
    for (const auto& name : fleet_names(options.prefix, options.count)) std::printf("%s\n", name.c_str());
    return 0;
}

}  // namespace

int run_cli(int argc, char** argv) {
    Arguments arguments;
    CLI::App app("acts as one Cisco phone, or a fleet, towards a CAPF server", "phone-sim");
    app.set_version_flag("--version", "phone-sim " OPENCAPF_VERSION);
    app.require_subcommand(1);
    app.footer(cli::exit_codes_text(kExitCodes));
    auto* run = app.add_subcommand("run", "act as one phone");
    run->add_option("NAME", arguments.fleet.phone.name, "device name, e.g. SEP001122334455")->required();
    add_phone_options(*run, arguments);
    run->add_option(
           "--itl", arguments.itl,
           "instead of --trust: the trust list that the phone is offered (capfctl itl create). Its first one it "
           "trusts as it is and keeps in --store; a later one only when a signer of the kept one signed it")
        ->check(CLI::ExistingFile)
        ->excludes(run->get_option("--trust"));
    auto* mic_key = run->add_option("--mic-key", arguments.mic_key, "key of --mic-cert, PEM, not readable by others")
                        ->check(CLI::ExistingFile);
    run->add_option("--mic-cert", arguments.mic_certificate, "the phone's MIC, PEM; default NAME.mic.pem of --store")
        ->check(CLI::ExistingFile)
        ->needs(mic_key);
    auto* fleet = app.add_subcommand("fleet", "act as many phones at once");
    add_phone_options(*fleet, arguments);
    add_name_options(*fleet, arguments, true);
    add_fleet_options(*fleet, arguments);
    auto* keys = app.add_subcommand("keys", "make keys that a fleet can use again and again");
    add_keys_options(*keys, arguments);
    auto* mic = app.add_subcommand("mic", "give phones a MIC of a manufacturing CA");
    add_mic_options(*mic, arguments);
    cli::add_describe_flag(app, kExitCodes);

    try {
        app.parse(argc, argv);
        if (keys->parsed()) return keys_command(arguments);
        if (mic->parsed()) return mic_command(arguments, mic->count("--count") > 0);
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
