// SPDX-License-Identifier: Apache-2.0
#include "capfctl/arm_options.hpp"

#include "opencapf/base/secret.hpp"

#include <CLI/CLI.hpp>

namespace opencapf::capfctl {

void add_arm_options(CLI::App& command, ArmOptions& options) {
    command
        .add_option("--operation", options.operation,
                    "what to do: install a certificate (new or instead of the old one), delete it, troubleshoot (fetch "
                    "what certificates the phone has), or none to disarm")
        ->check(CLI::IsMember({"install", "delete", "troubleshoot", "none"}))
        ->capture_default_str();
    command
        .add_option("--auth", options.auth,
                    "how the phone proves itself: null (not at all), string (authentication string), or with the "
                    "certificate it has: lsc (its LSC, else its MIC) or mic (its MIC, else its LSC)")
        ->check(CLI::IsMember({"null", "string", "lsc", "mic"}))
        ->capture_default_str();
    auto* digits = command.add_option("--string", options.string,
                                      "authentication string, 4 to 10 digits (others can read arguments: see "
                                      "--string-file and --generate-string)");
    auto* file =
        command.add_option("--string-file", options.string_file, "file whose first line is the authentication string")
            ->type_name("FILE");
    command.add_flag("--generate-string", options.generate, "make a random string for each device and print it")
        ->excludes(digits)
        ->excludes(file);
    command
        .add_option("--key-order", options.key_order, "kind of key: rsa, ec, or ec-preferred (RSA when it has no EC)")
        ->check(CLI::IsMember({"rsa", "ec", "ec-preferred"}))
        ->capture_default_str();
    command
        .add_option(
            "--rsa", options.rsa,
            "RSA key size in bits (512 only where capfd allows it); default: capfd's service parameter Key Size")
        ->check(CLI::IsMember({512, 1024, 2048, 3072, 4096}));
    command.add_option("--ec", options.ec, "EC key size in bits: the curve P-256, P-384 or P-521")
        ->check(CLI::IsMember({256, 384, 521}))
        ->capture_default_str();
    command.add_option(
        "--by", options.by,
        "deadline YYYY:MM:DD:HH:MM in the server's local time, or never; default: after the days of the enterprise "
        "parameter CAPF Operation Expires in");
}

Json arm_request(const ArmOptions& options) {
    std::string digits = options.string;
    if (!options.string_file.empty()) digits = std::string(Secret::from_file(options.string_file).reveal());
    Json request = {{"operation", options.operation}, {"auth", options.auth}, {"string", digits},
                    {"key_order", options.key_order}, {"ec", options.ec},     {"by", options.by}};
    if (options.rsa != 0) request["rsa"] = options.rsa;
    if (options.generate) request["generate_string"] = true;
    return request;
}

}  // namespace opencapf::capfctl
