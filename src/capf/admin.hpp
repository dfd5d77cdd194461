// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capf/service.hpp"

#include <string>

namespace opencapf::capf {

/// Answers one line of the admin socket (process/admin_socket.hpp): a JSON request, a JSON answer. The commands stand
/// in docs/admin-socket.md. Never throws; `service` outlives the task.
Task<std::string> handle_admin(Service& service, std::string line);

}  // namespace opencapf::capf
