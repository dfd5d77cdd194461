// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capfctl/client.hpp"

namespace CLI {
class App;
}

namespace opencapf::capfctl {

/// `capfctl ca ...`: what ca-simd's admin socket offers. `connection` outlives `cli`.
void add_ca_commands(CLI::App& cli, const Connection& connection);

}  // namespace opencapf::capfctl
