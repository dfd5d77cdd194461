// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capfctl/client.hpp"

namespace CLI {
class App;
}

namespace opencapf::capfctl {

/// `capfctl daemon status|reload|log-level`. `connection` outlives `cli`.
void add_daemon_commands(CLI::App& cli, const Connection& connection);

}  // namespace opencapf::capfctl
