// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capfctl/client.hpp"

namespace CLI {
class App;
}

namespace opencapf::capfctl {

/// `capfctl bulk ...`. `connection` must outlive the parsing of `cli`.
void add_bulk_commands(CLI::App& cli, const Connection& connection);

}  // namespace opencapf::capfctl
