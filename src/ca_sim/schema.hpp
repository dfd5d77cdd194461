// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace opencapf::ca_sim {

/// The tables of ca-simd's database, as migrations of storage::Database: one for each version that was released.
const std::vector<std::string>& migrations();

/// Tables that a restore replaces by a backup's. Not among them: authorities, which are only added to.
const std::vector<std::string>& restored_tables();

}  // namespace opencapf::ca_sim
