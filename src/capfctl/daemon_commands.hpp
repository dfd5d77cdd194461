// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capfctl/client.hpp"

namespace CLI {
class App;
}

namespace opencapf::capfctl {

/// `capfctl daemon status|reload|log-level`. `connection` outlives `cli`.
void add_daemon_commands(CLI::App& cli, const Connection& connection);

/// `status` and `reload` of one daemon, in the group of commands that is about it.
void add_daemon_shortcuts(CLI::App& group, const Connection& connection, const std::string& daemon);

}  // namespace opencapf::capfctl
