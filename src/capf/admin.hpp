// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "capf/service.hpp"

#include <string>

namespace opencapf::capf {

/// Answers one line of the admin socket (process/admin_socket.hpp): a JSON request, a JSON answer. The commands stand
/// in docs/admin-socket.md. Never throws; `service` and `loop`, which is the socket's, outlive the task.
Task<std::string> handle_admin(Service& service, net::Loop& loop, std::string line);

}  // namespace opencapf::capf
