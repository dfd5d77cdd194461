// SPDX-License-Identifier: Apache-2.0
#include "capfctl/commands.hpp"

#include "capfctl/axl_commands.hpp"
#include "capfctl/bulk_commands.hpp"
#include "capfctl/ca_commands.hpp"
#include "capfctl/ces_commands.hpp"
#include "capfctl/client.hpp"
#include "capfctl/csr_commands.hpp"
#include "capfctl/daemon_commands.hpp"
#include "capfctl/device_commands.hpp"
#include "capfctl/doctor_command.hpp"
#include "capfctl/examples.hpp"
#include "capfctl/itl_commands.hpp"
#include "capfctl/parameter_commands.hpp"
#include "capfctl/profile_commands.hpp"
#include "capfctl/renewal_commands.hpp"
#include "capfctl/report_commands.hpp"
#include "capfctl/stale_lsc_commands.hpp"
#include "capfctl/trace_command.hpp"
#include "opencapf/cli/describe.hpp"

#include <CLI/CLI.hpp>
#include <iostream>

namespace opencapf::capfctl {
namespace {

const cli::ExitCodes kExitCodes{{kExitOk, "done"},
                                {kExitRefused, "refused, failed, or not ready"},
                                {kExitUsage, "wrong usage"},
                                {kExitUnreachable, "the daemon does not answer"}};
}  // namespace

int run(int argc, char** argv) {
    Connection connection;
    CLI::App cli("administers OpenCAPF: devices, operations and certificates of capfd, and the daemons themselves",
                 "capfctl");
    cli.footer(cli::exit_codes_text(kExitCodes));
    cli.set_version_flag("--version", std::string("capfctl ") + OPENCAPF_VERSION);
    cli.add_option("--socket", connection.socket,
                   "admin socket of the daemon; default: the variable CAPF_ADMIN_SOCKET, CES_ADMIN_SOCKET or "
                   "CA_ADMIN_SOCKET, else /run/opencapf/DAEMON/admin.sock")
        ->type_name("FILE");
    cli.add_flag("--json", connection.json, "answer as JSON");
    cli.fallthrough();
    cli.require_subcommand(1);
    add_device_commands(cli, connection);
    add_lsc_commands(cli, connection);
    add_profile_commands(cli, connection);
    add_report_commands(cli, connection);
    add_stale_lsc_commands(cli, connection);
    add_csr_commands(cli, connection);
    add_parameter_commands(cli, connection);
    add_renewal_commands(cli, connection);
    add_bulk_commands(cli, connection);
    add_ca_commands(cli, connection);
    add_ces_commands(cli, connection);
    add_daemon_commands(cli, connection);
    add_doctor_command(cli, connection);
    add_trace_command(cli, connection);
    add_axl_commands(cli, connection);
    add_itl_commands(cli, connection);
    add_examples(cli);
    cli::add_describe_flag(cli, kExitCodes);
    try {
        cli.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return cli.exit(error) == 0 ? kExitOk : kExitUsage;
    } catch (const Exit& end) {
        return end.code;
    } catch (const std::exception& error) {
        std::cerr << "capfctl: " << error.what() << '\n';
        return kExitRefused;
    }
    return kExitOk;
}

}  // namespace opencapf::capfctl
