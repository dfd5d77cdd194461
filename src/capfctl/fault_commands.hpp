// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capfctl/client.hpp"

namespace CLI {
class App;
}

namespace opencapf::capfctl {

/// `capfctl ca fault set|list|clear`, below the subcommand `ca`. `connection` outlives it.
void add_fault_commands(CLI::App& ca, const Connection& connection);

}  // namespace opencapf::capfctl
