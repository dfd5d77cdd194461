// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capfctl/client.hpp"

namespace CLI {
class App;
}

namespace opencapf::capfctl {

/// `device find` (below `device`), and `report`.
void add_find_command(CLI::App& device, const Connection& connection);
void add_report_commands(CLI::App& cli, const Connection& connection);
/// `lsc`.
void add_lsc_commands(CLI::App& cli, const Connection& connection);

}  // namespace opencapf::capfctl
