// SPDX-License-Identifier: Apache-2.0
#include "capfctl/where_option.hpp"

#include "capfctl/commands.hpp"

#include <CLI/CLI.hpp>

namespace opencapf::capfctl {

void add_where_option(CLI::App& command, Conditions& conditions) {
    command
        .add_option(
            "--where", conditions,
            "only devices with 'FIELD OPERATOR VALUE'; repeat it, all must hold. name, model, lsc-issuer: begins, "
            "contains, ends, is, empty, not-empty. lsc-expires, lsc-issuer-expires: before, is, after a date "
            "(2027-01-31, now, 30d, -7d), empty, not-empty. status: is, is-not, begins, contains, ends (number "
            "or text). lsc: is, is-not valid, expired, na, unknown. operation, auth, key-order, key-type, fetched: "
            "is, is-not. auth-string: empty, not-empty")
        ->type_name("CONDITION")
        ->allow_extra_args(false);
}

void for_each_device(const Connection& connection, const Conditions& conditions,
                     const std::function<void(const Json&)>& see) {
    constexpr int kPage = 500;
    std::string after;
    for (bool more = true; more;) {
        const Json answer =
            ask(connection, kCapfDaemon,
                {{"command", "device.find"}, {"where", conditions}, {"after", after}, {"limit", kPage}});
        const Json& devices = answer["devices"];
        for (const auto& device : devices) see(device);
        more = answer.value("more", false) && !devices.empty();
        if (more) after = devices.back()["name"].get<std::string>();
    }
}

}  // namespace opencapf::capfctl
