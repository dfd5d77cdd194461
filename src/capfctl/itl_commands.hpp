// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capfctl/client.hpp"

namespace CLI {
class App;
}

namespace opencapf::capfctl {

/// `capfctl itl create|show`: files only, no daemon is asked.
void add_itl_commands(CLI::App& cli, const Connection& connection);

}  // namespace opencapf::capfctl
