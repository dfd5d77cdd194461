// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capfctl/client.hpp"

namespace CLI {
class App;
}

namespace opencapf::capfctl {

/// `capfctl axl hash`.
void add_axl_commands(CLI::App& cli, const Connection& connection);

}  // namespace opencapf::capfctl
