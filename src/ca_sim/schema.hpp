// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace opencapf::ca_sim {

/// The tables of ca-simd's database, as migrations of storage::Database: one for each version that was released.
const std::vector<std::string>& migrations();

/// Tables whose rows are the CA's state: what a backup restores, in an order that is good for inserting.
const std::vector<std::string>& state_tables();

}  // namespace opencapf::ca_sim
