// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capfctl/client.hpp"

#include <string_view>
#include <vector>

namespace opencapf::capfctl {

/// The targets of a CSV file (RFC 4180, first line names the columns): each `defaults`, the members of device.arm, with
/// what its line says otherwise. Columns: name, and any of auth, string, key_order, rsa, ec, by; an empty field leaves
/// the default. Throws std::runtime_error "line N: ..." at the first mistake.
std::vector<Json> read_targets(std::string_view csv, const Json& defaults);

}  // namespace opencapf::capfctl
