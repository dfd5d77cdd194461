// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ca_sim/faults/fault.hpp"
#include "opencapf/config/reader.hpp"

#include <vector>

namespace opencapf::ca_sim {

/// The key "faults" of the configuration.
void read_faults(config::Reader& reader, std::vector<FaultSpec>& faults);

}  // namespace opencapf::ca_sim
