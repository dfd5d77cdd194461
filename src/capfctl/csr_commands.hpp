// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capfctl/client.hpp"

namespace CLI {
class App;
}

namespace opencapf::capfctl {

/// `capfctl csr ...` and `capfctl cert ...`. `connection` must outlive the parsing of `cli`.
void add_csr_commands(CLI::App& cli, const Connection& connection);

}  // namespace opencapf::capfctl
