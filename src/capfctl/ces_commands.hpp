// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capfctl/client.hpp"

namespace CLI {
class App;
}

namespace opencapf::capfctl {

/// `capfctl ces`: the registration authority's CAs, and the requests that no client has its certificate for.
void add_ces_commands(CLI::App& cli, const Connection& connection);

}  // namespace opencapf::capfctl
