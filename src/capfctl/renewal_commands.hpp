// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capfctl/client.hpp"

namespace CLI {
class App;
}

namespace opencapf::capfctl {

/// `capfctl renewal ...` and `capfctl alarm ...`. `connection` must outlive the parsing of `cli`.
void add_renewal_commands(CLI::App& cli, const Connection& connection);

}  // namespace opencapf::capfctl
