// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capfctl/client.hpp"

namespace CLI {
class App;
}

namespace opencapf::capfctl {

/// `capfctl doctor`: which known cause explains the logs.
void add_doctor_command(CLI::App& cli, const Connection& connection);

}  // namespace opencapf::capfctl
