// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace opencapf::capf {

/// The tables of capfd's database, as migrations of storage::Database: only ever added to.
const std::vector<std::string>& migrations();

}  // namespace opencapf::capf
