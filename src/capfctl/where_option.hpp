// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capfctl/client.hpp"

#include <functional>
#include <vector>

namespace CLI {
class App;
}

namespace opencapf::capfctl {

using Conditions = std::vector<std::string>;

/// Adds --where, which may be repeated. `conditions` must outlive the parsing; capfd reads them.
void add_where_option(CLI::App& command, Conditions& conditions);

/// `see` gets every device that matches, page by page.
void for_each_device(const Connection& connection, const Conditions& conditions,
                     const std::function<void(const Json&)>& see);

}  // namespace opencapf::capfctl
