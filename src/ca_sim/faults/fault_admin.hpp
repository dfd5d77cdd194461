// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ca_sim/faults/fault_service.hpp"
#include "opencapf/process/admin_message.hpp"

#include <optional>

namespace opencapf::ca_sim {

/// ca.fault.set, ca.fault.list and ca.fault.clear of the admin socket (docs/admin-socket.md); nothing when the command
/// is another one. `faults` outlives the task.
Task<std::optional<Result<process::AdminJson>>> answer_fault_command(FaultService& faults, process::AdminJson request);

}  // namespace opencapf::ca_sim
