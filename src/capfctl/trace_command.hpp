// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capfctl/client.hpp"

namespace CLI {
class App;
}

namespace opencapf::capfctl {

/// `capfctl trace`: one call of one phone as a timeline, from the log files alone.
void add_trace_command(CLI::App& cli, const Connection& connection);

}  // namespace opencapf::capfctl
