// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capfctl/client.hpp"

namespace CLI {
class App;
}

namespace opencapf::capfctl {

/// `capfctl profile ...`: CAPF profiles of application users and end users.
void add_profile_commands(CLI::App& cli, const Connection& connection);

}  // namespace opencapf::capfctl
