// SPDX-License-Identifier: Apache-2.0
#include "capfctl/ca_commands.hpp"

#include "capfctl/fault_commands.hpp"

#include <CLI/CLI.hpp>

namespace opencapf::capfctl {

void add_ca_commands(CLI::App& cli, const Connection& connection) {
    auto* ca = cli.add_subcommand("ca", "the certificate authority: requests, revocation, CRLs, templates, accounts");
    ca->require_subcommand(1);
    add_ca_request_commands(*ca, connection);
    add_ca_authority_commands(*ca, connection);
    add_ca_override_commands(*ca, connection);
    add_fault_commands(*ca, connection);
}

}  // namespace opencapf::capfctl
